#include "engine/script/source.h"

#include <algorithm>

namespace cbundle {
namespace {

constexpr int max_depth = 10;       // as GNU ld
constexpr int max_included = 1000;  // files in all, so that two that include each other end

}  // namespace

std::string shown(const Token& token) {
  if (token.kind == TokenKind::end) return "the end of the file";
  if (token.kind == TokenKind::quoted) return std::string(token.text);
  return "'" + std::string(token.text) + "'";
}

Result<void> Source::open(std::string_view text, const std::filesystem::path& path,
                          const Statements& statements) {
  return run(text, path.string(), directory_ / path, statements);
}

Result<void> Source::open_file(const std::filesystem::path& path, const Statements& statements) {
  const std::string* text = TRY(content_of(directory_ / path));
  if (text == nullptr) {
    return Error{ErrorKind::bad_input, "there is no script '" + path.string() + "'"};
  }
  return open(*text, path, statements);
}

Result<void> Source::run(std::string_view text, std::string name, const std::filesystem::path& path,
                         const Statements& statements) {
  File file(text, std::move(name), path);
  File* outer = std::exchange(current_, &file);
  TRY(statements());
  const Token rest = TRY(next(Reading::statement));
  if (rest.kind != TokenKind::end) return error_at(rest.location(), "unexpected " + shown(rest));
  current_ = outer;
  return {};
}

Result<void> Source::include(Reading reading, const Statements& statements) {
  TRY(next(reading));
  const Token name = TRY(expect_name(reading, "a file name"));
  const SourceLocation location = name.location();
  const std::filesystem::path wanted = name.unquoted();
  if (depth_ == max_depth || ++included_ > max_included) {
    return error_at(location,
                    "too many files are included; does '" + wanted.string() + "' include itself?");
  }
  const auto beside = current_->path.parent_path();
  for (const auto& folder : {directory_, beside}) {
    const auto path = folder / wanted;
    const std::string* text = TRY(content_of(path));
    if (text == nullptr) continue;
    const auto near = std::filesystem::path(location.file).parent_path() / wanted;
    ++depth_;
    TRY(run(*text, folder == directory_ ? wanted.string() : near.string(), path, statements));
    --depth_;
    return {};
  }
  return error_at(location, "there is no file '" + wanted.string() + "', neither in '" +
                                directory_.string() + "' nor beside this script");
}

Result<const std::string*> Source::content_of(const std::filesystem::path& path) {
  auto content = TRY(read_(path));
  const Dependency dependency{path, content.has_value()};
  if (std::ranges::find(dependencies_, dependency) == dependencies_.end()) {
    dependencies_.push_back(dependency);
  }
  if (!content) return nullptr;
  return &texts_.emplace_back(std::move(*content));
}

Result<Token> Source::expect(std::string_view sign, Reading reading, std::string_view where) {
  const Token token = TRY(next(reading));
  if (token.is(sign)) return token;
  std::string words = "expected '" + std::string(sign) + "'";
  if (!where.empty()) words += " " + std::string(where);
  return error_at(token.location(), words + ", found " + shown(token));
}

Result<Token> Source::expect_name(Reading reading, std::string_view what) {
  const Token token = TRY(next(reading));
  if (token.is_name()) return token;
  return error_at(token.location(), "expected " + std::string(what) + ", found " + shown(token));
}

Result<bool> Source::skip(std::string_view sign, Reading reading) {
  if (!TRY(peek(reading)).is(sign)) return false;
  TRY(next(reading));
  return true;
}

}  // namespace cbundle

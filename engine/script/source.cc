#include "engine/script/source.h"

#include <algorithm>

namespace cbundle {
namespace {

constexpr int max_depth = 10;       // as in GNU ld
constexpr int max_included = 1000;  // files in all: two that include each other end here

}  // namespace

Result<void> Source::open(const std::filesystem::path& path, std::optional<std::string_view> text,
                          const ReadStatements& statements) {
  const auto whole = directory_ / path;
  if (!text) {
    const std::string* content = TRY(read_file(whole));
    if (content == nullptr) {
      return Error{ErrorKind::bad_input, "script '" + path.string() + "' does not exist"};
    }
    text = *content;
  }
  return run(*text, path.string(), whole, statements);
}

Result<void> Source::run(std::string_view text, std::string name, const std::filesystem::path& path,
                         const ReadStatements& statements) {
  File file(text, std::move(name), path);
  File* outer = std::exchange(current_, &file);
  TRY(statements());
  const Token rest = TRY(lexer().next(LexMode::statement));
  if (rest.kind != TokenKind::end) {
    return error_at(rest.location(), "unexpected " + described(rest));
  }
  current_ = outer;
  return {};
}

Result<void> Source::include(LexMode reading, const ReadStatements& statements) {
  TRY(lexer().next(reading));
  const Token name = TRY(lexer().expect_name(reading, "a file name"));
  const SourceLocation location = name.location();
  const std::filesystem::path file = name.unquoted();
  if (depth_ == max_depth || ++included_ > max_included) {
    return error_at(location, "too many nested includes of '" + file.string() + "'",
                    "check whether it includes itself");
  }
  const auto beside = current_->path.parent_path();
  for (const auto& folder : {directory_, beside}) {
    const auto path = folder / file;
    const std::string* text = TRY(read_file(path));
    if (text == nullptr) continue;
    const auto shown =
        folder == directory_ ? file : std::filesystem::path(location.file).parent_path() / file;
    ++depth_;
    TRY(run(*text, shown.string(), path, statements));
    --depth_;
    return {};
  }
  return error_at(location, "file '" + file.string() + "' is neither in '" + directory_.string() +
                                "' nor beside this script");
}

Result<const std::string*> Source::read_file(const std::filesystem::path& path) {
  auto content = TRY(read_(path));
  const Dependency dependency{path, content.has_value()};
  if (std::ranges::find(dependencies_, dependency) == dependencies_.end()) {
    dependencies_.push_back(dependency);
  }
  if (!content) return nullptr;
  return &texts_.emplace_back(std::move(*content));
}

}  // namespace cbundle

#include "engine/script/parser.h"

#include <algorithm>

namespace cbundle {

Result<void> Parser::statements(LexMode reading, std::string_view separators, ReadStatement read) {
  while (true) {
    const Token token = TRY(lexer().peek(reading));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    if (token.kind == TokenKind::punctuator &&
        separators.find(token.text) != std::string_view::npos) {
      TRY(lexer().next(reading));
    } else if (token.is("INCLUDE") && !separators.empty()) {
      TRY(source_.include(reading, [&] { return statements(reading, separators, read); }));
    } else {
      TRY((this->*read)(token));
    }
  }
}

Result<Script> Parser::parse(const std::filesystem::path& path,
                             std::optional<std::string_view> text) {
  const auto commands = [this] { return statements(LexMode::statement, ";,", &Parser::command); };
  TRY(source_.open(path, text, commands));
  return finish(path.string());
}

Result<Script> Parser::finish(const std::string& name) {
  if (commands_ == 0) {
    return Error{ErrorKind::bad_input,
                 Diagnostics{{.message = "the script has no SECTIONS command",
                              .hint = "start from the output of 'cbundle script --default'",
                              .file = name}}};
  }
  for (const Assertion& assertion : assertions_) {
    lines_[assertion.line].text +=
        assertion.before + rewritten_number(assertion.condition, symbol_classes_) + assertion.after;
  }
  TRY(move_insertions());
  place_incompatibilities();
  for (Line& line : lines_) {
    const bool is_own = has_sane_offsets_ && !line.as_written.empty();
    script_.text += (is_own ? line.as_written : line.text) + "\n";
    if (!line.loads.empty()) script_.sections.push_back(std::move(line.loads));
    script_.locations.push_back(std::move(line.location));
  }
  script_.dependencies = std::move(source_.dependencies());
  return std::move(script_);
}

void Parser::line(const SourceLocation& location, std::string text, std::string as_written) {
  const std::string indentation(2 * indent_, ' ');
  if (!as_written.empty()) as_written = indentation + as_written;
  lines_.push_back({indentation + std::move(text), std::move(as_written), location, command_});
}

SectionContext Parser::section_context(std::string start) const {
  return {body_.name, std::move(start), symbol_classes_, body_.own, enclosed_};
}

void Parser::record_alignment(const Expression& expression) {
  script_.alignment = std::max(script_.alignment, alignment_in(expression, constants_));
}

// ld reads `=` and `:` as part of a name that they touch, and then reports another token.
Error Parser::unexpected(const Token& found, const std::string& name, std::string_view what) const {
  std::string hint;
  if (const auto at = name.find_first_of("=:"); at != std::string::npos) {
    hint = "put spaces around the '" + std::string(1, name[at]) + "': '" + name +
           "' is read as one name";
  }
  return expected(what, found, std::move(hint));
}

Result<Script> parse_script(std::string_view text, const std::filesystem::path& path,
                            const std::filesystem::path& directory, const ReadScript& read) {
  return Parser(directory, read).parse(path, text);
}

Result<Script> read_script(const std::filesystem::path& path,
                           const std::filesystem::path& directory, const ReadScript& read) {
  return Parser(directory, read).parse(path, std::nullopt);
}

}  // namespace cbundle

#include "engine/script/parser.h"

#include <algorithm>

namespace cbundle {

Result<Script> Parser::finish(const std::string& name) {
  if (commands_ == 0) {
    return Error{ErrorKind::bad_input,
                 name +
                     ": the script has no SECTIONS, so it would location nothing; print one to "
                     "start from with 'cbundle script --default'"};
  }
  for (const Assertion& assertion : assertions_) {
    lines_[assertion.line].text +=
        assertion.before + moved_number(assertion.condition, movements_) + assertion.after;
  }
  TRY(move_insertions());
  place_demands();
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
  lines_.push_back(
      {indentation + std::move(text), std::move(as_written), location, command_, {}, {}, {}});
}

Surroundings Parser::surroundings(std::string start) const {
  return {body_.name, std::move(start), movements_, body_.own, enclosed_};
}

void Parser::note_alignment(const Expression& expression) {
  script_.alignment = std::max(script_.alignment, alignment_in(expression, constants_));
}

// ld takes `=` and `:` into a name that they touch, and then complains of something else.
Error Parser::misread(const Token& found, const std::string& name,
                      std::string_view expected) const {
  std::string words = "expected " + std::string(expected) + ", found " + shown(found);
  for (const char sign : {'=', ':'}) {
    if (name.find(sign) == std::string::npos) continue;
    words += "; '" + name + "' is read as one name, so put spaces around its '" + sign + "'";
    break;
  }
  return error_at(found.location(), words);
}

}  // namespace cbundle

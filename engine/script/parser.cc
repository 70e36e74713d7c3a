#include "engine/script/parser.h"

#include <algorithm>

namespace cbundle {

Result<Script> Parser::finish(const std::string& name) {
  if (commands_ == 0) {
    return Error{ErrorKind::bad_input,
                 name +
                     ": the script has no SECTIONS, so it would place nothing; print one to "
                     "start from with 'cbundle script --default'"};
  }
  for (const Assertion& assertion : assertions_) {
    lines_[assertion.line].text +=
        assertion.before + moved_number(assertion.condition, movements_) + assertion.after;
  }
  TRY(move_insertions());
  for (Line& line : lines_) {
    script_.text += line.text + "\n";
    if (!line.loads.empty()) script_.sections.push_back(std::move(line.loads));
    script_.places.push_back(std::move(line.place));
  }
  script_.dependencies = std::move(source_.dependencies());
  return std::move(script_);
}

void Parser::line(const Place& place, std::string text) {
  lines_.push_back({std::string(2 * indent_, ' ') + std::move(text), place, command_, {}, {}, {}});
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
  return error_at(found.place(), words);
}

}  // namespace cbundle

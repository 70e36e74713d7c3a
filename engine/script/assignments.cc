// What a script assigns and asserts, at any level.
#include "engine/script/parser.h"

namespace cbundle {
namespace {

using Kind = Expression::Kind;

bool is_decimal(const Expression& e) {
  return e.kind == Kind::number && e.text.find_first_not_of("0123456789") == std::string::npos;
}

// . + ( 37 * 0 )
bool declares_import(const Expression& e) {
  if (e.kind != Kind::binary || e.text != "+" || !e.operands[0].is_dot()) return false;
  const Expression& group = e.operands[1];
  if (group.kind != Kind::group) return false;
  const Expression& product = group.operands[0];
  if (product.kind != Kind::binary || product.text != "*") return false;
  const std::string& factor = product.operands[1].text;
  return is_decimal(product.operands[0]) && is_decimal(product.operands[1]) &&
         (factor == "0" || factor == "1");
}

// x += 4 is x = x + (4).
Expression plain_value(const std::string& name, const std::string& sign, const Expression& value) {
  if (sign == "=") return value;
  const std::string operation = sign.substr(0, sign.size() - 1);
  const Expression old{Kind::name, name_in_expression(name), {}};
  if (operation == "^") return exclusive_or(old, {Kind::group, "(", {value}});
  return {Kind::binary, operation, {old, {Kind::group, "(", {value}}}};
}

}  // namespace

Result<bool> Parser::special_statement(const Token& token, Level level) {
  const bool is_assertion = token.is("ASSERT");
  const bool is_provided = token.is("PROVIDE") || token.is("PROVIDE_HIDDEN") || token.is("HIDDEN");
  if (!is_assertion && !is_provided) return false;
  if (level == Level::sections) step_back(token.location());
  TRY(is_assertion ? assertion(level) : provided(level));
  return true;
}

bool Parser::is_assignment(const Token& token) {
  return token.kind == TokenKind::symbol && token.text.ends_with("=");
}

Result<void> Parser::assignment(const Token& name, Level level) {
  Assignment assignment{name.location(), std::string(name.text), {}, {}, {}};
  assignment.sign = TRY(source_.next(reading_at(level))).text;
  assignment.value = TRY(expression());
  TRY(end_of_statement("after the assignment to '" + assignment.name + "'"));
  return take(assignment, level);
}

Result<void> Parser::provided(Level level) {
  const Token function = TRY(source_.next(reading_at(level)));
  Assignment assignment{function.location(), {}, "=", std::string(function.text), {}};
  TRY(source_.expect("(", reading_at(level)));
  assignment.name = TRY(source_.expect_name(reading_at(level), "the name of a symbol")).text;
  const Token sign = TRY(source_.next(reading_at(level)));
  if (!sign.is("=")) return misread(sign, assignment.name, "'='");
  assignment.value = TRY(expression());
  TRY(source_.expect(")", Reading::expression));
  TRY(end_of_statement("after " + assignment.function));
  return take(assignment, level);
}

Result<void> Parser::end_of_statement(std::string_view after) {
  const Token token = TRY(source_.next(Reading::expression));
  if (token.is(";") || token.is(",")) return {};
  return error_at(token.location(),
                  "expected ';' " + std::string(after) + ", found " + shown(token));
}

Result<void> Parser::take(const Assignment& assignment, Level level) {
  if (assignment.name.starts_with("__cbundle_")) {
    return error_at(assignment.location,
                    "names that start with '__cbundle_' are kept for layouts; "
                    "rename '" +
                        assignment.name + "'");
  }
  if (TRY(took_import(assignment, level))) return {};
  note_alignment(assignment.value);
  if (assignment.name == ".") {
    write_location(assignment, level);
    return {};
  }
  write_symbol(assignment, level);
  note_assigned(assignment.name);
  remember(assignment, level);
  return {};
}

void Parser::write_symbol(const Assignment& assignment, Level level) {
  const Expression value = plain_value(assignment.name, assignment.sign, assignment.value);
  const auto statement = [&](const std::string& text) {
    const std::string equation = assignment.name + " = " + text;
    if (assignment.function.empty()) return equation + " ;";
    return assignment.function + " ( " + equation + " ) ;";
  };
  const std::string as_written = statement(text_of(value));
  if (level != Level::body || body_.name == "/DISCARD/") {
    line(assignment.location, as_written);
    return;
  }
  const OffsetText inside = assigned_inside(value, surroundings(address_of_section(body_.name)));
  if (!inside.is_common) note_offset(assignment.location);
  line(assignment.location, statement(inside.text), as_written);
}

void Parser::note_offset(const SourceLocation& location) {
  only_gnu(location, "does not count from the section's start what GNU ld counts from there",
           "name the start, 'start = . ;', and say 'start + …', or use ABSOLUTE");
}

Result<bool> Parser::took_import(const Assignment& assignment, Level level) {
  if (level == Level::top || !assignment.function.empty() || assignment.sign != "=" ||
      assignment.name == "." || !declares_import(assignment.value)) {
    return false;
  }
  for (const DeclaredImport& known : script_.imports) {
    if (known.name != assignment.name) continue;
    return error_at(assignment.location, "the import '" + assignment.name +
                                             "' is declared already, at " + known.location.text());
  }
  script_.imports.push_back({assignment.name, assignment.location});
  return true;
}

// Inside an output section numbers count from its start, except in ABSOLUTE; tried with GNU ld
// 2.40. Elsewhere they are addresses.
void Parser::write_location(const Assignment& assignment, Level level) {
  const Expression& value = assignment.value;
  if (level == Level::body) {
    write_location_inside(assignment.location, plain_value(".", assignment.sign, value));
  } else if (value.is_call("ASSERT")) {  // what old scripts write for a mere assertion
    line(assignment.location, "");
    assertions_.push_back({lines_.size() - 1, ". = ", value, " ;"});
  } else {
    const Expression whole = plain_value(".", assignment.sign, value);
    note_alignment(whole);
    line(assignment.location, ". = " + moved_address(whole, movements_) + " ;");
  }
}

// GNU ld 2.40 does not take ADDR of the section itself there, so its start gets a name.
void Parser::write_location_inside(const SourceLocation& location, const Expression& value) {
  if (value.is_call("ABSOLUTE")) {
    line(location, ". = ABSOLUTE ( " + moved_address(value.operands[0], movements_) + " ) ;");
    return;
  }
  const bool has_start = !body_.start.empty();
  const std::string start =
      has_start ? body_.start : "__cbundle_start_" + std::to_string(starts_ + 1);
  const OffsetText inside = assigned_inside(value, surroundings(start));
  if (!inside.is_common) note_offset(location);
  const std::string as_written = ". = " + text_of(value) + " ;";
  line(location, ". = " + inside.text + " ;", as_written);
  if (has_start || inside.text.find(start) == std::string::npos) return;
  body_.start = start;
  ++starts_;
}

void Parser::remember(const Assignment& assignment, Level level) {
  const Expression whole = plain_value(assignment.name, assignment.sign, assignment.value);
  Movement movement = movement_of(whole, movements_);
  auto constant = constant_of(whole, constants_);
  if (level == Level::body) {
    // A number there is an offset into the section, except in ABSOLUTE.
    if (!whole.is_call("ABSOLUTE")) {
      movement = Movement::moves;
      body_.own.insert(assignment.name);
      enclosed_.insert(assignment.name);
    } else {
      body_.own.erase(assignment.name);
    }
    constant.reset();
  }
  movements_[assignment.name] = movement;
  if (constant) {
    constants_[assignment.name] = *constant;
  } else {
    constants_.erase(assignment.name);
  }
}

Result<void> Parser::assertion(Level level) {
  const Reading reading = reading_at(level);
  const SourceLocation location = TRY(source_.next(reading)).location();
  TRY(source_.expect("(", Reading::expression, "after ASSERT"));
  Expression condition = TRY(expression());
  TRY(source_.expect(",", Reading::expression, "after the condition of ASSERT"));
  const Token message = TRY(source_.expect_name(Reading::expression, "the message of ASSERT"));
  const std::string after = " , " + std::string(message.text) + " )";
  TRY(source_.expect(")", Reading::expression, "after the message of ASSERT"));
  TRY(source_.skip(";", reading));
  if (level == Level::body) {
    const auto inside = asserted_inside(condition, surroundings(address_of_section(body_.name)));
    if (!inside.is_common) note_offset(location);
    line(location, "ASSERT ( " + inside.text + after + " ;");
    return {};
  }
  line(location, "");
  assertions_.push_back({lines_.size() - 1, "ASSERT ( ", std::move(condition), after});
  return {};
}

}  // namespace cbundle

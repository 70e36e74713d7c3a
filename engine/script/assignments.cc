// Assignments and assertions, at any level of a script.
#include "engine/script/parser.h"

namespace cbundle {
namespace {

using Kind = Expression::Kind;

// x += 4 is x = x + (4).
Expression plain_value(const std::string& name, const std::string& op, const Expression& value) {
  if (op == "=") return value;
  const std::string operation = op.substr(0, op.size() - 1);
  const Expression old{Kind::name, name_in_expression(name), {}};
  if (operation == "^") return exclusive_or(old, {Kind::group, "(", {value}});
  return {Kind::binary, operation, {old, {Kind::group, "(", {value}}}};
}

}  // namespace

Result<bool> Parser::special_statement(const Token& token, Level level) {
  const bool is_assertion = token.is("ASSERT");
  const bool is_provided = token.is("PROVIDE") || token.is("PROVIDE_HIDDEN") || token.is("HIDDEN");
  if (!is_assertion && !is_provided) return false;
  if (level == Level::sections) restore_location(token.location());
  TRY(is_assertion ? assertion(level) : provided(level));
  return true;
}

bool Parser::is_assignment(const Token& token) {
  return token.kind == TokenKind::punctuator && token.text.ends_with("=");
}

Result<void> Parser::assignment(const Token& name, Level level) {
  Assignment assignment{name.location(), std::string(name.text), {}, {}, {}};
  assignment.op = TRY(source_.next(reading_at(level))).text;
  assignment.value = TRY(expression());
  TRY(end_of_statement("after the assignment to '" + assignment.name + "'"));
  return apply(assignment, level);
}

Result<void> Parser::provided(Level level) {
  const Reading reading = reading_at(level);
  const Token function = TRY(source_.next(reading));
  Assignment assignment{function.location(), {}, "=", std::string(function.text), {}};
  TRY(source_.expect("(", reading));
  assignment.name = TRY(source_.expect_name(reading, "the name of a symbol")).text;
  const Token op = TRY(source_.next(reading));
  if (!op.is("=")) return unexpected(op, assignment.name, "'='");
  assignment.value = TRY(expression());
  TRY(source_.expect(")", Reading::expression));
  TRY(end_of_statement("after " + assignment.function));
  return apply(assignment, level);
}

Result<void> Parser::end_of_statement(std::string_view after) {
  const Token token = TRY(source_.next(Reading::expression));
  if (token.is(";") || token.is(",")) return {};
  return error_at(token.location(),
                  "expected ';' " + std::string(after) + ", found " + described(token));
}

Result<void> Parser::apply(const Assignment& assignment, Level level) {
  if (assignment.name.starts_with("__cbundle_")) {
    return error_at(assignment.location, "symbol '" + assignment.name + "' has a reserved name",
                    "choose a name that does not start with '__cbundle_'");
  }
  if (TRY(declare_import(assignment, level))) return {};
  record_alignment(assignment.value);
  if (assignment.name == ".") {
    write_location(assignment, level);
    return {};
  }
  write_symbol(assignment, level);
  check_assigned(assignment.name);
  record_symbol(assignment, level);
  return {};
}

void Parser::write_symbol(const Assignment& assignment, Level level) {
  const Expression value = plain_value(assignment.name, assignment.op, assignment.value);
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
  const PortableText inside =
      assigned_inside(value, section_context(address_of_section(body_.name)));
  if (!inside.is_portable) report_offset(assignment.location);
  line(assignment.location, statement(inside.text), as_written);
}

void Parser::report_offset(const SourceLocation& location) {
  report_lld(location, "does not compute offsets from the section's start as GNU ld does",
             "name the start, 'start = . ;', and write 'start + …', or use ABSOLUTE");
}

Result<bool> Parser::declare_import(const Assignment& assignment, Level level) {
  if (level == Level::top || !assignment.function.empty() || assignment.op != "=") return false;
  auto import = import_declaration(assignment.name, assignment.location, assignment.value);
  if (!import || import->factor > 1) return false;
  for (const ImportDeclaration& known : script_.imports) {
    if (known.name != import->name) continue;
    return error_at(assignment.location,
                    "import '" + known.name + "' is already declared at " + known.location.text());
  }
  script_.imports.push_back(*std::move(import));
  return true;
}

// Inside an output section numbers are offsets from its start, except in ABSOLUTE (GNU ld 2.40);
// elsewhere they are addresses.
void Parser::write_location(const Assignment& assignment, Level level) {
  const Expression& value = assignment.value;
  if (level == Level::body) {
    write_location_inside(assignment.location, plain_value(".", assignment.op, value));
  } else if (value.is_call("ASSERT")) {  // the old form of a plain assertion
    line(assignment.location, "");
    assertions_.push_back({lines_.size() - 1, ". = ", value, " ;"});
  } else {
    const Expression whole = plain_value(".", assignment.op, value);
    record_alignment(whole);
    line(assignment.location, ". = " + rewritten_address(whole, symbol_classes_) + " ;");
  }
}

// GNU ld 2.40 does not accept ADDR of the section itself there, so its start gets a symbol.
void Parser::write_location_inside(const SourceLocation& location, const Expression& value) {
  if (value.is_call("ABSOLUTE")) {
    line(location,
         ". = ABSOLUTE ( " + rewritten_address(value.operands[0], symbol_classes_) + " ) ;");
    return;
  }
  const bool has_start = !body_.start.empty();
  const std::string start =
      has_start ? body_.start : "__cbundle_start_" + std::to_string(starts_ + 1);
  const PortableText inside = assigned_inside(value, section_context(start));
  if (!inside.is_portable) report_offset(location);
  const std::string as_written = ". = " + text_of(value) + " ;";
  line(location, ". = " + inside.text + " ;", as_written);
  if (has_start || inside.text.find(start) == std::string::npos) return;
  body_.start = start;
  ++starts_;
}

void Parser::record_symbol(const Assignment& assignment, Level level) {
  const Expression whole = plain_value(assignment.name, assignment.op, assignment.value);
  AddressClass address_class = address_class_of(whole, symbol_classes_);
  auto constant = constant_of(whole, constants_);
  if (level == Level::body) {
    // A number there is an offset into the section, except in ABSOLUTE.
    if (!whole.is_call("ABSOLUTE")) {
      address_class = AddressClass::relocatable;
      body_.own.insert(assignment.name);
      enclosed_.insert(assignment.name);
    } else {
      body_.own.erase(assignment.name);
    }
    constant.reset();
  }
  symbol_classes_[assignment.name] = address_class;
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
    const auto inside = asserted_inside(condition, section_context(address_of_section(body_.name)));
    if (!inside.is_portable) report_offset(location);
    line(location, "ASSERT ( " + inside.text + after + " ;");
    return {};
  }
  line(location, "");
  assertions_.push_back({lines_.size() - 1, "ASSERT ( ", std::move(condition), after});
  return {};
}

}  // namespace cbundle

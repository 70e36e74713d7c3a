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
  Assignment assignment{name.location(), std::string(name.text), {}, {}};
  const std::string op(TRY(lexer().next(reading_at(level))).text);
  assignment.value = plain_value(assignment.name, op, TRY(expression()));
  TRY(end_of_statement("after the assignment to '" + assignment.name + "'"));
  return apply(assignment, level);
}

Result<void> Parser::provided(Level level) {
  const LexMode reading = reading_at(level);
  const Token function = TRY(lexer().next(reading));
  Assignment assignment{function.location(), {}, std::string(function.text), {}};
  TRY(lexer().expect("(", reading));
  assignment.name = TRY(lexer().expect_name(reading, "the name of a symbol")).text;
  const Token op = TRY(lexer().next(reading));
  if (!op.is("=")) return unexpected(op, assignment.name, "'='");
  assignment.value = TRY(expression());
  TRY(lexer().expect(")", LexMode::expression));
  TRY(end_of_statement("after " + assignment.function));
  return apply(assignment, level);
}

Result<void> Parser::end_of_statement(std::string_view after) {
  const Token token = TRY(lexer().next(LexMode::expression));
  if (token.is(";") || token.is(",")) return {};
  return expected("';' " + std::string(after), token);
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
  const auto statement = [&](const std::string& text) {
    const std::string equation = assignment.name + " = " + text;
    if (assignment.function.empty()) return equation + " ;";
    return assignment.function + " ( " + equation + " ) ;";
  };
  const std::string as_written = statement(text_of(assignment.value));
  if (level != Level::body || body_.name == "/DISCARD/") {
    line(assignment.location, as_written);
    return;
  }
  const SectionContext section = section_context(address_of_section(body_.name));
  const std::string text =
      portable(assignment.location, assigned_inside(assignment.value, section));
  line(assignment.location, statement(text), as_written);
}

// The text, after a report if lld reads it differently.
std::string Parser::portable(const SourceLocation& location, PortableText inside) {
  if (!inside.is_portable) {
    report_lld(location, "does not compute offsets from the section's start as GNU ld does",
               "name the start, 'start = . ;', and write 'start + …', or use ABSOLUTE");
  }
  return std::move(inside.text);
}

Result<bool> Parser::declare_import(const Assignment& assignment, Level level) {
  if (level == Level::top || !assignment.function.empty()) return false;
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
    write_location_inside(assignment.location, value);
  } else if (value.is_call("ASSERT")) {  // the old form of a plain assertion
    line(assignment.location, "");
    assertions_.push_back({lines_.size() - 1, ". = ", value, " ;"});
  } else {
    line(assignment.location, ". = " + rewritten_address(value, symbol_classes_) + " ;");
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
  const std::string text = portable(location, assigned_inside(value, section_context(start)));
  line(location, ". = " + text + " ;", ". = " + text_of(value) + " ;");
  if (has_start || text.find(start) == std::string::npos) return;
  body_.start = start;
  ++starts_;
}

void Parser::record_symbol(const Assignment& assignment, Level level) {
  const auto& [location, name, function, value] = assignment;
  const bool is_inside = level == Level::body;
  // A number there is an offset into the section, except in ABSOLUTE.
  const bool is_offset = is_inside && !value.is_call("ABSOLUTE");
  const auto constant = is_inside ? std::nullopt : constant_of(value, constants_);
  const AddressClass address_class =
      is_offset ? AddressClass::relocatable : address_class_of(value, symbol_classes_);
  symbol_classes_[name] = address_class;
  constants_.erase(name);
  if (constant) constants_[name] = *constant;
  body_.own.erase(name);
  if (!is_offset) return;
  body_.own.insert(name);
  enclosed_.insert(name);
}

Result<void> Parser::assertion(Level level) {
  const LexMode reading = reading_at(level);
  const SourceLocation location = TRY(lexer().next(reading)).location();
  TRY(lexer().expect("(", LexMode::expression, "after ASSERT"));
  Expression condition = TRY(expression());
  TRY(lexer().expect(",", LexMode::expression, "after the condition of ASSERT"));
  const Token message = TRY(lexer().expect_name(LexMode::expression, "the message of ASSERT"));
  const std::string after = " , " + std::string(message.text) + " )";
  TRY(lexer().expect(")", LexMode::expression, "after the message of ASSERT"));
  TRY(lexer().skip(";", reading));
  if (level == Level::body) {
    const SectionContext section = section_context(address_of_section(body_.name));
    const std::string text = portable(location, asserted_inside(condition, section));
    line(location, "ASSERT ( " + text + after + " ;");
    return {};
  }
  line(location, "");
  assertions_.push_back({lines_.size() - 1, "ASSERT ( ", std::move(condition), after});
  return {};
}

}  // namespace cbundle

// SECTIONS and the output sections in it, up to their braces.
#include <algorithm>
#include <array>

#include "engine/script/parser.h"

namespace cbundle {
namespace {

// Types of output sections whose bytes are not loaded.
bool is_unloaded_type(std::string_view type) {
  constexpr std::array types{" ( INFO )", " ( COPY )", " ( DSECT )", " ( OVERLAY )"};
  return std::ranges::find(types, type) != types.end();
}

bool is_debug(std::string_view section) {
  return section.starts_with(".debug") || section.starts_with(".zdebug") ||
         section.starts_with(".stab") || section == ".line";
}

}  // namespace

Result<void> Parser::sections() {
  const Token token = TRY(source_.next(Reading::statement));
  TRY(source_.expect("{", Reading::statement, "after SECTIONS"));
  line(token.place(), "SECTIONS {");
  command_ = ++commands_;
  ++indent_;
  TRY(section_statements());
  const Token end = TRY(source_.expect("}", Reading::statement, "at the end of SECTIONS"));
  step_back(end.place());
  command_ = 0;
  --indent_;
  line(end.place(), "}");
  return {};
}

Result<void> Parser::section_statements() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    if (token.is(";") || token.is(",")) {
      TRY(source_.next(Reading::statement));
    } else {
      TRY(section_statement(token));
    }
  }
}

Result<void> Parser::section_statement(const Token& token) {
  if (token.is("INCLUDE")) {
    return source_.include(Reading::statement, [this] { return section_statements(); });
  }
  if (token.is("INSERT") || token.is("GROUP")) {
    return error_at(token.place(), std::string(token.text) + " cannot stand inside SECTIONS");
  }
  if (token.is("ENTRY")) return kept_command();
  if (TRY(special_statement(token, Level::sections))) return {};
  if (!token.is_name()) {
    return error_at(token.place(), "expected an output section, found " + shown(token));
  }
  const Token name = TRY(source_.next(Reading::statement));
  if (!is_assignment(TRY(source_.peek(Reading::statement)))) return output_section(name);
  step_back(name.place());
  return assignment(name, Level::sections);
}

Result<void> Parser::output_section(const Token& name) {
  const Header header = TRY(this->header(name));
  write_header(header);
  const std::string known_as(name.unquoted());
  lines_.back().opens = known_as;
  const bool is_loaded = !header.is_never_loaded && !header.is_overlay && !name.is("/DISCARD/");
  if (is_loaded) lines_.back().loads = header.name;
  ++indent_;
  TRY(header.is_overlay ? overlay_members() : body_statements());
  --indent_;
  const std::string where = "at the end of '" + header.name + "'";
  const Place end = TRY(source_.expect("}", Reading::statement, where)).place();
  line(end, "}" + TRY(trailer()));
  lines_.back().closes = known_as;
  return {};
}

Result<Parser::Header> Parser::header(const Token& name) {
  Header header;
  header.place = name.place();
  header.name = name.text;
  header.is_overlay = name.is("OVERLAY");
  TRY(header_address(header));
  header.is_never_loaded = is_never_loaded(name.unquoted()) || is_unloaded_type(header.type);
  const Token colon = TRY(source_.next(Reading::expression));
  if (!colon.is(":")) {
    return misread(colon, header.name, "':' after the output section '" + header.name + "'");
  }
  TRY(header_qualities(header));
  return header;
}

// Both are optional: `0x1000 ( NOLOAD )`.
Result<void> Parser::header_address(Header& header) {
  const Token token = TRY(source_.peek(Reading::expression));
  if (token.is(":") || token.is("{") || token.is(";")) return {};
  TRY(header_type(header));
  if (!header.type.empty()) return {};
  header.address = TRY(read_expression(source_.lexer()));
  note_alignment(*header.address);
  return header_type(header);
}

// An opening parenthesis begins a type or an address.
Result<void> Parser::header_type(Header& header) {
  constexpr std::array types{"NOLOAD", "READONLY", "TYPE", "DSECT", "COPY", "INFO", "OVERLAY", ")"};
  if (!TRY(source_.peek(Reading::expression)).is("(")) return {};
  const Token word = TRY(source_.peek_second(Reading::expression));
  if (std::ranges::none_of(types, [&](auto type) { return word.is(type); })) return {};
  for (int depth = 0; depth > 0 || header.type.empty();) {
    const Token token = TRY(source_.next(Reading::expression));
    if (token.kind == TokenKind::end) return error_at(token.place(), "expected ')'");
    depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
    header.type += " " + std::string(token.text);
  }
  return {};
}

Result<void> Parser::header_qualities(Header& header) {
  while (true) {
    const Token token = TRY(source_.next(Reading::expression));
    if (token.is("{")) return {};
    TRY(header_quality(header, token));
  }
}

Result<void> Parser::header_quality(Header& header, const Token& token) {
  constexpr std::array words{"ALIGN_WITH_INPUT", "ONLY_IF_RO", "ONLY_IF_RW", "SPECIAL",
                             "NOCROSSREFS"};
  const std::string word(token.text);
  header.qualities += " " + word;
  if (std::ranges::any_of(words, [&](auto known) { return token.is(known); })) return {};
  if (!token.is("AT") && !token.is("ALIGN") && !token.is("SUBALIGN")) {
    return error_at(token.place(), "expected '{' to begin the output section '" + header.name +
                                       "', found " + shown(token));
  }
  TRY(source_.expect("(", Reading::expression, "after " + word));
  Expression value = TRY(read_expression(source_.lexer()));
  TRY(source_.expect(")", Reading::expression, "after the value of " + word));
  const bool is_address = word == "AT";
  header.qualities += " ( " + (is_address ? address_of(header, value) : text_of(value)) + " )";
  if (!is_address) note_alignment({Expression::Kind::call, "ALIGN", {std::move(value)}});
  return {};
}

// Load addresses move too, or the layouts would differ in their distance from the addresses:
// GNU ld 2.40 leaves AT(0x4000) where it is when the section moves.
std::string Parser::address_of(const Header& header, const Expression& address) const {
  return header.is_never_loaded ? text_of(address) : moved_address(address, movements_);
}

void Parser::write_header(const Header& header) {
  std::string text = header.name;
  const bool belongs_at_zero = header.is_never_loaded && is_debug(header.name);
  if (header.address) {
    text += " " + address_of(header, *header.address);
  } else if (belongs_at_zero) {
    text += " 0";
  }
  if (!header.is_never_loaded) {
    step_back(header.place);
  } else if (header.address || belongs_at_zero) {
    step_aside(header.place);
  }
  line(header.place, text + header.type + " :" + header.qualities + " {");
}

// After `.comment 0 : {…}` ld goes on from zero. Sections that are never loaded stay where they
// are while all else moves, so `.` is kept before them and put back after.
void Parser::step_aside(const Place& place) {
  if (aside_) return;
  line(place, "__cbundle_end = . ;");
  aside_ = true;
}

void Parser::step_back(const Place& place) {
  if (!aside_) return;
  line(place, ". = __cbundle_end ;");
  aside_ = false;
}

Result<void> Parser::overlay_members() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    const Token name = TRY(source_.expect_name(Reading::statement, "a section of the overlay"));
    const std::string text(name.text);
    line(name.place(), text + " {");
    lines_.back().loads = text;
    const Token brace = TRY(source_.next(Reading::statement));
    if (!brace.is("{")) return misread(brace, text, "'{' after the section '" + text + "'");
    ++indent_;
    TRY(body_statements());
    --indent_;
    const std::string where = "at the end of '" + text + "'";
    const Place end = TRY(source_.expect("}", Reading::statement, where)).place();
    line(end, "}" + TRY(trailer()));
  }
}

// " > ram AT > rom : segment = 0x90": region, load region, segments and fill.
Result<std::string> Parser::trailer() {
  std::string text;
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.is(",")) {
      TRY(source_.next(Reading::statement));
      return text;
    }
    if (token.is("=")) {
      TRY(source_.next(Reading::statement));
      text += " = " + text_of(TRY(read_expression(source_.lexer())));
    } else if (token.is("AT")) {
      TRY(source_.next(Reading::statement));
      text += " AT" + TRY(name_after(">"));
    } else if (token.is(">") || token.is(":")) {
      text += TRY(name_after(token.text));
    } else {
      return text;
    }
  }
}

Result<std::string> Parser::name_after(std::string_view sign) {
  TRY(source_.expect(sign, Reading::statement));
  const Token name = TRY(source_.expect_name(Reading::statement, "a name"));
  return " " + std::string(sign) + " " + std::string(name.text);
}

}  // namespace cbundle

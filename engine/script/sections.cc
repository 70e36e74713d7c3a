// SECTIONS and the output sections in it, up to their braces.
#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::string_view unloaded = " ( INFO )";

// One name for the types whose sections are not loaded: linkers treat them alike, but lld 14 does
// not know them all, and accepts no empty parentheses.
std::string canonical_type(const std::string& type) {
  constexpr std::array types{" ( COPY )", " ( DSECT )", " ( OVERLAY )"};
  if (type == " ( )") return {};
  return std::ranges::find(types, type) != types.end() ? std::string(unloaded) : type;
}

// A section's name as GNU ld spells it in the names of symbols.
std::string letters_of(std::string_view section) {
  std::string letters;
  std::ranges::copy_if(section, std::back_inserter(letters), is_identifier_character);
  return letters;
}

bool is_debug(std::string_view section) {
  return section.starts_with(".debug") || section.starts_with(".zdebug") ||
         section.starts_with(".stab") || section == ".line";
}

}  // namespace

Result<void> Parser::section_statement(const Token& token) {
  if (token.is("INSERT") || token.is("GROUP")) {
    return error_at(token.location(), std::string(token.text) + " is not allowed inside SECTIONS");
  }
  if (token.is("ENTRY")) return command_with_arguments();
  if (TRY(special_statement(token, Level::sections))) return {};
  if (!token.is_name()) return expected("an output section", token);
  const Token name = TRY(lexer().next(LexMode::statement));
  if (!is_assignment(TRY(lexer().peek(LexMode::statement)))) return output_section(name);
  restore_location(name.location());
  return assignment(name, Level::sections);
}

Result<void> Parser::output_section(const Token& name) {
  const Header header = TRY(this->header(name));
  write_header(header);
  lines_.back().opens = name.unquoted();
  const bool is_loaded = !header.is_never_loaded && !header.is_overlay && !name.is("/DISCARD/");
  if (is_loaded) lines_.back().loads = header.name;
  if (header.is_overlay) {
    overlaid_.clear();
    ++indent_;
    TRY(statements(LexMode::statement, "", &Parser::overlay_member));
    --indent_;
  } else {
    TRY(body(header.name, false));
  }
  const Trailer trailer = TRY(this->trailer(header.name));
  line(trailer.location, "}" + trailer.text);
  check_trailer(header, trailer);
  if (header.is_overlay) {
    for (const std::string& member : overlaid_) define_load_symbols(trailer.location, member);
  }
  lines_.back().closes = name.unquoted();
  return {};
}

Result<void> Parser::body(const std::string& name, bool is_overlay) {
  body_ = {name, lines_.size(), {}, {}, false, is_overlay};
  ++indent_;
  TRY(statements(LexMode::pattern, ";", &Parser::body_statement));
  if (!body_.start.empty()) {  // its first line, now that it is needed
    const auto at = lines_.begin() + static_cast<std::ptrdiff_t>(body_.first);
    const SourceLocation location = lines_[body_.first - 1].location;
    lines_.insert(
        at, Line{std::string(2 * indent_, ' ') + body_.start + " = . ;", {}, location, command_});
  }
  --indent_;
  return {};
}

void Parser::check_header(const Header& header) {
  constexpr std::array known{"", " ( NOLOAD )", " ( INFO )"};
  if (std::ranges::find(known, header.type) == known.end()) {
    report_lld(header.location, "does not support the section type" + header.type,
               "remove the type");
  }
  if (header.name.find(',') != std::string::npos) {
    report_lld(header.location, "ends the section name '" + header.name + "' at the ','",
               "rename the section");
  }
  if (header.has_inner_alignment && !header.address) {
    report_lld(header.location, "aligns the start of a section to its SUBALIGN",
               "give the section an address, as in .data ALIGN(16) : SUBALIGN(4)");
  }
  if (!header.is_overlay) return;
  if (!header.address || !header.has_load_address) {
    report_lld(header.location, "requires an address and a load address for an OVERLAY",
               "write OVERLAY 0x… : AT (0x…)");
  } else if (!constant_of(*header.address, constants_) &&
             alignment_in(*header.address, constants_) == 1) {
    report_lld(header.location, "does not align the address of an OVERLAY",
               "align its address, as in OVERLAY ALIGN(16) : AT (0x…)");
  }
}

// lld 14 chooses a section's region by other rules, and its load region if that of the section
// before it differs.
void Parser::check_trailer(const Header& header, const Trailer& trailer) {
  const SourceLocation& location = trailer.location;
  if (header.is_never_loaded || header.name == "/DISCARD/") return;
  if (header.is_overlay) {
    if (!trailer.text.empty()) {
      report_lld(location, "accepts no attributes after OVERLAY",
                 "remove the regions and the fill");
    }
  } else if (trailer.region.empty()) {
    without_region_.push_back(
        {location,
         {"chooses the region of '" + header.name + "' by other rules than GNU ld",
          {},
          "write > REGION"}});
  } else if (trailer.region == region_ && !load_region_.empty() && trailer.load_region.empty() &&
             !header.has_load_address) {
    report_lld(location,
               "does not give '" + header.name + "' the load region of the section before it",
               "write AT > " + load_region_);
  }
  region_ = trailer.region;
  load_region_ = trailer.load_region;
  if (trailer.has_fill && body_.has_fill) {
    report_lld(location, "supports one fill value for a section",
               "remove FILL or the fill at its end");
  }
}

// As GNU ld does.
void Parser::define_load_symbols(const SourceLocation& location, const std::string& section) {
  const std::string letters = letters_of(section);
  const std::string start = "LOADADDR ( " + section + " )";
  line(location, "PROVIDE ( __load_start_" + letters + " = " + start + " ) ;");
  line(location,
       "PROVIDE ( __load_stop_" + letters + " = " + start + " + SIZEOF ( " + section + " ) ) ;");
}

Result<Parser::Header> Parser::header(const Token& name) {
  Header header;
  header.location = name.location();
  header.name = plain_name(name.text);
  header.is_overlay = name.is("OVERLAY");
  TRY(header_address(header));
  header.is_never_loaded = is_never_loaded(name.unquoted()) || header.type == unloaded;
  const Token colon = TRY(lexer().next(LexMode::expression));
  if (!colon.is(":")) {
    return unexpected(colon, header.name, "':' after the output section '" + header.name + "'");
  }
  Token token = TRY(lexer().next(LexMode::expression));
  for (; !token.is("{"); token = TRY(lexer().next(LexMode::expression))) {
    TRY(header_attribute(header, token));
  }
  check_header(header);
  return header;
}

// Both are optional: `0x1000 ( NOLOAD )`.
Result<void> Parser::header_address(Header& header) {
  const Token token = TRY(lexer().peek(LexMode::expression));
  if (token.is(":") || token.is("{") || token.is(";")) return {};
  if (TRY(header_type(header))) return {};
  header.address = TRY(expression());
  record_alignment(*header.address);
  TRY(header_type(header));
  return {};
}

// An opening parenthesis begins a type or an address. Returns whether it was a type.
Result<bool> Parser::header_type(Header& header) {
  constexpr std::array types{"NOLOAD", "READONLY", "TYPE", "DSECT", "COPY", "INFO", "OVERLAY", ")"};
  if (!TRY(lexer().peek(LexMode::expression)).is("(")) return false;
  if (!TRY(lexer().peek(LexMode::expression, 1)).is_any_of(types)) return false;
  for (int depth = 0; depth > 0 || header.type.empty();) {
    const Token token = TRY(lexer().next(LexMode::expression));
    if (token.kind == TokenKind::end) return error_at(token.location(), "expected ')'");
    depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
    header.type += " " + std::string(token.text);
  }
  header.type = canonical_type(header.type);
  return true;
}

Result<void> Parser::header_attribute(Header& header, const Token& token) {
  constexpr std::array keywords{"ALIGN_WITH_INPUT", "ONLY_IF_RO", "ONLY_IF_RW", "SPECIAL",
                                "NOCROSSREFS"};
  const std::string word(token.text);
  header.attributes += " " + word;
  if (token.is_any_of(keywords)) {
    if (!word.starts_with("ONLY_IF")) {
      report_lld(token.location(), "does not support " + word, "remove it");
    }
    return {};
  }
  if (!token.is("AT") && !token.is("ALIGN") && !token.is("SUBALIGN")) {
    return expected("'{' to begin the output section '" + header.name + "'", token);
  }
  TRY(lexer().expect("(", LexMode::expression, "after " + word));
  Expression value = TRY(expression());
  TRY(lexer().expect(")", LexMode::expression, "after the value of " + word));
  const bool is_address = word == "AT";
  header.has_load_address |= is_address;
  header.has_inner_alignment |= word == "SUBALIGN";
  header.attributes += " ( " + (is_address ? address_of(header, value) : text_of(value)) + " )";
  if (!is_address) record_alignment({Expression::Kind::call, "ALIGN", {std::move(value)}});
  return {};
}

// Load addresses are shifted too; GNU ld 2.40 leaves AT(0x4000) as it is, and the layouts would
// differ in the distance from address to load address.
std::string Parser::address_of(const Header& header, const Expression& address) const {
  return header.is_never_loaded ? text_of(address) : rewritten_address(address, symbol_classes_);
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
    restore_location(header.location);
  } else if (header.address || belongs_at_zero) {
    save_location(header.location);
  }
  line(header.location, text + header.type + " :" + header.attributes + " {");
}

// After `.comment 0 : {…}` ld continues from zero. The shift does not apply to sections that are
// never loaded, so `.` is saved before them and restored after them.
void Parser::save_location(const SourceLocation& location) {
  if (location_is_saved_) return;
  line(location, "__cbundle_end = . ;");
  location_is_saved_ = true;
}

void Parser::restore_location(const SourceLocation& location) {
  if (!location_is_saved_) return;
  line(location, ". = __cbundle_end ;");
  location_is_saved_ = false;
}

Result<void> Parser::overlay_member(const Token& /*token*/) {
  const Token name = TRY(lexer().expect_name(LexMode::statement, "a section of the overlay"));
  const std::string text = plain_name(name.text);
  line(name.location(), text + " {");
  lines_.back().loads = text;
  overlaid_.push_back(text);
  const Token brace = TRY(lexer().next(LexMode::statement));
  if (!brace.is("{")) return unexpected(brace, text, "'{' after the section '" + text + "'");
  TRY(body(text, true));
  const Trailer trailer = TRY(this->trailer(text));
  line(trailer.location, "}" + trailer.text);
  if (!trailer.text.empty()) report_overlay_content(trailer.location);
  return {};
}

// "} > ram AT > rom : segment = 0x90": region, load region, segments and fill.
Result<Parser::Trailer> Parser::trailer(const std::string& section) {
  constexpr std::array beginnings{"=", ">", "AT", ":", ","};
  Trailer trailer;
  const std::string where = "at the end of '" + section + "'";
  trailer.location = TRY(lexer().expect("}", LexMode::statement, where)).location();
  while (true) {
    const Token token = TRY(lexer().peek(LexMode::statement));
    if (!token.is_any_of(beginnings)) return trailer;
    TRY(lexer().next(LexMode::statement));
    if (token.is(",")) return trailer;
    if (token.is("=")) {
      trailer.text += " = " + fill(token.location(), TRY(expression()));
      trailer.has_fill = true;
      continue;
    }
    if (token.is("AT")) TRY(lexer().expect(">", LexMode::statement));
    const Token name = TRY(lexer().expect_name(LexMode::statement, "a name"));
    if (token.is(">")) trailer.region = plain_name(name.text);
    if (token.is("AT")) trailer.load_region = plain_name(name.text);
    trailer.text.append(" ").append(token.is("AT") ? "AT >" : token.text);
    trailer.text.append(" ").append(plain_name(name.text));
  }
}

}  // namespace cbundle

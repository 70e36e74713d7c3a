// SECTIONS and the output sections in it, up to their braces.
#include <algorithm>
#include <array>

#include "engine/script/parser.h"

namespace cbundle {
namespace {

constexpr std::string_view unloaded = " ( INFO )";

// One for all types of output sections whose bytes are not loaded, which are the same to linkers;
// lld 14 does not know all their names, nor parentheses around none.
std::string canonical_type(const std::string& type) {
  constexpr std::array types{" ( COPY )", " ( DSECT )", " ( OVERLAY )"};
  if (type == " ( )") return {};
  return std::ranges::find(types, type) != types.end() ? std::string(unloaded) : type;
}

// What GNU ld makes of a section's name in the names of symbols.
std::string letters_of(std::string_view section) {
  std::string letters;
  for (const char c : section) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '0' && c <= '9') || c == '_') letters += c;
  }
  return letters;
}

bool is_debug(std::string_view section) {
  return section.starts_with(".debug") || section.starts_with(".zdebug") ||
         section.starts_with(".stab") || section == ".line";
}

}  // namespace

Result<void> Parser::sections() {
  const Token token = TRY(source_.next(Reading::statement));
  TRY(source_.expect("{", Reading::statement, "after SECTIONS"));
  line(token.location(), "SECTIONS {");
  command_ = ++commands_;
  ++indent_;
  TRY(section_statements());
  const Token end = TRY(source_.expect("}", Reading::statement, "at the end of SECTIONS"));
  step_back(end.location());
  command_ = 0;
  --indent_;
  line(end.location(), "}");
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
    return error_at(token.location(), std::string(token.text) + " cannot stand inside SECTIONS");
  }
  if (token.is("ENTRY")) return kept_command();
  if (TRY(special_statement(token, Level::sections))) return {};
  if (!token.is_name()) {
    return error_at(token.location(), "expected an output section, found " + shown(token));
  }
  const Token name = TRY(source_.next(Reading::statement));
  if (!is_assignment(TRY(source_.peek(Reading::statement)))) return output_section(name);
  step_back(name.location());
  return assignment(name, Level::sections);
}

Result<void> Parser::output_section(const Token& name) {
  const Header header = TRY(this->header(name));
  write_header(header);
  const std::string known_as(name.unquoted());
  lines_.back().opens = known_as;
  const bool is_loaded = !header.is_never_loaded && !header.is_overlay && !name.is("/DISCARD/");
  if (is_loaded) lines_.back().loads = header.name;
  if (header.is_overlay) {
    overlaid_.clear();
    ++indent_;
    TRY(overlay_members());
    --indent_;
  } else {
    TRY(body(header.name, false));
  }
  const std::string where = "at the end of '" + header.name + "'";
  const SourceLocation end = TRY(source_.expect("}", Reading::statement, where)).location();
  const Trailer trailer = TRY(this->trailer());
  line(end, "}" + trailer.text);
  note_trailer(header, trailer, end);
  if (header.is_overlay) define_load_addresses(end);
  lines_.back().closes = known_as;
  return {};
}

Result<void> Parser::body(const std::string& name, bool is_overlay) {
  body_ = {name, lines_.size(), {}, {}, false, is_overlay};
  ++indent_;
  TRY(body_statements());
  if (!body_.start.empty()) {  // its first line, now that it is needed
    const auto at = lines_.begin() + static_cast<std::ptrdiff_t>(body_.first);
    const SourceLocation location = lines_[body_.first - 1].location;
    lines_.insert(at, Line{std::string(2 * indent_, ' ') + body_.start + " = . ;",
                           {},
                           location,
                           command_,
                           {},
                           {},
                           {}});
  }
  --indent_;
  return {};
}

void Parser::note_header(const Header& header) {
  constexpr std::array known{"", " ( NOLOAD )", " ( INFO )"};
  if (std::ranges::find(known, header.type) == known.end()) {
    only_gnu(header.location, "knows no section type" + header.type, "leave the type out");
  }
  if (header.name.find(',') != std::string::npos) {
    only_gnu(header.location, "takes the ',' in '" + header.name + "' for the name's end",
             "give the section another name");
  }
  if (header.has_inner_alignment && !header.address) {
    only_gnu(header.location, "starts a section with SUBALIGN at a multiple of that only",
             "say where it starts, as in .data ALIGN(16) : SUBALIGN(4)");
  }
  if (!header.is_overlay) return;
  if (!header.address || !header.has_load_address) {
    only_gnu(header.location, "wants to know where an OVERLAY runs and where it loads",
             "write OVERLAY 0x… : AT (0x…)");
  } else if (!constant_of(*header.address, constants_) &&
             alignment_in(*header.address, constants_) == 1) {
    only_gnu(header.location, "does not align where an OVERLAY runs",
             "align its address, as in OVERLAY ALIGN(16) : AT (0x…)");
  }
}

// lld 14 finds a region for a section by other rules, and where it loads if the one before it does
// so in another region.
void Parser::note_trailer(const Header& header, const Trailer& trailer,
                          const SourceLocation& location) {
  if (header.is_never_loaded || header.name == "/DISCARD/") return;
  if (header.is_overlay) {
    if (!trailer.text.empty()) {
      only_gnu(location, "takes nothing behind an OVERLAY", "give regions and fill to no overlay");
    }
  } else if (trailer.region.empty()) {
    without_region_.push_back(
        {location,
         {"does not find the region of '" + header.name + "' as GNU ld does", {}, "say > REGION"}});
  } else if (trailer.region == region_ && !load_region_.empty() && trailer.load_region.empty() &&
             !header.has_load_address) {
    only_gnu(location, "does not load '" + header.name + "' where the section before it loads",
             "say AT > " + load_region_);
  }
  region_ = trailer.region;
  load_region_ = trailer.load_region;
  if (trailer.has_fill && body_.has_fill) {
    only_gnu(location, "has one fill for a section", "leave FILL or the fill at its end out");
  }
}

// GNU ld does it too.
void Parser::define_load_addresses(const SourceLocation& location) {
  for (const std::string& name : overlaid_) {
    const std::string letters = letters_of(name);
    std::string from = "PROVIDE ( __load_start_" + letters;
    from.append(" = LOADADDR ( ").append(name).append(" ) ) ;");
    line(location, from);
    std::string to = "PROVIDE ( __load_stop_" + letters;
    to.append(" = LOADADDR ( ").append(name).append(" ) + SIZEOF ( ");
    line(location, to.append(name).append(" ) ) ;"));
  }
}

Result<Parser::Header> Parser::header(const Token& name) {
  Header header;
  header.location = name.location();
  header.name = plain_name(name.text);
  header.is_overlay = name.is("OVERLAY");
  TRY(header_address(header));
  header.is_never_loaded = is_never_loaded(name.unquoted()) || header.type == unloaded;
  const Token colon = TRY(source_.next(Reading::expression));
  if (!colon.is(":")) {
    return misread(colon, header.name, "':' after the output section '" + header.name + "'");
  }
  TRY(header_qualities(header));
  note_header(header);
  return header;
}

// Both are optional: `0x1000 ( NOLOAD )`.
Result<void> Parser::header_address(Header& header) {
  const Token token = TRY(source_.peek(Reading::expression));
  if (token.is(":") || token.is("{") || token.is(";")) return {};
  if (TRY(header_type(header))) return {};
  header.address = TRY(expression());
  note_alignment(*header.address);
  TRY(header_type(header));
  return {};
}

// An opening parenthesis begins a type or an address. Whether it was a type.
Result<bool> Parser::header_type(Header& header) {
  constexpr std::array types{"NOLOAD", "READONLY", "TYPE", "DSECT", "COPY", "INFO", "OVERLAY", ")"};
  if (!TRY(source_.peek(Reading::expression)).is("(")) return false;
  const Token word = TRY(source_.peek_second(Reading::expression));
  if (std::ranges::none_of(types, [&](auto type) { return word.is(type); })) return false;
  for (int depth = 0; depth > 0 || header.type.empty();) {
    const Token token = TRY(source_.next(Reading::expression));
    if (token.kind == TokenKind::end) return error_at(token.location(), "expected ')'");
    depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
    header.type += " " + std::string(token.text);
  }
  header.type = canonical_type(header.type);
  return true;
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
  if (std::ranges::any_of(words, [&](auto known) { return token.is(known); })) {
    if (!word.starts_with("ONLY_IF")) {
      only_gnu(token.location(), "cannot do " + word, "leave it out");
    }
    return {};
  }
  if (!token.is("AT") && !token.is("ALIGN") && !token.is("SUBALIGN")) {
    return error_at(token.location(), "expected '{' to begin the output section '" + header.name +
                                          "', found " + shown(token));
  }
  TRY(source_.expect("(", Reading::expression, "after " + word));
  Expression value = TRY(expression());
  TRY(source_.expect(")", Reading::expression, "after the value of " + word));
  const bool is_address = word == "AT";
  header.has_load_address |= is_address;
  header.has_inner_alignment |= word == "SUBALIGN";
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
    step_back(header.location);
  } else if (header.address || belongs_at_zero) {
    step_aside(header.location);
  }
  line(header.location, text + header.type + " :" + header.qualities + " {");
}

// After `.comment 0 : {…}` ld goes on from zero. Sections that are never loaded stay where they
// are while all else moves, so `.` is kept before them and put back after.
void Parser::step_aside(const SourceLocation& location) {
  if (aside_) return;
  line(location, "__cbundle_end = . ;");
  aside_ = true;
}

void Parser::step_back(const SourceLocation& location) {
  if (!aside_) return;
  line(location, ". = __cbundle_end ;");
  aside_ = false;
}

Result<void> Parser::overlay_members() {
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.kind == TokenKind::end || token.is("}")) return {};
    const Token name = TRY(source_.expect_name(Reading::statement, "a section of the overlay"));
    const std::string text = plain_name(name.text);
    line(name.location(), text + " {");
    lines_.back().loads = text;
    overlaid_.push_back(text);
    const Token brace = TRY(source_.next(Reading::statement));
    if (!brace.is("{")) return misread(brace, text, "'{' after the section '" + text + "'");
    TRY(body(text, true));
    const std::string where = "at the end of '" + text + "'";
    const SourceLocation end = TRY(source_.expect("}", Reading::statement, where)).location();
    const Trailer trailer = TRY(this->trailer());
    line(end, "}" + trailer.text);
    if (!trailer.text.empty()) only_patterns(end);
  }
}

// " > ram AT > rom : segment = 0x90": region, load region, segments and fill.
Result<Parser::Trailer> Parser::trailer() {
  Trailer trailer;
  while (true) {
    const Token token = TRY(source_.peek(Reading::statement));
    if (token.is(",")) {
      TRY(source_.next(Reading::statement));
      return trailer;
    }
    if (token.is("=")) {
      const SourceLocation location = TRY(source_.next(Reading::statement)).location();
      trailer.text += " = " + fill(location, TRY(expression()));
      trailer.has_fill = true;
    } else if (token.is("AT")) {
      TRY(source_.next(Reading::statement));
      trailer.load_region = TRY(name_after(">"));
      trailer.text += " AT > " + trailer.load_region;
    } else if (token.is(">")) {
      trailer.region = TRY(name_after(">"));
      trailer.text += " > " + trailer.region;
    } else if (token.is(":")) {
      trailer.text += " : " + TRY(name_after(":"));
    } else {
      return trailer;
    }
  }
}

Result<std::string> Parser::name_after(std::string_view sign) {
  TRY(source_.expect(sign, Reading::statement));
  const Token name = TRY(source_.expect_name(Reading::statement, "a name"));
  return plain_name(name.text);
}

}  // namespace cbundle

#include "engine/script/built_in.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "engine/base/text.h"

namespace cbundle {
namespace {

// Quoted, because ld ends a plain name at many characters. Wildcards are special in quotes too, so
// they are written in brackets, where GNU ld 2.40 and lld 14 read them literally (GNU ld does not
// after a backslash). What cannot be written is matched by `?`.
std::string pattern_of(std::string_view name) {
  const bool is_wild = name.find_first_of("*?[\"\n") != std::string_view::npos;
  std::string pattern;
  for (char c : name) {
    if (c == '*' || c == '?' || c == '[') {
      pattern += std::string("[") + c + "]";
    } else {
      pattern += c == '"' || c == '\n' || (c == '\\' && is_wild) ? '?' : c;
    }
  }
  return "\"" + pattern + "\"";
}

std::vector<const InputSection*> in_order(std::span<const InputSection> sections, Mode mode) {
  constexpr std::array kinds{SectionKind::code, SectionKind::read_only, SectionKind::relro,
                             SectionKind::writable, SectionKind::zero};
  std::vector<const InputSection*> ordered;
  for (const SectionKind kind : kinds) {
    const bool is_writable = kind == SectionKind::writable || kind == SectionKind::zero;
    if (is_writable && mode == Mode::pic) continue;
    for (const InputSection& section : sections) {
      if (section.kind == kind) ordered.push_back(&section);
    }
  }
  return ordered;
}

std::string input(const InputSection& section) {
  std::string pattern = "    *(" + pattern_of(section.name) + ")\n";
  if (section.kind == SectionKind::code || !is_identifier(section.name)) return pattern;
  // `.` is aligned first, so that __start_NAME is where the section starts.
  const std::string align = std::to_string(std::max<std::uint64_t>(section.alignment, 1));
  return "    . = ALIGN(" + align + ");\n    PROVIDE(__start_" + section.name + " = .);\n" +
         pattern + "    PROVIDE(__stop_" + section.name + " = .);\n";
}

}  // namespace

std::string built_in_script(std::span<const InputSection> sections, Mode mode) {
  std::string text = "SECTIONS {\n  .cbundle : {\n";
  for (const InputSection* section : in_order(sections, mode)) text += input(*section);
  if (mode == Mode::selfreloc) text += "    *(COMMON)\n";
  return text + "  }\n}\n";
}

std::string patterns_of(std::span<const InputSection> sections, Mode mode) {
  std::string text;
  for (const InputSection* section : in_order(sections, mode)) {
    text += "*(" + pattern_of(section->name) + ") ";
  }
  return text;
}

}  // namespace cbundle

#include "engine/script/layout.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "engine/base/text.h"
#include "engine/bundle/layout_plan.h"
#include "engine/script/offsets.h"
#include "engine/script/relocatable_expression.h"

namespace cbundle {
namespace {

std::uint64_t mask_of(unsigned address_bits) {
  return address_bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << address_bits) - 1;
}

// In a script with MEMORY, ld puts a section without a region into one that accepts its attributes,
// or fails; in one with PHDRS, it warns of a section without a segment. So our sections have a
// region and a segment of their own.
struct OwnRegion {
  std::string region;   // " > cbundle_own"
  std::string segment;  // " : cbundle_own"
};

std::string prologue(const Script& script, const LayoutPlacement& placement) {
  const std::uint64_t mask = mask_of(placement.address_bits);
  std::string text;
  if (script.has_memory) {
    text += "MEMORY {\n  cbundle_own : ORIGIN = 0 , LENGTH = " + hex(mask) + "\n}\n";
  }
  return text + "SECTIONS {\n  . = " + hex(placement.shift & mask) + " ;\n}\n";
}

constexpr std::array at_end{
    std::pair{".cbundle.got ALIGN(__cbundle_end, 16)", "*(.got.plt) *(.got) *(.got.*)"},
    std::pair{".cbundle.plt", "*(.plt) *(.plt.*) *(.iplt) *(.igot) *(.igot.plt)"},
    std::pair{".cbundle.stubs",
              "*(.glue_7) *(.glue_7t) *(.vfp11_veneer) *(.v4_bx) *(.stm32l4xx_veneer) *(.stub) "
              "*(.MIPS.stubs)"},
    std::pair{".cbundle.writable",
              "*(.data .data.* .sdata .sdata.* .tdata .tdata.* .bss .bss.* .sbss .sbss.* .tbss "
              ".tbss.* .dynbss .dynsbss COMMON .scommon)"},
    std::pair{".cbundle.rel", "*(.rel.*) *(.rela.*)"},
};

// To lld .symtab and the like are orphans, which it refuses to discard.
constexpr std::array metadata{".symtab",        ".strtab",         ".shstrtab",
                              ".symtab_shndx",  ".ARM.attributes", ".riscv.attributes",
                              ".gnu.attributes"};

// The names after ".debug_".
constexpr std::array debug{"info",  "abbrev",  "line",   "line_str", "str", "str_offsets",
                           "addr",  "aranges", "ranges", "rnglists", "loc", "loclists",
                           "frame", "macro",   "names",  "types"};

constexpr std::string_view discarded =
    "  /DISCARD/ : {\n"
    "    *(.comment .comment.*) *(.note .note.*) *(.eh_frame) *(.eh_frame_hdr) *(.sframe)\n"
    "    *(.ARM.exidx*) *(.ARM.extab*) *(.MIPS.abiflags) *(.MIPS.options) *(.reginfo)\n"
    "    *(.pdr) *(.mdebug .mdebug.*) *(.gptab.*) *(.gnu.warning.*)\n";

// The start of the first section that is not empty, as an expression. Fifty sections suffice, and
// linkers evaluate an expression of that depth.
std::string start_of(std::span<const std::string> sections) {
  constexpr std::size_t max_sections = 50;
  std::string text;
  for (const std::string& name : sections.first(std::min(sections.size(), max_sections))) {
    text.append("SIZEOF ( ").append(name).append(" ) > 0 ? ");
    text.append(address_of_section(name)).append(" : ");
  }
  return text + "__cbundle_end";
}

// Imports come after the bundle, unless its script leaves half a megabyte between sections, which
// some branches cannot cross.
std::string import_base(const Script& script, const LayoutPlacement& placement) {
  const std::uint64_t mask = mask_of(placement.address_bits);
  const std::string reach = hex(placement.reach);
  std::string text = "  __cbundle_start = ABSOLUTE ( " + start_of(script.sections) + " ) ;\n";
  text += "  __cbundle_size = ( __cbundle_end - __cbundle_start & " + hex(mask) + " ) ;\n";
  text += "  __cbundle_reach = __cbundle_size < 0x80000 ? MAX ( __cbundle_size , " + reach +
          " ) : " + reach + " ;\n";
  return text + "  __cbundle_imports = ( __cbundle_start + __cbundle_reach + 15 & " +
         hex(mask & ~std::uint64_t{15}) + " ) ;\n";
}

// The output section of one import. They come after all that has bytes, because lld computes file
// offsets from addresses; in the same order in every layout, so that the symbols are too.
std::string import_output(std::size_t i, const LayoutPlacement& placement, const OwnRegion& own) {
  const std::string name = import_section(i);
  const std::string address = "( __cbundle_imports + " + hex(placement.imports[i]) + " & " +
                              hex(mask_of(placement.address_bits)) + " )";
  // After a section with another load address, ld needs a load address for this one.
  return "  " + name + " " + address + " (NOLOAD) : AT " + address + " { *(" + name + ") }" +
         own.region + "\n";
}

std::string epilogue(const Script& script, const LayoutPlacement& placement) {
  const OwnRegion own{script.has_memory ? " > cbundle_own" : "",
                      script.has_phdrs ? " : cbundle_own" : ""};
  std::string text;
  if (script.has_phdrs) text += "PHDRS {\n  cbundle_own PT_LOAD ;\n}\n";
  // A symbol, because to lld `.` in a region is that of the region.
  text += "SECTIONS {\n  __cbundle_end = . ;\n";
  for (const auto& [name, patterns] : at_end) {
    text += std::string("  ") + name + " : { " + patterns + " }" + own.region + own.segment + "\n";
  }
  // The middle of what 16 bits reach; a script that places the GOT defines _gp itself.
  if (placement.has_gp) {
    text += "  _gp = DEFINED(_gp) ? _gp : ALIGN(__cbundle_end, 16) + 0x7ff0 ;\n";
  }
  if (!placement.imports.empty()) text += import_base(script, placement);
  for (std::size_t i = 0; i < placement.imports.size(); ++i) {
    text += import_output(i, placement, own);
  }
  const auto at_zero = [](const std::string& name) {
    return "  " + name + " 0 : { *(" + name + ") }\n";
  };
  for (const char* name : metadata) text += at_zero(name);
  for (const char* name : debug) text += at_zero(std::string(".debug_") + name);
  text += discarded;
  for (const std::string& name : placement.unloaded) text += "    *(" + name + ")\n";
  return text + "  }\n}\n";
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

std::string at_shift(std::string_view text, std::uint64_t shift, unsigned address_bits) {
  const std::uint64_t mask = mask_of(address_bits);
  return replaced(replaced(text, shift_placeholder, hex(shift & mask)), mask_placeholder,
                  hex(mask));
}

LayoutScript layout_script(const Script& script, const LayoutPlacement& placement) {
  LayoutScript layout;
  layout.text = prologue(script, placement);
  layout.locations.resize(lines_in(layout.text));
  layout.first = layout.locations.size();
  layout.locations.insert(layout.locations.end(), script.locations.begin(), script.locations.end());
  layout.text += replaced(at_shift(script.text, placement.shift, placement.address_bits),
                          rest_placeholder, placement.rest);
  layout.text += epilogue(script, placement);
  layout.locations.resize(lines_in(layout.text));
  return layout;
}

std::string with_source_locations(std::string_view output, std::string_view path,
                                  std::span<const SourceLocation> locations) {
  const std::string prefix = std::string(path) + ":";
  std::string result;
  while (true) {
    const std::size_t at = output.find(prefix);
    if (at == std::string_view::npos) return result + std::string(output);
    std::size_t line = 0;
    const char* digits = output.data() + at + prefix.size();
    const char* end = std::from_chars(digits, output.data() + output.size(), line).ptr;
    const bool known = line > 0 && line <= locations.size() && !locations[line - 1].file.empty();
    const auto size = static_cast<std::size_t>(end - output.data());
    result += output.substr(0, known ? at : size);
    if (known) result += locations[line - 1].text();
    output.remove_prefix(size);
  }
}

}  // namespace cbundle

// The linker script of one layout: a user's script at the layout's address, and our own sections.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/script.h"

namespace cbundle {

// The file name of the import stub in the layout's link.
inline constexpr std::string_view import_stub_name = "__cbundle_imports.o";

// The addresses of one layout.
struct LayoutPlacement {
  std::uint64_t shift = 0;             // address of the script's address zero
  unsigned address_bits = 64;          // 32 or 64: addresses wrap there
  std::uint64_t reach = 0;             // bytes, at least the size of the bundle
  std::vector<std::uint64_t> imports;  // address of each input section .cbundle.import.N: bytes
                                       // after the bundle's end, or after `reach` if that is more
  bool has_gp = false;                 // MIPS: code finds the GOT by `_gp`
  std::string rest = {};               // patterns of all input sections, in one line
  std::vector<std::string> unloaded = {};  // sections that are not loaded, such as a compiler's
                                           // record of its options
};

// The text for the linker, and the source of each line; lines of our own have no file.
struct LayoutScript {
  std::string text;
  std::vector<SourceLocation> locations;
  std::size_t first = 0;  // index of the first line of the user's script
};

// The output sections, in this order:
//   the script's own
//   .cbundle.got        global offset table, if the script does not place it; directly after the
//                       script's sections, so that it moves with them
//   .cbundle.plt .cbundle.stubs .cbundle.writable .cbundle.rel
//                       what a bundle must not have: absent or empty in a valid layout
//   .cbundle.import.N   the imports of the stub object, NOBITS. Their addresses are relative to the
//                       start of the first section that is not empty, mostly the code, so that
//                       branches reach them.
// Debug and attribute sections that the script does not place are at zero; comments, notes,
// unwind tables and what is not loaded are discarded. Other sections of the objects are only where
// the script places them.
LayoutScript layout_script(const Script& script, const LayoutPlacement& placement);

// A script's text with the shift inserted.
std::string at_shift(std::string_view text, std::uint64_t shift, unsigned address_bits);

// The linker's output with lines of the layout's script, `path` to the linker, replaced by those of
// the user's: "/tmp/x/a.lds:14: syntax error" becomes "boot.lds:12: syntax error".
std::string with_source_locations(std::string_view output, std::string_view path,
                                  std::span<const SourceLocation> locations);

}  // namespace cbundle

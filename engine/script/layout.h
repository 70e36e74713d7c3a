// The linker script of one layout: a user's script moved to its location, between our own sections.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/script.h"

namespace cbundle {

// The file of the import stub, as the linker must know it.
inline constexpr std::string_view import_stub_name = "__cbundle_imports.o";

// Where one layout puts things.
struct LayoutPlacement {
  std::uint64_t shift = 0;     // where the script's address zero comes to be
  unsigned address_bits = 64;  // addresses wrap here: 32 or 64
  std::uint64_t reach = 0;     // bytes: at least the size of what is laid out
  std::vector<std::uint64_t>
      imports;            // the location of each input section .cbundle.import.N: bytes
                          // behind the bundle's end, or behind `reach` if that is more
  bool has_gp = false;    // MIPS: code finds the GOT by `_gp`
  std::string rest = {};  // patterns of all input sections, in one line
};

// A text for the linker, and where its lines came from: no file for those that are our own.
struct LayoutScript {
  std::string text;
  std::vector<SourceLocation> locations;
  std::size_t first = 0;  // where the script's own lines begin, from 0
};

// Output sections come in this order:
//   the script's own
//   .cbundle.got        global offset table, where the script does not location it itself; it comes
//                       right behind the script's sections, so it moves with them
//   .cbundle.plt .cbundle.stubs .cbundle.writable .cbundle.rel
//                       what a bundle must not have: absent or empty if all is well
//   .cbundle.import.N   the imports of the stub object, NOBITS. They are reckoned from where the
//                       first section that is not empty starts, wherever the script puts that, so
//                       that branches reach them: code comes first in most scripts.
// Debug and attribute sections that the script does not location stay at zero; comments, notes and
// unwind tables are discarded. No section of the objects is placed otherwise.
LayoutScript layout_script(const Script& script, const LayoutPlacement& placement);

// A script's text with the shift put in.
std::string at_shift(std::string_view text, std::uint64_t shift, unsigned address_bits);

// The linker's words with the lines of the layout's script, `path` to the linker, replaced by
// those of the user's: "/tmp/x/a.lds:14: syntax error" becomes "boot.lds:12: syntax error".
std::string in_terms_of_source(std::string_view words, std::string_view path,
                               std::span<const SourceLocation> locations);

}  // namespace cbundle

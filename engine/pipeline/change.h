// A difference between two builds of one output, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cbundle {

struct Change {
  enum class Kind {
    object,     // as a whole: `file`
    section,    // `name` in `file`
    symbol,     // `name` in `file`
    script,     // a line of `file`; or the file, where `line` is 0
    header,     // as `script`: a file that the script includes
    define,     // `name` is NAME or NAME=VALUE
    import,     // `name` is the symbol's
    export_of,  // likewise
    option,     // `name` is the option's, with its dashes
    tool,       // `name` is "linker" or "preprocessor"
    version,    // of cbundle
  };
  enum class How { changed, added, removed };

  Kind kind = Kind::object;
  How how = How::changed;
  std::string file = {};  // as the caller wrote it
  std::uint32_t line = 0;
  std::string what = {};  // of a symbol: "function", "variable", "symbol" or "reference to"
  std::string name = {};
  std::string was = {};  // empty: not known, or there is nothing to say
  std::string is = {};
  std::uint32_t more = 0;  // further changes of this kind in this file that are not listed

  bool operator==(const Change&) const = default;
};
using Changes = std::vector<Change>;

std::string_view name_of(Change::Kind kind);  // "object", "header"
std::string_view name_of(Change::How how);    // "changed", "new", "gone"

// "boot.o: function 'scale' changed: was 10 bytes, is 12 bytes".
std::string text_of(const Change& change);

}  // namespace cbundle

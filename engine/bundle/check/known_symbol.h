// Hints for undefined symbols that the source does not mention: compilers, their libraries and
// their flags bring them in.
#pragma once

#include <string_view>

namespace cbundle {

inline constexpr std::string_view no_thread_local =
    "remove __thread: a bundle has no thread-local storage";

struct KnownSymbol {
  // Patterns with blanks between; in each, '?' is any character, '*' at the end any more.
  std::string_view names;
  std::string_view hint;  // what to do
  // Whether all symbols of this hint have one cause, such as a flag: they are reported together,
  // and other errors about them are left out.
  bool is_one_cause = true;
};

// The entry for the name; null where there is none.
const KnownSymbol* known_symbol(std::string_view name);

// Whether exception tables, and nothing else, bring the symbol in.
bool is_of_exceptions(std::string_view name);

// Whether thread-local variables, and nothing else, bring the symbol in.
bool is_of_thread_local_storage(std::string_view name);

}  // namespace cbundle

// What to do about undefined symbols that nobody wrote: compilers, their libraries and their flags
// bring them in.
#pragma once

#include <optional>
#include <string_view>

namespace cbundle {

struct KnownSymbol {
  std::string_view name;  // `?` is any character, `*` at the end any more
  std::string_view hint;  // what to do
  // Whether all symbols of this hint are one mistake, such as a flag: told together, and what
  // else is wrong about them goes away with it.
  bool is_one_cause = true;
};

// The entry for the name; null where its author must know.
const KnownSymbol* known_symbol(std::string_view name);

// Whether exception tables, and nothing else, bring the symbol in.
bool is_of_exceptions(std::string_view name);

// Whether thread-local variables, and nothing else, bring the symbol in.
bool is_of_thread_local_storage(std::string_view name);

}  // namespace cbundle

// The built-in script, for bundles without a script of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/bundle/spec.h"

namespace cbundle {

enum class SectionKind { code, read_only, relro, writable, zero };  // zero: NOBITS

// A section of the joined objects.
struct InputSection {
  std::string name;
  SectionKind kind = SectionKind::code;
  std::uint64_t alignment = 1;  // bytes, a power of two
};

inline constexpr std::string_view built_in_section = ".cbundle";

// One output section `.cbundle` of all `sections`: code, then read-only data, then (selfreloc)
// writable data, NOBITS last, as bytes; each in the order given. It has no address. Sections other
// than code get __start_NAME and __stop_NAME if their name is a C identifier. In mode pic writable
// sections are omitted, and the layout reports them.
std::string built_in_script(std::span<const InputSection> sections, Mode mode);

// Patterns of the same sections in the same order, in one line, without __start_ and __stop_
// symbols: for a script's section of all remaining input.
std::string patterns_of(std::span<const InputSection> sections, Mode mode);

}  // namespace cbundle

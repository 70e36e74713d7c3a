// The script of bundles that bring none.
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

// One output section `.cbundle` of all `sections`: code, then what is read-only, then (selfreloc)
// what is writable, zeros last and as bytes; within each in the order given. It has no address.
// Sections that are not code and whose names C can spell get __start_NAME and __stop_NAME.
// In mode pic writable sections are left out, for the layout to catch.
std::string built_in_script(std::span<const InputSection> sections, Mode mode);

// Patterns of the same sections in the same order, in one line and without bounds: for what other
// output sections have left.
std::string patterns_of(std::span<const InputSection> sections, Mode mode);

}  // namespace cbundle

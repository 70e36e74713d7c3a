// What moving a script's whole address space by one shift does to its expressions.
//
// A script's addresses begin at zero as its writer sees them; a layout puts that zero at a shift.
// So what sets an address has the shift added, unless it is built from addresses that moved
// already; and where the script calculates with an address as a mere number (compares it with a
// limit, divides it), the shift is taken off first. All is modulo the width of an address.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/script/expression.h"

namespace cbundle {

// They stand in the text for two numbers, so that one text serves every layout.
inline constexpr std::string_view shift_word = "__cbundle_shift";
inline constexpr std::string_view mask_word = "__cbundle_mask";  // of an address's bits

// And this one for patterns of all input sections, which the objects tell.
inline constexpr std::string_view rest_word = "__cbundle_rest";

enum class Movement {
  stays,    // a number, the same in every layout
  moves,    // an address: moves by the shift
  unknown,  // a symbol of the objects: may be either
};

using Movements = std::map<std::string, Movement, std::less<>>;  // of the symbols a script assigns

// How the value changes if the expression is left as it is; a number made from an address in any
// other way than by adding and subtracting is unknown.
Movement movement_of(const Expression& expression, const Movements& symbols);

// The text of an expression that sets an address: `.`, a section's start, a region's origin.
// Unknown values are left alone.
std::string moved_address(const Expression& expression, const Movements& symbols);

// The text of an expression that must have one value in every layout: an assertion.
std::string moved_number(const Expression& expression, const Movements& symbols);

// Debug information, comments, attributes: their addresses mean nothing and never move.
bool is_never_loaded(std::string_view section);

}  // namespace cbundle

// Rewrites expressions for a layout that shifts a script's whole address space.
//
// The shift is added to what sets an address, unless that is computed from other addresses, which
// contain it already; and subtracted from an address that is used as a plain number (compared with
// a limit, divided). All is modulo the width of an address.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/script/expression.h"

namespace cbundle {

// Placeholders in the text for two numbers that depend on the layout.
inline constexpr std::string_view shift_placeholder = "__cbundle_shift";
inline constexpr std::string_view mask_placeholder = "__cbundle_mask";  // of an address's bits

// Placeholder for patterns of all input sections of the objects.
inline constexpr std::string_view rest_placeholder = "__cbundle_rest";

enum class AddressClass {
  constant,     // a number, the same in every layout
  relocatable,  // an address, which contains the shift
  unknown,      // a symbol of the objects: either
};

// Of the symbols that a script assigns.
using AddressClasses = std::map<std::string, AddressClass, std::less<>>;

// The class of the expression as it is; unknown for a number computed from an address otherwise
// than by adding and subtracting.
AddressClass address_class_of(const Expression& expression, const AddressClasses& symbols);

// The text of an expression that sets an address: `.`, a section's start, a region's origin.
// Unknown values are not changed.
std::string rewritten_address(const Expression& expression, const AddressClasses& symbols);

// The text of an expression that must have the same value in every layout: an assertion.
std::string rewritten_number(const Expression& expression, const AddressClasses& symbols);

// Debug information, comments, attributes: the shift does not apply to them.
bool is_never_loaded(std::string_view section);

}  // namespace cbundle

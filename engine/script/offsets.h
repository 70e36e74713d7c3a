// Rewrites expressions inside an output section so that GNU ld and lld read them alike.
//
// To GNU ld 2.40 a number there is an offset from the section's start, and so is `.` in anything
// but the addition of a number; to lld 14 both are addresses. So the offsets are written
// explicitly.
#pragma once

#include <set>
#include <string>

#include "engine/script/relocatable_expression.h"

namespace cbundle {

// The output section that an expression is in.
struct SectionContext {
  std::string name;                                    // as written
  std::string start;                                   // its start, as an expression
  const AddressClasses& symbols;                       // that the script has assigned so far
  const std::set<std::string, std::less<>>& own;       // those assigned in this section
  const std::set<std::string, std::less<>>& enclosed;  // those assigned in any section
};

struct PortableText {
  std::string text;
  bool is_portable = true;  // otherwise lld reads it differently from GNU ld
};

// An expression that is assigned to `.` or to a symbol; as written if it is not portable.
PortableText assigned_inside(const Expression& expression, const SectionContext& section);

// An assertion's condition. The shift is subtracted from ABSOLUTE, LOADADDR and ORIGIN.
PortableText asserted_inside(const Expression& expression, const SectionContext& section);

// Replaces the location counter, which lld does not support in data, by the symbol `here`. Returns
// whether the expression contains it.
bool replace_location(Expression& expression, const std::string& here);

// "ADDR ( .text )", of a name as written.
std::string address_of_section(std::string_view name);

}  // namespace cbundle

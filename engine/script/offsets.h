// Expressions inside an output section, in words that GNU ld and lld read alike.
//
// To GNU ld 2.40 a number there is a distance from the section's start, and so is `.` wherever more
// is done with it than to add a number; to lld 14 both are addresses. So distances are spelled out.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "engine/script/moving.h"

namespace cbundle {

// The output section that an expression stands in.
struct Surroundings {
  std::string name;                                    // as written
  std::string start;                                   // where it starts, as an expression
  const Movements& symbols;                            // that the script has assigned so far,
  const std::set<std::string, std::less<>>& own;       // in this section,
  const std::set<std::string, std::less<>>& enclosed;  // in any section
};

struct OffsetText {
  std::string text;
  bool is_common = true;  // lld reads it as GNU ld does; the text is the writer's own if not
};

// What is assigned to `.` or to a symbol.
OffsetText assigned_inside(const Expression& expression, const Surroundings& section);

// An assertion's condition. What asks for an address by ABSOLUTE, LOADADDR or ORIGIN has the shift
// taken off.
OffsetText asserted_inside(const Expression& expression, const Surroundings& section);

// The expression with `here` for the location counter, which lld does not know in data; nothing
// where it does not name it.
std::optional<Expression> with_location(const Expression& expression, const std::string& here);

// "ADDR ( .text )", of a name as the script's text has it.
std::string address_of_section(std::string_view name);

}  // namespace cbundle

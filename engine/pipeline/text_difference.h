// The lines in which two versions of a small text file differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cbundle {

struct LineChange {
  std::uint32_t line = 0;  // 1 is the first; in the new text, or in the old one for a line that is
                           // gone
  bool is_new = false;
  bool is_gone = false;
  std::string was;  // without blanks at its ends, and cut around what differs if it is long
  std::string is;
};

// In order. Where too much differs to compare line by line, a single one without texts, at the
// first line that differs.
std::vector<LineChange> changed_lines(std::string_view before, std::string_view now);

}  // namespace cbundle

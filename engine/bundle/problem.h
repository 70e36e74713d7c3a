// Something that keeps objects from becoming a bundle, or that their author should know.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cbundle {

// A place in the partial link's object.
struct SectionOffset {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;
};

struct Problem {
  std::string text;  // "needs the absolute address of `stop' (R_386_32)"
  std::string hint;  // what to do; may be empty
  std::optional<SectionOffset> place;
  std::uint32_t subject = 0;  // index of the partial object's symbol that the text itself names,
                              // and whose definition is the place to tell; 0: the place is
  std::size_t more = 0;       // others of the same cause, which are not told
};

// "boot.c:12: in function `parse' (boot.o)" for a problem; empty where nothing is known.
using Locate = std::function<std::string(const Problem&)>;

inline constexpr std::size_t max_shown = 20;

// All problems as lines for a person: place, text, hint. Same problems, same lines. At most
// `shown` are told, the rest are counted.
std::string render(const std::vector<Problem>& problems, const Locate& locate,
                   std::size_t shown = max_shown);

}  // namespace cbundle

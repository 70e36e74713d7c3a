// Something that keeps objects from becoming a bundle, or that their author should know.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cbundle {

// A place in the partial link's object.
struct Spot {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;
};

struct Problem {
  std::string text;    // "`names' holds the absolute address of .rodata"
  std::string remedy;  // what to do; may be empty
  std::optional<Spot> spot;
};

// "boot.o: in function `parse' (boot.c:12)" for a spot; empty where nothing is known.
using Locate = std::function<std::string(const Spot&)>;

// All problems as lines for a person: place, text, remedy. Same problems, same lines. At most
// `shown` are told, the rest are counted.
std::string render(const std::vector<Problem>& problems, const Locate& locate,
                   std::size_t shown = 20);

}  // namespace cbundle

// Suggestions for misspelt words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cbundle {

// The word of `known` fewest edits away (insert, delete, replace, swap neighbours); the earlier of
// two equals. Empty where even that one is further than a third of the letters.
std::string nearest(std::string_view word, std::span<const std::string_view> known);

// "did you mean 'import'?", or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace cbundle

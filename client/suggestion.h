// The known word that somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cbundle {

// The nearest of `known`, or an empty view where none is near: by insertions, deletions,
// replacements and swaps of neighbours, about one for three letters.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "; did you mean --import?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace cbundle

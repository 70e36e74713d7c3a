// When a result was made, and how long that took: stored behind its warnings, so that a hit can say
// how old it is and how much time it has saved.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cbundle {

struct ResultOrigin {
  std::int64_t made = 0;              // seconds since the epoch; 0: not known
  std::chrono::microseconds took{0};  // of all work that the result needs
};

// For Entry::warnings; unpack_diagnostics() reads the result as it reads `packed_warnings`.
std::string with_origin(std::string packed_warnings, const ResultOrigin& origin);
ResultOrigin origin_of(std::string_view warnings);

// Whether there are any, with an origin behind them or not.
bool has_warnings(std::string_view warnings);

}  // namespace cbundle

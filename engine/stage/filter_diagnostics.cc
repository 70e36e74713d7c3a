#include "engine/stage/filter_diagnostics.h"

#include <algorithm>
#include <array>

namespace cbundle {

std::string filter_diagnostics(std::string_view said) {
  static constexpr std::array noise{"LOAD segment with RWX permissions",
                                    "missing .note.GNU-stack section", "requires executable stack",
                                    "NOTE: This behaviour is deprecated",
                                    "section `.cbundle.writable' type changed"};
  std::string kept;
  for (std::string_view rest = said; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const bool is_noise = std::ranges::any_of(
        noise, [&](const char* words) { return line.find(words) != line.npos; });
    if (line.empty() || is_noise) continue;
    kept += line;
    kept += '\n';
  }
  return kept;
}

}  // namespace cbundle

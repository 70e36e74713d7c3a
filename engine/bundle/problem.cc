#include "engine/bundle/problem.h"

namespace cbundle {

std::string render(const std::vector<Problem>& problems, const Locate& locate, std::size_t shown) {
  std::string text;
  for (std::size_t i = 0; i < problems.size() && i < shown; ++i) {
    const Problem& problem = problems[i];
    if (!text.empty()) text += '\n';
    const std::string place = locate ? locate(problem) : std::string();
    if (!place.empty()) text += place + ": ";
    text += problem.text;
    if (problem.more > 0) text += ", and " + std::to_string(problem.more) + " more like it";
    if (!problem.hint.empty()) text += "\n  " + problem.hint;
  }
  if (problems.size() > shown) {
    text += "\nand " + std::to_string(problems.size() - shown) + " more like these";
  }
  return text;
}

}  // namespace cbundle

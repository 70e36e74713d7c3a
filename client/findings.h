// What `cbundle doctor` has found.
#pragma once

#include <string>
#include <vector>

namespace cbundle {

struct Finding {
  enum class Level {
    fine,
    costs,   // time, never a wrong result
    broken,  // the cache does not work
  };

  Level level = Level::fine;
  std::string name;     // stable, for scripts: "cache-directory"
  std::string message;  // a sentence without a full stop
  std::string hint = {};
};
using Findings = std::vector<Finding>;

// A line for each, those that are broken first, each hint on a line of its own, and a sum.
std::string text_of(const Findings& findings);

// {"broken":0,"costs":1,"findings":[{"level":"costs","name":…,"message":…,"hint":…}]}
std::string json_of(const Findings& findings);

bool is_anything_broken(const Findings& findings);

}  // namespace cbundle

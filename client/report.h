// What a build tells when it is over: a table for people, JSON for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cbundle/v1/build.pb.h"

namespace cbundle {

struct BuildReport {
  std::string output;
  std::string digest;              // 16 bytes
  std::uint64_t microseconds = 0;  // of the whole command
  std::vector<v1::StageFinished> stages;
  std::optional<std::string> error;
};

// One line: output, digest, milliseconds and stages, or output, error and stages.
std::string json_of(const BuildReport& report);

// A line for each stage: name, outcome, time, and why it ran.
std::string table_of(const BuildReport& report);

}  // namespace cbundle

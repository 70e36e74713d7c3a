// The report at the end of a build: a table for people, JSON for programs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cbundle/v1/build.pb.h"
#include "engine/base/diagnostic.h"
#include "engine/base/digest.h"

namespace cbundle {

struct BuildReport {
  std::string output;
  bool succeeded = false;
  Digest digest;
  std::chrono::microseconds duration{0};  // of the whole command
  std::vector<v1::StageFinished> stages;
  Diagnostics diagnostics;  // warnings in the order they came, then errors
  Diagnostics notes;        // about the cache; the build is the same without it
};

// One line: output, digest and milliseconds of a build that succeeded, stages, diagnostics.
std::string json_of(const BuildReport& report);

// "1.234" for 1234 microseconds.
std::string milliseconds(std::uint64_t microseconds);

std::string json_of_stage(const v1::StageFinished& stage);
std::string json_of_diagnostic(const Diagnostic& diagnostic);

// "partial    ran       2.227 ms".
std::string outcome_of(const v1::StageFinished& stage);

// A line for each stage: name, outcome, time, and why it ran.
std::string table_of(const BuildReport& report);

}  // namespace cbundle

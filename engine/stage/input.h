// A file that a stage reads, as it was when its digest was taken.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/result.h"

namespace cbundle {

struct Input {
  std::filesystem::path path;  // absolute
  Stamp stamp;
  Digest digest;  // of all that can reach the output
  bool is_archive = false;
  bool is_thin = false;  // an archive that only names its members
};

// Error{bad_input} where one of the files is no longer what it was: it changed under the tool.
Result<void> require_unchanged(const std::vector<Input>& inputs);

}  // namespace cbundle

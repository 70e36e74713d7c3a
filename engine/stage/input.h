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
  // A file as it was read.
  struct File {
    std::filesystem::path path;  // absolute
    Stamp stamp;
    Digest content;         // of all bytes
    bool is_quiet = false;  // any change after this has changed the stamp
  };

  File file;
  Digest digest;  // of all that can reach the output
  bool is_archive = false;
  std::vector<File> members;  // of a thin archive, which only names its members

  bool is_thin() const { return !members.empty(); }
};

// Error{bad_input} where one of the files, or of the members, has changed while a tool read it. One
// that was written just before has kept its stamp perhaps, so its content is read again.
Result<void> require_unchanged(const std::vector<Input>& inputs);

}  // namespace cbundle

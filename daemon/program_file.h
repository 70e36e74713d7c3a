// The file that this program was started from.
#pragma once

#include <filesystem>
#include <optional>

#include "engine/base/files.h"

namespace cbundle {

class ProgramFile {
 public:
  ProgramFile();  // as it is now; where /proc is missing, it is never replaced

  // Whether another file is at its path, as after an upgrade. Takes one statx.
  bool is_replaced() const;

 private:
  std::filesystem::path path_;
  std::optional<Stamp> stamp_;
};

}  // namespace cbundle

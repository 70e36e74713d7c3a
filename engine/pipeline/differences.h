// Compares two builds of one output. What is hashed is what is compared: the manifest of the whole
// bundle; for the files that changed, their content says what changed in them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/elf/object_detail.h"
#include "engine/pipeline/build_record.h"
#include "engine/pipeline/change.h"

namespace cbundle {

// The contents of a build's files, as far as they are still known.
class FileContents {
 public:
  virtual ~FileContents() = default;

  // Empty where not known. `record` is the build that has read `file`.
  virtual std::vector<ObjectDetail> object(const BuildRecord& record,
                                           const BuildRecord::File& file) = 0;
  virtual std::optional<std::string> text(const BuildRecord& record,
                                          const BuildRecord::File& file) = 0;
};

// In the order of the command line: options, objects, scripts.
Changes differences(const BuildRecord& before, const BuildRecord& now, FileContents& contents);

// Why a stage ran: one line. `changes` are those from `before` to this build; `now` is the stage's
// manifest. `before` is null for an output's first build.
std::string reason_to_run(StageKind stage, const std::vector<Manifest::Field>& now,
                          const BuildRecord* before, const Changes& changes);

}  // namespace cbundle

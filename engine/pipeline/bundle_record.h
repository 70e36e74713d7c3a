// The record over all stages of a build: one look-up answers an unchanged build.
#pragma once

#include "engine/pipeline/build_state.h"
#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/request.h"

namespace cbundle {

class BundleRecord {
 public:
  // All outlive this.
  BundleRecord(const Request& request, const Inputs& inputs, BuildCache& cache,
               DependencyLists::DigestOf digest_of);

  // The whole answer, reported as a hit, if nothing has changed.
  std::optional<Built> find(Progress& progress) const;

  // After a build that had to run or find its stages one by one.
  void put(const Built& built, const BuildState& build) const;

 private:
  const Request& request_;
  const Inputs& inputs_;
  BuildCache& cache_;
  DependencyLists lists_;
  Manifest manifest_;  // all that a bundle depends on, except files that a script includes
};

// Every file that was read, as the caller wrote it, each once.
std::vector<std::filesystem::path> files_read(const Request& request, const Inputs& inputs,
                                              const FileDigests& included);

}  // namespace cbundle

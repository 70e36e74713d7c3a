// Results whose inputs are known only after they are made: a script that includes others.
//
// Beside such a result the list of the files that were read, or looked for and not found, is stored
// as a note, under the key of what was known beforehand. To find the result again, each known list
// is loaded, and the files' present digests are added to the key: what is found under the longer
// key is right, because every file of the list is as it was.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/pipeline/build_cache.h"
#include "engine/pipeline/inputs.h"

namespace cbundle {

// What files contained when a result was made of them, by their names as of name_in_keys().
using FileDigests = std::map<std::string, Digest>;

// What a stage returned, made just now or found in the cache.
struct StageResult {
  Entry entry;
  std::optional<Blob> output = {};  // where it was made just now
  Outcome outcome = Outcome::hit;
  FileDigests included = {};  // the files that a script includes
};

class DependencyLists {
 public:
  // `directory` is the request's. All outlive this. `may_read`: whether files may be read that are
  // not cached.
  DependencyLists(BuildCache& cache, InputReader& inputs, const std::filesystem::path& directory,
                  bool may_read)
      : cache_(cache), inputs_(inputs), directory_(directory), may_read_(may_read) {}

  InputReader& inputs() const { return inputs_; }

  // A result under `manifest`; one that includes files only if they are all as they were.
  std::optional<StageResult> find(const Manifest& manifest, bool may_include) const;

  // Stores a result that was made of `included`, as these files were then.
  void put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
           const Blob& output) const;

  // The digests of files as they are now.
  Result<FileDigests> digests_of(const std::vector<std::string>& files) const;

  // A file that may have changed, appeared or disappeared since `start`.
  std::optional<std::filesystem::path> changed_since(std::chrono::system_clock::time_point start,
                                                     const FileDigests& files) const;

 private:
  std::vector<std::vector<std::string>> lists_of(const Manifest& manifest) const;

  BuildCache& cache_;
  InputReader& inputs_;
  const std::filesystem::path& directory_;
  bool may_read_;
};

}  // namespace cbundle

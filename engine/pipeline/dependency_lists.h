// Results whose inputs show only while they are made: a script that includes others.
//
// Beside such a result the list of the files that were read, or looked for in vain, is kept as a
// note, under the key of what was known beforehand. To find the result again, each known list is
// loaded, and the files' present digests are added to the key: what is found under the longer key
// is right, because every file of the list is as it was.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/pipeline/build_state.h"
#include "engine/stage/script_stage.h"

namespace cbundle {

// Names as name_in_keys() makes them.
using DependencyList = std::vector<std::string>;

class DependencyLists {
 public:
  // The digest of a file's present content, a fixed one for a file that is absent; nothing where
  // that is not known without reading the file and the caller must not read.
  using DigestOf = std::function<std::optional<Digest>(const std::filesystem::path&)>;

  // `directory`, the request's, and `cache` outlive this.
  DependencyLists(BuildCache& cache, const std::filesystem::path& directory, DigestOf digest_of)
      : cache_(cache), directory_(directory), digest_of_(std::move(digest_of)) {}

  // A result under `manifest` that includes no files, or files that are all as they were.
  std::optional<StageResult> find(const Manifest& manifest) const;

  // Keeps a result that was made of `included`, as these files were then.
  void put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
           const Blob& output) const;

  // The result of a script stage, found or made now. A file that may have changed while the script
  // was read makes it run again; Error{bad_input} where one has changed in each of four runs.
  Result<StageResult> find_or_run(const ScriptStage& stage, const Manifest& manifest,
                                  Executor& executor, const std::stop_token& stop) const;

 private:
  std::vector<DependencyList> lists_of(const Manifest& manifest) const;
  std::optional<FileDigests> digests_of(const DependencyList& files) const;
  static StageKey key_with(Manifest manifest, const FileDigests& included);

  BuildCache& cache_;
  const std::filesystem::path& directory_;
  DigestOf digest_of_;
};

// For stages that read files only, no earlier stage's output.
Result<Blob> load_nothing(const Digest& digest);

}  // namespace cbundle

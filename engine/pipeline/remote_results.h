// One build's way to results that other machines have made.
//
// A result has the same key on every machine: no field of its manifest is an absolute path, and
// every digest is a SHA-256. A script's list of included files is a result of its own, under the
// key of what is known before the script is read; a file in it is named relative to the build's
// directory or the script, or by a directory in which the preprocessor searches, which is told by
// its index. What cannot be named so is not shared.
//
// A result with warnings of the linker depends on debug sections too. It is under the key of the
// objects' whole content, and an empty result under the shorter key says that there is one.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/remote_cache.h"
#include "engine/stage/stage.h"

namespace cbundle {

// For one build; two threads may call. All that is referred to outlives it.
class RemoteResults {
 public:
  // `remote`: null where there is none; then nothing is found.
  RemoteResults(RemoteCache* remote, const DependencyLists& lists, const Inputs& inputs,
                BuildCache& cache, const std::stop_token& stop)
      : remote_(remote), lists_(lists), inputs_(inputs), cache_(cache), stop_(stop) {}

  // What is found is put into the local store too. `may_include`: whether a script is part of it.
  std::optional<StageResult> find(StageKind stage, const Manifest& manifest, bool may_include,
                                  bool may_have_contents_key) const;

  // `has_contents_key`: see above.
  void put(StageKind stage, const Manifest& manifest, bool may_include, bool has_contents_key,
           const StageResult& result) const;

  bool is_used() const { return remote_ != nullptr; }

 private:
  std::optional<StageResult> find_under(StageKind stage, const Manifest& manifest, bool may_include,
                                        bool& has_contents_key) const;
  std::optional<RemoteResult> ask(StageKind stage, const Manifest& manifest) const;
  StageResult keep(const Manifest& manifest, FileDigests included, RemoteResult result) const;
  void send(StageKind stage, const Manifest& manifest, RemoteResult result) const;
  std::vector<std::filesystem::path> search_directories() const;

  RemoteCache* remote_;
  const DependencyLists& lists_;
  const Inputs& inputs_;
  BuildCache& cache_;
  const std::stop_token& stop_;
};

// Whether a message or a name in these warnings has an absolute path in it.
bool has_absolute_path(const Diagnostics& warnings);

}  // namespace cbundle

// Results whose inputs are known only after they are made: a script that includes others.
//
// Beside such a result the list of the files that were read or looked for is stored as a note,
// under the key of what was known beforehand. To find the result again, each known list is loaded,
// and the files' present digests are added to the key: what is found under the longer key is right,
// because every file of the list is as it was.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/pipeline/build_cache.h"
#include "engine/pipeline/inputs.h"
#include "engine/pipeline/path_witness.h"

namespace cbundle {

// What files contained when a result was made of them, by their KeyNames.
using FileDigests = std::map<FileUse, Digest>;

// What a stage returned, made just now or found in the cache.
struct StageResult {
  Entry entry;
  std::optional<Blob> output = {};  // where it was made just now
  Outcome outcome = Outcome::hit;
  FileDigests included = {};  // the files that a script includes
  std::string not_kept = {};  // why it must not be cached; empty: it may
};

// `manifest` with the names and contents of these files.
Manifest with_included(Manifest manifest, const FileDigests& included);

class Packer;
class Unpacker;
Packer& operator<<(Packer& out, const FileUse& file);
Unpacker& operator>>(Unpacker& in, FileUse& file);

class DependencyLists {
 public:
  // `names`: of the request's script. All outlive this. `may_read`: whether files may be read that
  // are not cached.
  DependencyLists(BuildCache& cache, InputReader& inputs, KeyNames names, bool may_read)
      : cache_(cache), inputs_(inputs), names_(std::move(names)), may_read_(may_read) {}

  const KeyNames& names() const { return names_; }

  InputReader& inputs() const { return inputs_; }

  // A result under `manifest`; one that includes files only if they are all as they were.
  std::optional<StageResult> find(const Manifest& manifest, bool may_include) const;

  // Stores a result that was made of `included`, as these files were then.
  void put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
           const Blob& output) const;

  // The digests of files as they are now.
  Result<FileDigests> digests_of(const std::set<FileUse>& files) const;
  Result<bool> is_as_it_was(const FileDigests& files) const;

  // How the names lead to the files now.
  PathWitness witness(const std::set<FileUse>& files) const;

 private:
  Result<Digest> digest_of(const FileUse& file) const;
  std::vector<std::vector<FileUse>> lists_of(const Manifest& manifest) const;

  BuildCache& cache_;
  InputReader& inputs_;
  KeyNames names_;
  bool may_read_;
};

}  // namespace cbundle

// What one build of an output depended on and how it went, kept to explain it and the next one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/pipeline/dependency_lists.h"
#include "engine/pipeline/progress.h"

namespace cbundle {

using StageManifests = std::map<StageKind, std::vector<Manifest::Field>>;

struct BuildRecord {
  struct File {
    std::string name;  // as the caller wrote it
    Digest digest;     // as in the manifest: semantic for objects, of the content for others

    bool operator==(const File&) const = default;
  };

  std::string directory;                                   // of the request
  std::vector<Manifest::Field> inputs;                     // the fields of the bundle's manifest
  std::vector<File> objects;                               // in link order
  std::vector<File> scripts;                               // the script, then all that it includes
  std::vector<std::pair<std::string, std::string>> tools;  // "linker" and its program

  bool is_private = false;  // by a daemon that served one client only
  std::int64_t ended = 0;   // seconds since the epoch
  std::uint64_t took = 0;   // microseconds
  std::vector<StageFinished> stages;
  StageManifests manifests;  // of the stages that this build has looked up
  std::int64_t made = 0;     // if the bundle was found as a whole: when it was made

  // Later builds that found nothing changed.
  std::uint64_t repeats = 0;
  std::int64_t last_repeat = 0;  // seconds since the epoch
};

// Whether both builds have the same inputs, to the byte.
bool has_same_inputs(const BuildRecord& a, const BuildRecord& b);

// Without times and stages.
BuildRecord record_of(const Request& request, const Inputs& inputs, const Manifest& manifest,
                      const FileDigests& included);

// Newest first.
std::string pack(const std::vector<BuildRecord>& records);
std::vector<BuildRecord> unpack_records(std::string_view bytes);  // empty where malformed

}  // namespace cbundle

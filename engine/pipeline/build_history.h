// What the last builds of each output did, kept as notes beside the results, to explain them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/guarded.h"
#include "engine/pipeline/differences.h"
#include "engine/pipeline/result_origin.h"
#include "engine/store/store.h"

namespace cbundle {

struct Explanation {
  BuildRecord last;
  std::optional<BuildRecord> before;  // the last one whose inputs were others
  Changes changes;                    // from `before` to `last`
  Changes since;                      // of files, from `last` until now
};

// A store that fails is an empty history; `cache` reports it. Many threads may call.
class BuildHistory {
 public:
  // Both outlive this. `is_private`: the process serves one client only.
  BuildHistory(Store& store, InputReader& inputs, bool is_private)
      : store_(store), inputs_(inputs), is_private_(is_private) {}
  ~BuildHistory();  // stores the hits
  BuildHistory(const BuildHistory&) = delete;
  BuildHistory& operator=(const BuildHistory&) = delete;

  // A hit takes a microsecond, so it is only kept in memory, until the output's next other build or
  // explain(), or the end of this process. After a kill it is lost, and so are hits when there are
  // many: they are no more than the times of builds that found everything.
  void add_hit(const Request& request, const Inputs& inputs, const Manifest& manifest,
               const FileDigests& included, std::chrono::microseconds took,
               const ResultOrigin& origin);

  using Records = std::vector<BuildRecord>;  // newest first, two at most

  // The output's last builds, and the same with a new one.
  Records last(const Request& request, BuildCache& cache);
  void add(const Request& request, Records last, BuildRecord record, BuildCache& cache);

  // Differences to the build before, with what changed in a few small files.
  Changes changes(const BuildRecord& before, const BuildRecord& now, BuildCache& cache);

  // Keeps what the files of `record` contain, for later comparisons, where the files are small and
  // not the same as in `before` (null: none): a millisecond for 20 objects of 10 KB. In memory
  // until the next build or the end of this process.
  void keep_contents(const BuildRecord& record, const BuildRecord* before);

  // Nothing where no build of that output is known. Reads the files of the last one.
  std::optional<Explanation> explain(const std::filesystem::path& output);

 private:
  class StoredContents;
  struct Hits {
    Records records;
    FileDigests included;  // of the newest
  };
  struct State {
    std::unordered_map<std::string, Hits> hits;  // by output; not stored yet
    std::size_t objects = 0;                     // of all records, about
    // Contents that go to the store with the next build's results: a commit of their own, at the
    // start of that build, would make it 3 % slower.
    std::unordered_map<StageKey, std::string> contents;
    std::size_t content_bytes = 0;
  };

  Records last(const std::filesystem::path& output, BuildCache& cache);
  Records stored(const std::filesystem::path& output, BuildCache& cache);
  std::optional<std::string> content(const StageKey& key, BuildCache& cache);
  void keep(const StageKey& key, std::string content, BuildCache& cache);
  void store_contents(BuildCache& cache);
  BuildRecord as_now(const BuildRecord& record);

  Store& store_;
  InputReader& inputs_;
  const bool is_private_;
  Guarded<State> state_;
};

}  // namespace cbundle

#include "engine/pipeline/dependency_lists.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/base/files.h"
#include "engine/base/pack.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

// Of an absent file, that of the nearest folder, which changes when a file appears or disappears.
Clock::time_point last_change(fs::path path) {
  struct stat found {};
  while (::stat(path.c_str(), &found) != 0 && path.has_relative_path()) path = path.parent_path();
  const timespec& last = std::max(found.st_mtim, found.st_ctim, [](const auto& a, const auto& b) {
    return std::pair(a.tv_sec, a.tv_nsec) < std::pair(b.tv_sec, b.tv_nsec);
  });
  return Clock::time_point(std::chrono::seconds(last.tv_sec) +
                           std::chrono::nanoseconds(last.tv_nsec));
}

// A file that may have changed, appeared or disappeared since `start`.
std::optional<fs::path> changed_since(Clock::time_point start, const DependencyList& files,
                                      const fs::path& directory) {
  for (const std::string& file : files) {
    if (last_change(directory / file) + two_clock_ticks >= start) return directory / file;
  }
  return std::nullopt;
}

StageKey lists_key(Manifest manifest) {
  manifest.field("kept here", "dependency lists");
  return manifest.key();
}

}  // namespace

std::vector<DependencyList> DependencyLists::lists_of(const Manifest& manifest) const {
  const std::string note = cache_.note(lists_key(manifest)).value_or(std::string());
  Unpacker in(note);
  std::vector<DependencyList> lists;
  in >> lists;
  return in.good() ? lists : std::vector<DependencyList>();
}

std::optional<FileDigests> DependencyLists::digests_of(const DependencyList& files) const {
  FileDigests digests;
  for (const std::string& file : files) {
    const std::optional<Digest> digest = digest_of_(directory_ / file);
    if (!digest) return std::nullopt;
    digests.emplace(file, *digest);
  }
  return digests;
}

StageKey DependencyLists::key_with(Manifest manifest, const FileDigests& included) {
  for (const auto& [file, digest] : included) {
    manifest.field("included file", file);
    manifest.field("content", digest);
  }
  return manifest.key();
}

std::optional<StageResult> DependencyLists::find(const Manifest& manifest) const {
  if (const std::optional<Entry> entry = cache_.find(manifest.key())) return StageResult{*entry};
  for (const DependencyList& files : lists_of(manifest)) {
    std::optional<FileDigests> included = digests_of(files);
    if (!included) continue;
    const std::optional<Entry> entry = cache_.find(key_with(manifest, *included));
    if (entry) return StageResult{*entry, {}, Outcome::hit, *std::move(included)};
  }
  return std::nullopt;
}

void DependencyLists::put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
                          const Blob& output) const {
  cache_.put(key_with(manifest, included), entry, output);
  if (included.empty()) return;
  constexpr std::size_t max_lists = 8;  // one for each set of conditions under which it includes
  DependencyList files;
  for (const auto& [file, digest] : included) files.push_back(file);
  std::vector<DependencyList> lists = lists_of(manifest);
  std::erase(lists, files);
  lists.insert(lists.begin(), std::move(files));
  if (lists.size() > max_lists) lists.resize(max_lists);
  Packer note;
  note << lists;
  cache_.put_note(lists_key(manifest), note.take());
}

// Which files a script includes is known only after they have been read. What they hold both
// before and after a run is what that run has read.
Result<StageResult> DependencyLists::find_or_run(const ScriptStage& stage, const Manifest& manifest,
                                                 Executor& executor,
                                                 const std::stop_token& stop) const {
  if (std::optional<StageResult> known = find(manifest)) return *std::move(known);
  constexpr int max_runs = 4;
  FileDigests before;
  for (int run = 1;; ++run) {
    const auto start = Clock::now();
    StageContext context(load_nothing, executor, stop);
    StageResult result = TRY(run_stage(stage, context));
    std::optional<FileDigests> included = digests_of(context.files_read());
    if (!included) return Error{ErrorKind::internal, "an included file has no digest"};
    result.included = *std::move(included);
    const std::optional<fs::path> changed = changed_since(start, context.files_read(), directory_);
    if (!changed || result.included == before) {
      put(manifest, result.included, result.entry, *result.output);
      return result;
    }
    if (run == max_runs) return changed_during_build(*changed);
    before = std::move(result.included);
  }
}

Result<Blob> load_nothing(const Digest&) {
  return Error{ErrorKind::internal, "a stage loaded an output that it does not depend on"};
}

}  // namespace cbundle

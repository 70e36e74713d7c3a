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

StageKey lists_key(Manifest manifest) {
  manifest.field("kept here", "dependency lists");
  return manifest.key();
}

StageKey key_with(Manifest manifest, const FileDigests& included) {
  for (const auto& [file, digest] : included) {
    manifest.field("included file", file);
    manifest.field("content", digest);
  }
  return manifest.key();
}

}  // namespace

std::vector<std::vector<std::string>> DependencyLists::lists_of(const Manifest& manifest) const {
  const std::string note = cache_.note(lists_key(manifest)).value_or(std::string());
  Unpacker in(note);
  std::vector<std::vector<std::string>> lists;
  in >> lists;
  if (!in.good()) lists.clear();
  return lists;
}

Result<FileDigests> DependencyLists::digests_of(const std::vector<std::string>& files) const {
  FileDigests digests;
  for (const std::string& file : files) {
    digests.emplace(file, TRY(inputs_.content_digest(directory_ / file, may_read_)));
  }
  return digests;
}

std::optional<fs::path> DependencyLists::changed_since(Clock::time_point start,
                                                       const FileDigests& files) const {
  for (const auto& [file, digest] : files) {
    if (last_change(directory_ / file) + two_clock_ticks >= start) return directory_ / file;
  }
  return std::nullopt;
}

std::optional<StageResult> DependencyLists::find(const Manifest& manifest, bool may_include) const {
  if (const std::optional<Entry> entry = cache_.find(manifest.key())) return StageResult{*entry};
  if (!may_include) return std::nullopt;
  for (const std::vector<std::string>& files : lists_of(manifest)) {
    Result<FileDigests> included = digests_of(files);
    if (!included) continue;
    const std::optional<Entry> entry = cache_.find(key_with(manifest, included.value()));
    if (entry) return StageResult{*entry, {}, Outcome::hit, std::move(included).value()};
  }
  return std::nullopt;
}

void DependencyLists::put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
                          const Blob& output) const {
  cache_.put(key_with(manifest, included), entry, output);
  if (included.empty()) return;
  constexpr std::size_t max_lists = 8;  // one for each set of conditions under which it includes
  std::vector<std::string> files;
  for (const auto& [file, digest] : included) files.push_back(file);
  std::vector<std::vector<std::string>> lists = lists_of(manifest);
  std::erase(lists, files);
  lists.insert(lists.begin(), std::move(files));
  if (lists.size() > max_lists) lists.resize(max_lists);
  Packer note;
  note << lists;
  cache_.put_note(lists_key(manifest), note.take());
}

}  // namespace cbundle

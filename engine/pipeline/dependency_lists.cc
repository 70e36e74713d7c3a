#include "engine/pipeline/dependency_lists.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/base/files.h"
#include "engine/base/pack.h"

namespace cbundle {

Packer& operator<<(Packer& out, const FileUse& file) {
  return out << file.name << (file.is_sought ? 1U : 0U);
}
Unpacker& operator>>(Unpacker& in, FileUse& file) {
  unsigned is_sought = 0;
  in >> file.name >> is_sought;
  file.is_sought = is_sought != 0;
  return in;
}

namespace {

namespace fs = std::filesystem;

StageKey lists_key(Manifest manifest) {
  manifest.field("kept here", "dependency lists");
  return manifest.key();
}

}  // namespace

Manifest with_included(Manifest manifest, const FileDigests& included) {
  for (const auto& [file, digest] : included) {
    manifest.field(file.is_sought ? "file looked for" : "included file", file.name);
    manifest.field("content", digest);
  }
  return manifest;
}

std::vector<std::vector<FileUse>> DependencyLists::lists_of(const Manifest& manifest) const {
  const std::string note = cache_.note(lists_key(manifest)).value_or(std::string());
  Unpacker in(note);
  std::vector<std::vector<FileUse>> lists;
  in >> lists;
  if (!in.good()) lists.clear();
  return lists;
}

Result<Digest> DependencyLists::digest_of(const FileUse& file) const {
  const fs::path path = names_.path(file.name);
  if (!file.is_sought) return inputs_.content_digest(path, may_read_);
  struct stat info {};
  const bool is_present = ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
  return is_present ? Digest::of("present") : digest_of_absent();
}

Result<FileDigests> DependencyLists::digests_of(const std::set<FileUse>& files) const {
  FileDigests digests;
  for (const FileUse& file : files) digests.emplace(file, TRY(digest_of(file)));
  return digests;
}

Result<bool> DependencyLists::is_as_it_was(const FileDigests& files) const {
  for (const auto& [file, digest] : files) {
    if (TRY(digest_of(file)) != digest) return false;
  }
  return true;
}

PathWitness DependencyLists::witness(const std::set<FileUse>& files) const {
  PathWitness witness;
  for (const FileUse& file : files) witness.add(names_.path(file.name));
  return witness;
}

std::optional<StageResult> DependencyLists::find(const Manifest& manifest, bool may_include) const {
  if (const std::optional<Entry> entry = cache_.find(manifest.key())) return StageResult{*entry};
  if (!may_include) return std::nullopt;
  for (const std::vector<FileUse>& files : lists_of(manifest)) {
    Result<FileDigests> included = digests_of({files.begin(), files.end()});
    if (!included) continue;
    const std::optional<Entry> entry = cache_.find(with_included(manifest, included.value()).key());
    if (entry) return StageResult{*entry, {}, Outcome::hit, std::move(included).value(), {}};
  }
  return std::nullopt;
}

void DependencyLists::put(const Manifest& manifest, const FileDigests& included, const Entry& entry,
                          const Blob& output) const {
  cache_.put(with_included(manifest, included).key(), entry, output);
  if (included.empty()) return;
  constexpr std::size_t max_lists = 8;  // one for each set of conditions under which it includes
  std::vector<FileUse> files;
  for (const auto& [file, digest] : included) files.push_back(file);
  std::vector<std::vector<FileUse>> lists = lists_of(manifest);
  std::erase(lists, files);
  lists.insert(lists.begin(), std::move(files));
  if (lists.size() > max_lists) lists.resize(max_lists);
  Packer note;
  note << lists;
  cache_.put_note(lists_key(manifest), note.take());
}

}  // namespace cbundle

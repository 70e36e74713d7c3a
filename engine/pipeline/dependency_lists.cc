#include "engine/pipeline/dependency_lists.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/base/pack.h"

namespace cbundle {
namespace {

using Clock = std::chrono::system_clock;

Clock::time_point time_of(const timespec& time) {
  return Clock::time_point(std::chrono::duration_cast<Clock::duration>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

// Of an absent file, that of the nearest folder, which changes as a file comes or goes.
Clock::time_point last_change(std::filesystem::path path) {
  struct stat found {};
  while (::stat(path.c_str(), &found) != 0 && path.has_relative_path()) path = path.parent_path();
  return std::max(time_of(found.st_mtim), time_of(found.st_ctim));
}

}  // namespace

std::optional<std::filesystem::path> changed_since(Clock::time_point start,
                                                   const DependencyList& files,
                                                   const std::filesystem::path& directory) {
  constexpr std::chrono::milliseconds two_ticks{20};  // of the kernel's clock for files
  for (const std::string& file : files) {
    if (last_change(directory / file) + two_ticks >= start) return file;
  }
  return std::nullopt;
}

DigestOf noting(DigestOf digest_of, SeenDigests& seen) {
  return [digest_of = std::move(digest_of), &seen](const std::filesystem::path& path) {
    const std::optional<Digest> digest = digest_of(path);
    if (digest) seen.insert_or_assign(path, *digest);
    return digest;
  };
}

std::optional<StageKey> key_with(Manifest manifest, const DependencyList& files,
                                 const std::filesystem::path& directory,
                                 const DigestOf& digest_of) {
  for (const std::string& file : files) {
    const std::optional<Digest> digest = digest_of(directory / file);
    if (!digest) return std::nullopt;
    manifest.field("included file", *digest);
  }
  return manifest.key();
}

std::vector<DependencyList> unpack_lists(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<DependencyList> lists(in.count(8));
  for (DependencyList& list : lists) {
    list.resize(in.count(8));
    for (std::string& file : list) in >> file;
  }
  if (!in.good()) lists.clear();
  return lists;
}

std::string pack_lists(const std::vector<DependencyList>& lists) {
  Packer out;
  out << lists.size();
  for (const DependencyList& list : lists) {
    out << list.size();
    for (const std::string& file : list) out << file;
  }
  return out.take();
}

std::vector<DependencyList> with_list(std::vector<DependencyList> lists,
                                      const DependencyList& list) {
  constexpr std::size_t max_lists = 8;
  std::erase(lists, list);
  lists.insert(lists.begin(), list);
  if (lists.size() > max_lists) lists.resize(max_lists);
  return lists;
}

}  // namespace cbundle

// What was computed from a file's content, cached while the file stays as it was.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/guarded.h"

namespace cbundle {

// Many threads may call.
template <class T>
class FileCache {
 public:
  struct Cached {
    T facts;
    Stamp stamp;            // of the file when it was read
    bool is_quiet = false;  // any change after it was read has changed the stamp
  };

  // `compute` makes the facts of a file's content.
  explicit FileCache(Result<T> (*compute)(std::string&& content)) : compute_(compute) {}

  // Takes one statx if the facts are cached. Otherwise reads the file; Error{unavailable} instead
  // unless `may_read`. The stamp is taken before the content is read, and a file that is not quiet
  // is not cached.
  Result<Cached> of(const std::filesystem::path& path, bool may_read) {
    const Stamp stamp = TRY(stamp_of(path));
    if (std::optional<Cached> known = cached(path, stamp)) return *std::move(known);
    if (!may_read) return Error{ErrorKind::unavailable, "not cached"};
    const bool quiet = is_quiet(stamp);
    if (!quiet) ++young_;
    std::string content = TRY(read_file(path));
    const Cached fresh{TRY(compute_(std::move(content))), stamp, quiet};
    auto known = known_.lock();
    if (known->size() >= max_files) known->clear();
    if (quiet) known->insert_or_assign(path.native(), fresh);
    return fresh;
  }

  // How often a file was read that had changed too recently to be cached, since the last call.
  std::uint64_t take_young() { return young_.exchange(0); }

  // Forgets all files that are not on that mount.
  void forget_except(std::uint64_t mount) {
    std::erase_if(*known_.lock(),
                  [&](const auto& file) { return mount == 0 || file.second.stamp.mount != mount; });
  }

 private:
  std::optional<Cached> cached(const std::filesystem::path& path, const Stamp& stamp) {
    auto known = known_.lock();
    const auto found = known->find(path.native());
    if (found == known->end() || found->second.stamp != stamp) return std::nullopt;
    return found->second;
  }

  static constexpr std::size_t max_files = 50'000;  // about 15 MB; then it is emptied

  std::atomic<std::uint64_t> young_ = 0;
  Result<T> (*compute_)(std::string&& content);
  Guarded<std::unordered_map<std::string, Cached>> known_;
};

}  // namespace cbundle

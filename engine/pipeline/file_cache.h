// What was computed from a file's content, cached while the file stays as it was.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/base/files.h"
#include "engine/base/guarded.h"

namespace cbundle {

// Facts are values of type T; many threads may ask.
template <class T>
class FileCache {
 public:
  struct Cached {
    T facts;
    Stamp stamp;  // of the file when it was read
  };

  // One statx; nothing where the file changed, is gone, or was never read.
  std::optional<Cached> cached(const std::filesystem::path& path) {
    const Result<Stamp> stamp = stamp_of(path);
    if (!stamp) return std::nullopt;
    auto known = known_.lock();
    const auto found = known->find(path.native());
    if (found == known->end() || found->second.stamp != stamp.value()) return std::nullopt;
    return found->second;
  }

  // As cached(), or reads the file and computes, if `may_read`; Error{unavailable} otherwise. The
  // stamp is taken before the content is read, and a file that changed within the last two clock
  // ticks is not cached.
  template <class Compute>
  Result<Cached> of(const std::filesystem::path& path, bool may_read, Compute compute) {
    if (std::optional<Cached> known = cached(path)) return *known;
    if (!may_read) return Error{ErrorKind::unavailable, "not cached"};
    const Stamp stamp = TRY(stamp_of(path));
    const bool quiet = is_quiet(stamp);
    std::string content = TRY(read_file(path));
    const Cached fresh{TRY(compute(std::move(content))), stamp};
    auto known = known_.lock();
    if (known->size() >= max_files) known->clear();
    if (quiet) known->insert_or_assign(path.native(), fresh);
    return fresh;
  }

 private:
  static constexpr std::size_t max_files = 1'000'000;  // about 200 MB; then it is emptied

  Guarded<std::unordered_map<std::string, Cached>> known_;
};

}  // namespace cbundle

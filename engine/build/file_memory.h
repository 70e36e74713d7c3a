// What was once computed from a file's content, remembered while the file stays as it was.
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
class FileMemory {
 public:
  struct Remembered {
    T facts;
    Stamp stamp;  // of the file when it was read
  };

  // One statx; nothing where the file changed, is gone, or was never read.
  std::optional<Remembered> remembered(const std::filesystem::path& path) {
    const Result<Stamp> stamp = stamp_of(path);
    if (!stamp) return std::nullopt;
    auto known = known_.lock();
    const auto found = known->find(path.native());
    if (found == known->end() || found->second.stamp != stamp.value()) return std::nullopt;
    return found->second;
  }

  // As remembered(), or reads the file and computes. The stamp is taken before the content is
  // read, and a file that may still be changing within a clock tick is not remembered.
  template <class Compute>
  Result<Remembered> of(const std::filesystem::path& path, Compute compute) {
    if (std::optional<Remembered> known = remembered(path)) return *known;
    const Stamp stamp = TRY(stamp_of(path));
    const bool quiet = is_quiet(stamp);
    std::string content = TRY(read_file(path));
    const Remembered fresh{TRY(compute(std::move(content))), stamp};
    auto known = known_.lock();
    if (known->size() >= most_files) known->clear();
    if (quiet) known->insert_or_assign(path.native(), fresh);
    return fresh;
  }

 private:
  static constexpr std::size_t most_files = 1'000'000;  // about 200 MB; then begun anew

  Guarded<std::unordered_map<std::string, Remembered>> known_;
};

}  // namespace cbundle

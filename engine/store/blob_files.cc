#include "engine/store/blob_files.h"

#include <fcntl.h>

#include <system_error>
#include <utility>

#include "engine/base/fd.h"
#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t block = 4096;

Error unwritable(const fs::path& path, const std::error_code& why) {
  return {ErrorKind::unavailable, "cannot write " + path.string() + ": " + why.message()};
}

template <class Each>
void for_each_in(const fs::path& directory, Each each) {
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed);
       !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    each(entry->path());
  }
}

}  // namespace

void BlobFiles::remove_unfinished() const {
  std::error_code ignored;
  fs::remove_all(directory_ / "new", ignored);
}

Result<void> BlobFiles::write(const Digest& digest, const Blob& blob) const {
  const fs::path path = path_of(digest);
  const fs::path temporary = directory_ / "new" / digest.hex();
  std::error_code failed;
  fs::create_directories(temporary.parent_path(), failed);
  if (!failed) fs::create_directory(path.parent_path(), failed);
  if (failed) return unwritable(path, failed);

  const auto written = link_or_copy(temporary, blob);
  if (written) fs::rename(temporary, path, failed);
  if (written && !failed) return {};
  std::error_code ignored;
  fs::remove(temporary, ignored);
  fs::remove(path.parent_path(), ignored);  // empty if it was made for this file
  if (!written) return Error{ErrorKind::unavailable, written.error().text()};
  return unwritable(path, failed);
}

Result<std::optional<std::string>> BlobFiles::read(const Digest& digest) const {
  if (!has(digest)) return std::optional<std::string>();
  auto content = read_file(path_of(digest));
  if (content) return std::optional(std::move(content).value());
  if (!has(digest)) return std::optional<std::string>();  // removed meanwhile
  return Error{ErrorKind::unavailable, content.error().text()};
}

bool BlobFiles::has(const Digest& digest) const {
  std::error_code ignored;
  return fs::is_regular_file(fs::symlink_status(path_of(digest), ignored));
}

void BlobFiles::remove(const Digest& digest) const {
  const fs::path path = path_of(digest);
  std::error_code ignored;
  fs::remove(path, ignored);
  fs::remove(path.parent_path(), ignored);  // if this was its last file
}

void BlobFiles::start_writeback(const Digest& digest) const {
  const Fd fd(::open(path_of(digest).c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) static_cast<void>(::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
}

void BlobFiles::drop_page_cache(const Digest& digest) const {
  const Fd fd(::open(path_of(digest).c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) static_cast<void>(::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED));
}

std::uint64_t BlobFiles::disk_bytes(std::uint64_t size) {
  return (size + block - 1) / block * block + block;
}

void BlobFiles::sweep(const fs::path& mark,
                      const std::function<bool(const Digest&)>& is_known) const {
  const auto start = stamp_of(mark);
  if (!start) return;
  for_each_in(directory_, [&](const fs::path& folder) {
    for_each_in(folder, [&](const fs::path& file) {
      const auto stamp = stamp_of(file);
      // A rename changes ctime, so the files of this process are younger than the mark.
      if (!stamp || stamp.value().changed_ns >= start.value().changed_ns) return;
      const auto digest = Digest::from_hex(folder.filename().string() + file.filename().string());
      std::error_code ignored;
      if (!digest || !is_known(*digest)) fs::remove(file, ignored);
    });
  });
}

fs::path BlobFiles::path_of(const Digest& digest) const {
  const std::string hex = digest.hex();
  return directory_ / hex.substr(0, 2) / hex.substr(2);
}

}  // namespace cbundle

#include "client/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::size_t piece_size = 65536;
constexpr int max_links = 40;  // like the kernel

// The target of `path`, which need not exist.
std::string follow_links(std::string path) {
  for (int i = 0; i < max_links; ++i) {
    char buffer[4096];
    const ssize_t length = ::readlink(path.c_str(), buffer, sizeof buffer);
    if (length < 0 || static_cast<std::size_t>(length) == sizeof buffer) break;
    const std::string link(buffer, static_cast<std::size_t>(length));
    path.resize(link.starts_with('/') ? 0 : path.rfind('/') + 1);
    path += link;
  }
  return path;
}

// Passes the content of `path` to `take` until that returns false. False too on read errors.
template <class Take>
bool read_pieces(const std::string& path, Take take) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  char piece[piece_size];
  for (;;) {
    const ssize_t got = ::read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    if (!take(std::string_view(piece, static_cast<std::size_t>(got)))) return false;
  }
}

bool has_content(const std::string& path, std::string_view bytes) {
  const bool is_prefix = read_pieces(path, [&](std::string_view piece) {
    if (!bytes.starts_with(piece)) return false;
    bytes.remove_prefix(piece.size());
    return true;
  });
  return is_prefix && bytes.empty();
}

bool has_digest(const std::string& path, const Digest& digest) {
  Hasher hasher;
  const bool is_read = read_pieces(path, [&](std::string_view piece) {
    hasher.add(piece);
    return true;
  });
  return is_read && hasher.digest() == digest;
}

}  // namespace

Output::Output(std::string path, WhenEqual when_equal)
    : path_(std::move(path)), when_equal_(when_equal) {}

Error Output::cannot_write(int code) const {
  return {ErrorKind::bad_input, "cannot write " + path_ + ": " + errno_message(code),
          code == ENOENT ? "its directory must exist" : ""};
}

void Output::examine_target() {
  target_ = path_;
  old_.reset();
  struct stat info {};
  if (::lstat(path_.c_str(), &info) != 0) return;
  if (S_ISLNK(info.st_mode)) {
    target_ = follow_links(path_);
    if (::stat(path_.c_str(), &info) != 0) return;
  }
  old_ = info;
}

bool Output::is_special() const {
  return old_ && !S_ISREG(old_->st_mode) && !S_ISDIR(old_->st_mode);
}

Result<void> Output::open() {
  if (old_ && S_ISDIR(old_->st_mode)) return cannot_write(EISDIR);
  file_ = TemporaryFile::create_beside(target_);
  if (!file_) return cannot_write(errno);
  return {};
}

Result<void> Output::append(std::string_view piece) {
  if (size_ == 0) examine_target();
  size_ += piece.size();
  if (is_special()) {  // written only once verified
    held_ += piece;
    return {};
  }
  if (!file_) TRY(open());
  hasher_.add(piece);
  if (const int code = file_->append(piece); code != 0) return cannot_write(code);
  return {};
}

void Output::hold(std::string bytes) {
  size_ = bytes.size();
  held_ = std::move(bytes);
}

Result<Digest> Output::verify(std::uint64_t size, std::string_view digest) {
  digest_ = file_ ? hasher_.digest() : Digest::of(held_);
  if (size_ == size && digest_.raw() == digest) return digest_;
  return Error{ErrorKind::corrupt, "received " + std::to_string(size_) + " bytes for " + path_ +
                                       " instead of " + std::to_string(size) +
                                       ", or the digest differs; nothing is written"};
}

bool Output::is_in_place() const {
  const bool may_be =
      old_ && S_ISREG(old_->st_mode) && static_cast<std::uint64_t>(old_->st_size) == size_;
  if (!may_be) return false;
  return file_ ? has_digest(target_, digest_) : has_content(target_, held_);
}

bool Output::refresh() const { return ::utimensat(AT_FDCWD, target_.c_str(), nullptr, 0) == 0; }

Result<void> Output::commit() {
  examine_target();
  if (is_special()) return write_directly();
  if (is_in_place() && (when_equal_ == WhenEqual::leave || refresh())) {
    file_.reset();
    return {};
  }
  int code = 0;
  if (!file_) {
    TRY(open());
    code = file_->append(held_);
  }
  if (code == 0 && old_) code = file_->set_mode(old_->st_mode & 0777);
  if (code == 0) code = file_->rename_to(target_, old_.has_value());
  file_.reset();
  if (code != 0) return cannot_write(code);
  return {};
}

Result<void> Output::write_directly() const {
  const Fd file(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  const int code = file ? write_all(file.get(), held_) : errno;
  if (code != 0) return cannot_write(code);
  return {};
}

void Output::discard() {
  file_.reset();
  held_.clear();
  hasher_ = Hasher();
  size_ = 0;
}

Result<void> write_output(const std::string& path, std::string bytes) {
  Output output(path, WhenEqual::refresh);
  output.hold(std::move(bytes));
  return output.commit();
}

}  // namespace cbundle

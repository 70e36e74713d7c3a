#include "proto/private_runs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "engine/base/fd.h"

namespace cbundle {
namespace {

constexpr off_t max_size = off_t{64} << 10;  // bytes

// Invalid where the file is no regular file of this user, or cannot be opened.
Fd open_record(const Paths& paths, int flags) {
  Fd file(::open(paths.private_runs.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  struct stat info {};
  const bool is_ours = file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) &&
                       info.st_uid == ::geteuid();
  return is_ours ? std::move(file) : Fd();
}

std::string content_of(const Fd& file) {
  std::string content(static_cast<std::size_t>(2 * max_size), '\0');
  const ssize_t got = ::pread(file.get(), content.data(), content.size(), 0);
  content.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return content;
}

}  // namespace

void record_private_run(const Paths& paths, std::string_view reason) {
  if (!ensure_private_parent(paths.private_runs)) return;
  const Fd file = open_record(paths, O_WRONLY | O_APPEND | O_CREAT);
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) return;
  if (info.st_size > max_size && ::ftruncate(file.get(), 0) != 0) return;
  std::string line = std::to_string(std::time(nullptr)) + ' ' + std::string(reason);
  std::ranges::replace(line, '\n', ' ');
  line += '\n';
  // One write: with O_APPEND, lines of several processes do not mix.
  [[maybe_unused]] const ssize_t put = ::write(file.get(), line.data(), line.size());
}

std::vector<PrivateRun> private_runs(const Paths& paths) {
  std::vector<PrivateRun> runs;
  const Fd file = open_record(paths, O_RDONLY);
  if (!file) return runs;
  const std::string content = content_of(file);
  std::string_view rest = content;
  for (std::size_t end = 0; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
    const std::string_view line = rest.substr(0, end);
    PrivateRun run;
    const auto [next, code] = std::from_chars(line.data(), line.data() + line.size(), run.time);
    const auto used = static_cast<std::size_t>(next - line.data());
    if (code != std::errc() || used >= line.size() || line[used] != ' ') continue;
    run.reason = line.substr(used + 1);
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace cbundle

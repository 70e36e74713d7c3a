#include "engine/pipeline/path_witness.h"

#include <sys/stat.h>

#include <deque>

#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

std::int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().native(); }

}  // namespace

const PathWitness::Step& PathWitness::look_at(const std::string& path) {
  const auto [found, is_new] = steps_.try_emplace(path);
  Step& step = found->second;
  struct stat info {};
  if (!is_new || ::lstat(path.c_str(), &info) != 0) return step;
  step = {true,        S_ISDIR(info.st_mode),     S_ISLNK(info.st_mode),    info.st_dev,
          info.st_ino, nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
  return step;
}

void PathWitness::add(const fs::path& path) {
  constexpr int max_links = 40;  // as in the kernel
  int links = 0;
  std::deque<std::string> rest;
  for (const fs::path& part : path.relative_path()) rest.push_back(part.native());
  const std::string root(1, '/');
  std::string at = root;
  look_at(at);
  while (!rest.empty()) {
    const std::string part = rest.front();
    rest.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = parent_of(at);
      continue;
    }
    std::string next = at;
    if (next != root) next += '/';
    next += part;
    const Step& step = look_at(next);
    if (!step.exists) return;
    if (!step.is_link) {
      at = next;
      continue;
    }
    std::error_code code;
    const fs::path target = fs::read_symlink(next, code);
    if (code || ++links > max_links) return;
    if (target.is_absolute()) at = root;
    const fs::path relative = target.relative_path();
    rest.insert(rest.begin(), relative.begin(), relative.end());
  }
}

// Nothing: not since `before` was made.
std::optional<PathWitness::Time> PathWitness::last_change(const std::string& path, const Step& step,
                                                          const PathWitness& before) const {
  std::int64_t changed = step.changed_ns;
  std::int64_t modified = step.modified_ns;
  if (!step.exists) {  // its directory changes when it appears or disappears
    const auto parent = steps_.find(parent_of(path));
    if (parent != steps_.end()) changed = parent->second.changed_ns;
    modified = changed;
  } else if (step.is_directory) {
    const auto known = before.steps_.find(path);
    // A file that is made in a directory sets both times, a renamed directory only one.
    if (known != before.steps_.end() && known->second.device == step.device &&
        known->second.inode == step.inode &&
        (known->second.changed_ns == changed || changed == step.modified_ns)) {
      return std::nullopt;
    }
  }
  // On file systems with whole seconds, as late as it can have been.
  const auto unnoticed = unnoticed_time(modified, changed) - two_clock_ticks;
  return Time(
      std::chrono::duration_cast<Time::duration>(std::chrono::nanoseconds(changed) + unnoticed));
}

std::optional<PathWitness::Change> PathWitness::changed_since(Time start, const PathWitness& before,
                                                              Steps which) const {
  std::optional<Change> last;
  for (const auto& [path, step] : steps_) {
    if (which == Steps::ways && !step.is_directory && !step.is_link) continue;
    const std::optional<Time> when = last_change(path, step, before);
    if (!when || *when + two_clock_ticks < start || (last && last->when >= *when)) continue;
    last = Change{path, *when};
  }
  return last;
}

}  // namespace cbundle

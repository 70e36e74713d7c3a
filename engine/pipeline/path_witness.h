// Proves that names led to the same files all the while a tool ran.
//
// The kernel goes from a name to a file through directories and symbolic links. A link that is set
// to another file, or a directory that another takes the place of, changes what a name leads to,
// without a change of either file. So each step of the way is looked at, not only its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace cbundle {

class PathWitness {
 public:
  using Time = std::chrono::system_clock::time_point;

  struct Change {
    std::filesystem::path path;
    Time when;
  };

  // Looks at every step from the root to `path`, which is absolute; it need not exist.
  void add(const std::filesystem::path& path);

  // `ways`: links and directories only, not what they lead to.
  enum class Steps { all, ways };

  // The last step that may have changed since `start`, by the time of its last change. `before` was
  // made then, perhaps of other names: it proves that a directory is the same one, however many
  // files were made in it meanwhile.
  std::optional<Change> changed_since(Time start, const PathWitness& before, Steps which) const;

 private:
  struct Step {
    bool exists = false;
    bool is_directory = false;
    bool is_link = false;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
  };

  const Step& look_at(const std::string& path);
  std::optional<Time> last_change(const std::string& path, const Step& step,
                                  const PathWitness& before) const;

  std::map<std::string, Step> steps_;  // by paths without links and ".."
};

}  // namespace cbundle

// What one run of a stage works with: the earlier stages' outputs, a private directory, the tools.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/tool/executor.h"
#include "engine/tool/work_directory.h"

namespace cbundle {

// How a result depends on a file that is known only after it was made.
struct FileUse {
  std::string name;
  bool is_sought = false;  // only whether there is such a file, not what it contains

  bool operator==(const FileUse&) const = default;
  bool operator<(const FileUse& other) const {
    return std::tie(name, is_sought) < std::tie(other.name, other.is_sought);
  }
};

class StageContext {
 public:
  // Returns the bytes of an earlier stage's output; Error{evicted} where they are gone.
  using Load = std::function<Result<Blob>(const Digest&)>;

  // `project`: for whom the tools run.
  StageContext(Load load_output, Executor& executor, std::stop_token stop, std::string project = {})
      : load(std::move(load_output)),
        executor_(executor),
        stop_(std::move(stop)),
        project_(std::move(project)) {}

  const Load load;

  // A private directory, made on first use, and removed with the context and all of its outputs.
  // `reads`: about how many bytes the tools will read there; what they write is up to three times
  // as much.
  Result<std::filesystem::path> directory(std::uint64_t reads = 0);

  // Runs a tool in the private directory with a fixed environment (LANG, SOURCE_DATE_EPOCH, PATH).
  // Returns what it printed; a failing status becomes Error{tool_failed} with that.
  Result<Diagnostics> run(const std::filesystem::path& program, std::vector<std::string> arguments);

  // The same in two steps, for a tool whose output is more than messages.
  Result<Exit> execute(const std::filesystem::path& program, std::vector<std::string> arguments);
  static Result<Diagnostics> messages(const std::filesystem::path& program, const Exit& exit);

  // The bytes of a file that a tool has left in the private directory.
  Result<Blob> output(std::string_view name);

  // Adds what tools and checks that succeeded have printed or found, as warnings.
  void warn(Diagnostics warnings);
  std::string packed_warnings() const;

  // Files that a tool has read or looked for, and that describe() could not know; each once.
  void add_file(FileUse file) { files_.insert(std::move(file)); }
  const std::set<FileUse>& files() const { return files_; }

  // The same for a file that the stage itself has read: what it contained then, or a digest that
  // says that it was absent.
  void add_file_read(std::string name, const Digest& digest) {
    files_read_.try_emplace({std::move(name)}, digest);
  }
  const std::map<FileUse, Digest>& files_read() const { return files_read_; }

  // The result may depend on more than that, because of `reason`: it must not be cached.
  void do_not_keep(std::string reason) { not_kept_ = std::move(reason); }
  const std::string& not_kept() const { return not_kept_; }

 private:
  Executor& executor_;
  std::stop_token stop_;
  std::string project_;
  std::shared_ptr<const WorkDirectory> directory_;
  Diagnostics warnings_;
  std::set<FileUse> files_;
  std::map<FileUse, Digest> files_read_;
  std::string not_kept_;
};

}  // namespace cbundle

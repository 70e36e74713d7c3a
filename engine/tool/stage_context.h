// What one run of a stage works with: the earlier stages' outputs, a private directory, the tools.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/tool/executor.h"
#include "engine/tool/work_directory.h"

namespace cbundle {

class StageContext {
 public:
  // Returns the bytes of an earlier stage's output; Error{evicted} where they are gone.
  using Load = std::function<Result<Blob>(const Digest&)>;

  StageContext(Load load_output, Executor& executor, std::stop_token stop)
      : load(std::move(load_output)), executor_(executor), stop_(std::move(stop)) {}

  const Load load;

  // A private directory, made on first use, and removed with the context and all of its outputs.
  // `reads`: about how many bytes the tools will read there; what they write is up to three times
  // as much.
  Result<std::filesystem::path> directory(std::uint64_t reads = 0);

  // Runs a tool in the private directory with a fixed environment (LANG, SOURCE_DATE_EPOCH, PATH).
  // Returns what it printed; a failing status becomes Error{tool_failed} with that.
  Result<Diagnostics> run(const std::filesystem::path& program, std::vector<std::string> arguments);

  // The bytes of a file that a tool has left in the private directory.
  Result<Blob> output(std::string_view name);

  // Adds what tools and checks that succeeded have printed or found, as warnings.
  void warn(Diagnostics warnings);
  std::string packed_warnings() const;

  // Files that the stage has read, or looked for and not found, and that describe() could not know;
  // each once.
  void add_file_read(std::string name);
  const std::vector<std::string>& files_read() const { return files_read_; }

 private:
  Executor& executor_;
  std::stop_token stop_;
  std::shared_ptr<const WorkDirectory> directory_;
  Diagnostics warnings_;
  std::vector<std::string> files_read_;
};

}  // namespace cbundle

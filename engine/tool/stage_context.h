// The place where one stage does its work: the earlier stages' outputs, a private directory, and
// the tools.
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

namespace cbundle {

class StageContext {
 public:
  // Where earlier outputs come from; Error{evicted} where one is gone.
  using Take = std::function<Result<Blob>(const Digest&)>;

  StageContext(Take take, Executor& executor, std::stop_token stop)
      : take_(std::move(take)), executor_(executor), stop_(std::move(stop)) {}

  // The bytes of an earlier stage's output.
  Result<Blob> take(const Digest& digest) { return take_(digest); }
  const Take& taking() const { return take_; }

  // A private directory, made on first use, and removed with the context and all of its outputs.
  // `reads`: the bytes that the tools will read there, about.
  Result<std::filesystem::path> directory(std::uint64_t reads = 0);

  // Runs a tool in the private directory with a fixed environment (LANG, SOURCE_DATE_EPOCH, PATH).
  // Returns what it printed; a failing status becomes Error{tool_failed} with that.
  Result<Diagnostics> run(const std::filesystem::path& program, std::vector<std::string> arguments);

  // The bytes of a file that a tool has left in the private directory.
  Result<Blob> output(std::string_view name);

  // What the tools and the checks had to say though they succeeded.
  void warn(Diagnostics warnings);
  std::string packed_warnings() const;

 private:
  Take take_;
  Executor& executor_;
  std::stop_token stop_;
  std::shared_ptr<const TemporaryDirectory> directory_;
  Diagnostics warnings_;
};

}  // namespace cbundle

#include "engine/tool/workbench.h"

namespace cbundle {

Result<std::filesystem::path> Workbench::directory() {
  if (!directory_) directory_.emplace(TRY(TemporaryDirectory::make("cbundle-work")));
  return directory_->path();
}

Result<std::string> Workbench::run(const std::filesystem::path& program,
                                   std::vector<std::string> arguments) {
  const Command command{program,
                        std::move(arguments),
                        TRY(directory()),
                        {"LANG=C.UTF-8", "SOURCE_DATE_EPOCH=0", "PATH=/usr/bin:/bin"}};
  Exit exit = TRY(executor_.execute(command, stop_));
  if (exit.status == 0) return std::move(exit.output);
  if (exit.output.empty()) {
    exit.output = program.string() + ": ended with status " + std::to_string(exit.status);
  }
  while (exit.output.ends_with('\n')) exit.output.pop_back();
  return Error{ErrorKind::tool_failed, std::move(exit.output)};
}

void Workbench::warn(std::string_view text) {
  if (text.empty()) return;
  warnings_ += text;
  if (!text.ends_with('\n')) warnings_ += '\n';
}

}  // namespace cbundle

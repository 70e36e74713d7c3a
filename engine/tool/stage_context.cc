#include "engine/tool/stage_context.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "engine/tool/tool_diagnostics.h"

namespace cbundle {

Result<std::filesystem::path> StageContext::directory(std::uint64_t reads) {
  if (!directory_) directory_ = std::make_shared<WorkDirectory>(TRY(WorkDirectory::make(reads)));
  return directory_->path();
}

Result<Blob> StageContext::output(std::string_view name) {
  return map_file(TRY(directory()) / name, directory_);
}

Result<Exit> StageContext::execute(const std::filesystem::path& program,
                                   std::vector<std::string> arguments) {
  const Command command{program,
                        std::move(arguments),
                        TRY(directory()),
                        {"LANG=C.UTF-8", "SOURCE_DATE_EPOCH=0", "PATH=/usr/bin:/bin"},
                        project_};
  return executor_.execute(command, stop_);
}

Result<Diagnostics> StageContext::run(const std::filesystem::path& program,
                                      std::vector<std::string> arguments) {
  const Exit exit = TRY(execute(program, std::move(arguments)));
  return messages(program, exit);
}

Result<Diagnostics> StageContext::messages(const std::filesystem::path& program, const Exit& exit) {
  const bool failed = exit.status != 0;
  if (failed && exit.output.find(errno_message(ENOSPC)) != std::string::npos) {
    return Error{ErrorKind::unavailable, program.string() + ": " + errno_message(ENOSPC),
                 "set TMPDIR to a directory with free space"};
  }
  // Whoever killed it (the memory's end, a shutdown, a limit) meant this process, not the build.
  constexpr int killed[] = {SIGKILL, SIGTERM, SIGHUP, SIGINT, SIGXCPU, SIGXFSZ};
  if (std::ranges::find(killed, exit.status - 128) != std::end(killed)) {
    return Error{ErrorKind::unavailable,
                 program.string() + " was killed by signal " + std::to_string(exit.status - 128),
                 "see whether memory or a limit of resources was short"};
  }
  Diagnostics printed =
      tool_diagnostics(exit.output, program.native(), failed ? Severity::error : Severity::warning);
  if (!failed) return printed;
  if (std::ranges::find(printed, Severity::error, &Diagnostic::severity) == printed.end()) {
    printed.push_back(
        {.message = program.string() + " ended with status " + std::to_string(exit.status)});
  }
  return Error{ErrorKind::tool_failed, std::move(printed)};
}

void StageContext::warn(Diagnostics warnings) {
  for (Diagnostic& warning : warnings) {
    warning.severity = Severity::warning;
    warnings_.push_back(std::move(warning));
  }
}

std::string StageContext::packed_warnings() const {
  return warnings_.empty() ? std::string() : pack(warnings_);
}

}  // namespace cbundle

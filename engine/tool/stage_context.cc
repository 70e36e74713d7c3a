#include "engine/tool/stage_context.h"

#include <algorithm>

#include "engine/tool/tool_diagnostics.h"

namespace cbundle {

Result<std::filesystem::path> StageContext::directory(std::uint64_t reads) {
  constexpr std::uint64_t few = 256 << 10;  // what tools write is up to three times as much
  if (!directory_) {
    using Use = TemporaryDirectory::Use;
    auto fresh = TemporaryDirectory::make("cbundle-work", reads <= few ? Use::few_bytes : Use::any);
    directory_ = std::make_shared<TemporaryDirectory>(TRY(std::move(fresh)));
  }
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
                        {"LANG=C.UTF-8", "SOURCE_DATE_EPOCH=0", "PATH=/usr/bin:/bin"}};
  return executor_.execute(command, stop_);
}

Result<Diagnostics> StageContext::run(const std::filesystem::path& program,
                                      std::vector<std::string> arguments) {
  const Exit exit = TRY(execute(program, std::move(arguments)));
  return messages(program, exit);
}

Result<Diagnostics> StageContext::messages(const std::filesystem::path& program, const Exit& exit) {
  const bool failed = exit.status != 0;
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

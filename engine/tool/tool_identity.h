// A tool's identity: the digest of its program and of the libraries it loads.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/guarded.h"
#include "engine/tool/executor.h"

namespace cbundle {

struct Tool {
  std::filesystem::path program;  // absolute
  Digest identity;
  bool is_lld = false;  // LLVM's linker, by whatever name
};

// The first executable file called `name` in the directories of `search_path` ("A:B:C"); a name
// with a slash is taken relative to `directory`. Error{bad_input} if there is none.
Result<std::filesystem::path> find_program(std::string_view name, std::string_view search_path,
                                           const std::filesystem::path& directory);

// Caches identities until one of the files changes. Many threads may call.
class ToolIdentities {
 public:
  explicit ToolIdentities(Executor& executor) : executor_(executor) {}

  // Takes one statx for each file if the identity is cached. Otherwise hashes the files, and runs
  // the dynamic loader, which lists the libraries; Error{unavailable} instead if `stop` is null.
  Result<Tool> of(const std::filesystem::path& program, const std::stop_token* stop);

 private:
  struct Part {
    std::filesystem::path path;
    Stamp stamp;
  };
  struct Known {
    Tool tool;
    std::vector<Part> parts;
  };
  std::optional<Tool> cached(const std::filesystem::path& program);
  Result<std::vector<std::filesystem::path>> libraries_of(const std::filesystem::path& program,
                                                          std::string_view content,
                                                          const std::stop_token& stop);

  Executor& executor_;
  Guarded<std::unordered_map<std::string, Known>> known_;
};

}  // namespace cbundle

// A tool's identity: the digest of its program and of what it loads and runs.
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
  // Of its name, as some programs are another tool by each name (lld), its bytes and those of its
  // libraries and plugins, and of cc1, which cpp runs.
  Digest identity;
  bool is_lld = false;  // LLVM's linker, by whatever name

  // False for a script, and for a program that is no linker or preprocessor itself, but runs one:
  // what that is cannot be known, so no result of it is kept.
  bool is_identified = true;
};

enum class ToolKind { linker, preprocessor };

// The first executable file called `name` in the directories of `search_path` ("A:B:C"); a name
// with a slash is taken relative to `directory`. Error{bad_input} if there is none.
Result<std::filesystem::path> find_program(std::string_view name, std::string_view search_path,
                                           const std::filesystem::path& directory);

// Caches identities until one of the files changes. Many threads may call.
class ToolIdentities {
 public:
  explicit ToolIdentities(Executor& executor) : executor_(executor) {}

  // Takes one stat for each file if the identity is cached. Otherwise hashes the files, and runs
  // the dynamic loader, which lists the libraries; Error{unavailable} instead if `stop` is null.
  Result<Tool> of(const std::filesystem::path& program, ToolKind kind, const std::stop_token* stop);

  // Whether what has run since it was identified can only be that tool.
  bool is_unchanged(const Tool& tool);

  // The files that it is made of, and those that would be part of it if they were there; empty
  // where the tool is not cached.
  std::vector<std::filesystem::path> files_of(const Tool& tool);

  // Forgets tools with a file that is not on that mount.
  void forget_except(std::uint64_t mount);

  // A file that the tool is made of; or that is not there, and would be part of it.
  struct Part {
    std::filesystem::path path;
    std::optional<Stamp> stamp;
  };

 private:
  struct Known {
    Tool tool;
    std::vector<Part> parts;
  };
  std::optional<Tool> cached(const std::filesystem::path& program);

  Executor& executor_;
  Guarded<std::unordered_map<std::string, Known>> known_;
};

}  // namespace cbundle

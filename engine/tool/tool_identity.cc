#include "engine/tool/tool_identity.h"

#include <unistd.h>

#include <algorithm>

#include "engine/digest/manifest.h"
#include "engine/elf/elf_file.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path, ignored);
}

// By the name after all symbolic links: /usr/bin/ld.lld-14 is /usr/lib/llvm-14/bin/lld.
bool is_lld(const fs::path& program) {
  std::error_code code;
  const std::string name = fs::weakly_canonical(program, code).filename().native();
  return name.starts_with("lld") || name.starts_with("ld.lld");
}

}  // namespace

Result<fs::path> find_program(std::string_view name, std::string_view search_path,
                              const fs::path& directory) {
  if (name.find('/') != name.npos) {
    const fs::path path = directory / name;
    if (is_executable(path)) return path;
    return Error{ErrorKind::bad_input, path.string() + " is not a program that can be run"};
  }
  for (std::string_view rest = search_path; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    if (entry.empty()) continue;
    fs::path path = directory / entry / name;
    if (is_executable(path)) return path;
  }
  return Error{ErrorKind::bad_input, "no program " + std::string(name) + " on PATH"};
}

std::optional<Tool> ToolIdentities::cached(const fs::path& program) {
  Known known;
  {
    auto all = known_.lock();
    const auto found = all->find(program.native());
    if (found == all->end()) return std::nullopt;
    known = found->second;
  }
  const bool unchanged = std::ranges::all_of(known.parts, [](const Part& part) {
    const Result<Stamp> stamp = stamp_of(part.path);
    return stamp && stamp.value() == part.stamp;
  });
  if (!unchanged) return std::nullopt;
  return known.tool;
}

Result<Tool> ToolIdentities::of(const fs::path& program, const std::stop_token* stop) {
  if (std::optional<Tool> tool = cached(program)) return *std::move(tool);
  if (stop == nullptr) return Error{ErrorKind::unavailable, "not cached"};
  Known known{{program, {}, is_lld(program)}, {}};
  Manifest manifest;
  const auto add = [&](const fs::path& path) -> Result<std::string> {
    const Stamp stamp = TRY(stamp_of(path));
    std::string content = TRY(read_file(path));
    manifest.field("file", Digest::of(content));
    known.parts.push_back({path, stamp});
    return content;
  };
  const std::string content = TRY(add(program));
  const std::vector<fs::path> libraries = TRY(libraries_of(program, content, *stop));
  for (const fs::path& library : libraries) TRY(add(library));
  known.tool.identity = manifest.key().digest;
  (*known_.lock())[program.native()] = known;
  return known.tool;
}

// The dynamic loader lists "libbfd.so => /lib/libbfd.so (0x7f…)", one a line.
Result<std::vector<fs::path>> ToolIdentities::libraries_of(const fs::path& program,
                                                           std::string_view content,
                                                           const std::stop_token& stop) {
  std::vector<fs::path> libraries;
  const std::string loader = program_interpreter(content);
  if (loader.empty()) return libraries;
  const Exit exit =
      TRY(executor_.execute({loader, {"--list", program.native()}, "/", {"LANG=C.UTF-8"}}, stop));
  for (std::string_view rest = exit.output; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t from = line.find("=> /");
    if (from == line.npos) continue;
    const std::string_view path = line.substr(from + 3);
    libraries.emplace_back(path.substr(0, path.rfind(" (")));
  }
  std::ranges::sort(libraries);
  return libraries;
}

}  // namespace cbundle

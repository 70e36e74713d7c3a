#include "engine/tool/tool_identity.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
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

namespace {

using Part = ToolIdentities::Part;

bool is_unchanged(const Part& part) { return stamp_if_there(part.path) == part.stamp; }

// Whether such a tool has one of its own names in it: GNU's linkers, LLVM's and mold print theirs;
// gcc's and clang's preprocessors run, or are, cc1.
bool has_name_of(ToolKind kind, std::string_view content) {
  constexpr std::array<std::string_view, 4> linkers{"GNU ld", "GNU gold", "LLD ", "mold "};
  const auto is_in = [&](std::string_view name) { return content.find(name) != content.npos; };
  return kind == ToolKind::linker ? std::ranges::any_of(linkers, is_in) : is_in("cc1");
}

// Finds what a tool is made of, and hashes it.
class Identification {
 public:
  Identification(Executor& executor, ToolKind kind, const std::stop_token& stop)
      : executor_(executor), kind_(kind), stop_(stop) {}

  Result<Tool> identify(const fs::path& program) {
    Tool tool{program, {}, is_lld(program), true};
    manifest_.field("name", program.filename().native());
    const std::string content = TRY(add_program(program));
    const bool is_elf = content.starts_with(
        "\x7f"
        "ELF");
    tool.is_identified = is_elf && has_name_;
    if (kind_ == ToolKind::preprocessor && is_elf) TRY(add_compiler(program));
    if (kind_ == ToolKind::linker) TRY(add_plugins(program.parent_path() / "../lib/bfd-plugins"));
    tool.identity = manifest_.key().digest;
    return tool;
  }

  std::vector<Part> take_parts() { return std::move(parts_); }

 private:
  Result<std::string> add(const fs::path& file) {
    parts_.push_back({file, stamp_if_there(file)});
    std::string content = TRY(read_file(file));
    manifest_.field("file", Digest::of(content));
    has_name_ = has_name_ || has_name_of(kind_, content);
    return content;
  }

  void watch(const fs::path& path) { parts_.push_back({path, stamp_if_there(path)}); }

  // A program and its libraries.
  Result<std::string> add_program(const fs::path& program) {
    std::string content = TRY(add(program));
    const std::string loader = program_interpreter(content);
    if (loader.empty()) return content;
    watch("/etc/ld.so.cache");
    watch("/etc/ld.so.preload");
    const Exit exit = TRY(executor_.execute(
        {loader, {"--list", program.native()}, "/", {"LANG=C.UTF-8", "LD_DEBUG=libs"}}, stop_));
    std::vector<fs::path> libraries = libraries_in(exit.output);
    std::ranges::sort(libraries);
    for (const fs::path& library : libraries) TRY(add_library(library));
    return content;
  }

  // The loader lists "libbfd.so => /lib/libbfd.so (0x7f…)", or "/lib/ld-linux.so.2 (0x7f…)" where
  // a program names the file itself. glibc's also says where it has looked: one that appears there
  // would be loaded instead.
  std::vector<fs::path> libraries_in(std::string_view output) {
    constexpr std::string_view trying = "trying file=";
    std::vector<fs::path> libraries;
    for (const std::string_view line : lines_of(output)) {
      const std::size_t tried = line.find(trying);
      const std::size_t end = line.rfind(" (0x");
      const std::size_t start = line.find('/');
      if (tried != line.npos) {
        const fs::path file = line.substr(tried + trying.size());
        if (!stamp_if_there(file)) watch(file);
      } else if (end != line.npos && start < end) {
        libraries.emplace_back(line.substr(start, end - start));
      }
    }
    return libraries;
  }

  // libbfd loads all plugins of two directories; the name of one is in its bytes.
  Result<void> add_library(const fs::path& library) {
    const std::string content = TRY(add(library));
    constexpr std::string_view name("/bfd-plugins\0", 13);
    const std::size_t at = content.find(name);
    if (at == content.npos) return {};
    const std::size_t start = content.rfind('\0', at) + 1;
    return add_plugins(content.substr(start, at - start) + "/bfd-plugins");
  }

  Result<void> add_plugins(const fs::path& directory) {
    watch(directory);
    std::error_code code;
    std::vector<fs::path> plugins;
    for (const auto& entry : fs::directory_iterator(directory, code)) {
      if (entry.is_regular_file(code)) plugins.push_back(entry.path());
    }
    std::ranges::sort(plugins);
    for (const fs::path& plugin : plugins) TRY(add(plugin));
    return {};
  }

  // gcc's cpp runs cc1, which it finds for itself, and obeys a file of specs beside it. clang's cpp
  // answers with the bare name.
  Result<void> add_compiler(const fs::path& driver) {
    const Exit exit = TRY(executor_.execute(
        {driver, {"-print-prog-name=cc1"}, "/", {"LANG=C.UTF-8", "PATH=/usr/bin:/bin"}}, stop_));
    const fs::path compiler = exit.output.substr(0, exit.output.find('\n'));
    if (!compiler.is_absolute()) return {};
    TRY(add_program(compiler));
    const fs::path specs = compiler.parent_path() / "specs";
    if (stamp_if_there(specs)) return TRY(add(specs)), Result<void>();
    watch(specs);
    return {};
  }

  Executor& executor_;
  const ToolKind kind_;
  const std::stop_token& stop_;
  bool has_name_ = false;
  Manifest manifest_;
  std::vector<Part> parts_;
};

}  // namespace

std::optional<Tool> ToolIdentities::cached(const fs::path& program) {
  Known known;
  {
    auto all = known_.lock();
    const auto found = all->find(program.native());
    if (found == all->end()) return std::nullopt;
    known = found->second;
  }
  if (!std::ranges::all_of(known.parts, cbundle::is_unchanged)) return std::nullopt;
  return known.tool;
}

Result<Tool> ToolIdentities::of(const fs::path& program, ToolKind kind,
                                const std::stop_token* stop) {
  if (std::optional<Tool> tool = cached(program)) return *std::move(tool);
  if (stop == nullptr) return Error{ErrorKind::unavailable, "not cached"};
  Identification identification(executor_, kind, *stop);
  const Tool tool = TRY(identification.identify(program));
  Known known{tool, identification.take_parts()};
  const bool is_quiet = std::ranges::all_of(
      known.parts, [](const Part& part) { return !part.stamp || cbundle::is_quiet(*part.stamp); });
  auto all = known_.lock();
  all->erase(program.native());
  if (is_quiet) all->emplace(program.native(), std::move(known));
  return tool;
}

bool ToolIdentities::is_unchanged(const Tool& tool) {
  const std::optional<Tool> now = cached(tool.program);
  return now && now->identity == tool.identity;
}

std::vector<fs::path> ToolIdentities::files_of(const Tool& tool) {
  std::vector<fs::path> files{tool.program};
  const auto all = known_.lock();
  const auto found = all->find(tool.program.native());
  if (found == all->end()) return files;
  for (const Part& part : found->second.parts) files.push_back(part.path);
  return files;
}

void ToolIdentities::forget_except(std::uint64_t mount) {
  const auto is_elsewhere = [&](const Part& part) {
    return part.stamp && (mount == 0 || part.stamp->mount != mount);
  };
  std::erase_if(*known_.lock(), [&](const auto& known) {
    return std::ranges::any_of(known.second.parts, is_elsewhere);
  });
}

}  // namespace cbundle

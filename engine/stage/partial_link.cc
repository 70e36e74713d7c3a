#include "engine/stage/partial_link.h"

#include <filesystem>

namespace cbundle {

namespace fs = std::filesystem;

std::string canonical_name(std::size_t index, const Input& input) {
  return "in/" + std::to_string(index) + (input.is_archive ? ".a" : ".o");
}

namespace {

// As GNU ld (libiberty, buildargv) and ld.lld read it: a backslash makes any character literal.
std::string quoted_in_response_file(std::string_view name) {
  constexpr std::string_view special = " \t\n\v\f\r'\"\\";
  std::string quoted;
  for (const char c : name) {
    if (special.find(c) != special.npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace

void PartialLink::describe(Manifest& manifest) const {
  manifest.field("algorithm", "2");
  manifest.field("linker", linker_.identity);
  manifest.field("machine", target_.name);
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    manifest.field("object " + std::to_string(i + 1), objects_[i].digest);
  }
}

Result<Blob> PartialLink::run(StageContext& context) const {
  std::uint64_t reads = 0;
  for (const Input& object : objects_) reads += object.file.stamp.size;
  const fs::path directory = TRY(context.directory(reads));
  std::error_code code;
  fs::create_directory(directory / "in", code);
  std::string names;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const Input& input = objects_[i];
    if (input.is_thin()) {  // its members are found relative to where it is
      names += quoted_in_response_file(input.file.path.native()) + '\n';
      continue;
    }
    const std::string name = canonical_name(i, input);
    fs::create_symlink(input.file.path, directory / name, code);
    if (code) {
      return Error{ErrorKind::unavailable,
                   "cannot write to " + directory.string() + ": " + code.message()};
    }
    names += name + '\n';
  }
  TRY(write_file(directory / "objects", names));
  context.warn(
      TRY(context.run(linker_.program, {"-r", "--strip-debug", "-m", std::string(target_.emulation),
                                        "-o", "partial.o", "@objects"})));
  TRY(require_unchanged(objects_));
  return context.output("partial.o");
}

}  // namespace cbundle

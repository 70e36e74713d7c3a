#include "engine/pipeline/input_objects.h"

#include <charconv>
#include <filesystem>

#include "engine/base/files.h"
#include "engine/elf/archive.h"

namespace cbundle {
namespace {

void add(std::vector<InputObject>& objects, std::string name, std::string content, bool is_member) {
  const Blob bytes(std::move(content));
  Result<ElfFile> elf = ElfFile::parse(bytes);
  if (elf) objects.push_back({std::move(name), std::move(elf).value(), bytes, is_member});
}

// A malformed archive has no members, and that is not reported here.
void add_members(std::vector<InputObject>& objects, const std::string& archive,
                 const std::filesystem::path& path, const std::string& content) {
  const bool is_thin = is_thin_archive(content);
  const auto visit = [&](std::string_view name, std::size_t size, std::size_t at) -> Result<void> {
    const std::string member = archive + "(" + std::string(name) + ")";
    if (!is_thin) {
      add(objects, member, content.substr(at, size), true);
    } else if (Result<std::string> bytes = read_file(path.parent_path() / name)) {
      add(objects, member, std::move(bytes).value(), true);
    }
    return {};
  };
  static_cast<void>(for_each_member(content, visit));
}

}  // namespace

std::vector<InputObject> read_objects(const Inputs& inputs) {
  std::vector<InputObject> objects;
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    Result<std::string> content = read_file(inputs.objects[i].file.path);
    if (!content) continue;
    if (inputs.objects[i].is_archive) {
      add_members(objects, inputs.names[i], inputs.objects[i].file.path, content.value());
    } else {
      add(objects, inputs.names[i], std::move(content).value(), false);
    }
  }
  return objects;
}

std::string path_in_build(std::string path, const Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    const std::string& whole = inputs.objects[i].file.path.native();
    const std::string& name = inputs.names[i];
    if (name.starts_with('/') || !whole.ends_with("/" + name)) continue;
    const std::string directory = whole.substr(0, whole.size() - name.size());
    return path.starts_with(directory) ? path.substr(directory.size()) : path;
  }
  return path;
}

void set_location(std::string_view location, Diagnostic& diagnostic) {
  const std::size_t colon = location.rfind(':');
  if (colon == location.npos) return;
  diagnostic.file = location.substr(0, colon);
  const char* end = location.data() + location.size();
  std::from_chars(location.data() + colon + 1, end, diagnostic.line);
}

}  // namespace cbundle

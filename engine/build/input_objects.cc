#include "engine/build/input_objects.h"

#include <libelf.h>

#include <memory>

#include "engine/base/files.h"

namespace cbundle {
namespace {

struct EndElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfPointer = std::unique_ptr<Elf, EndElf>;

void add(std::vector<InputObject>& objects, std::string name, std::string content, bool is_member) {
  const Blob bytes(std::move(content));
  Result<ElfFile> elf = ElfFile::parse(bytes);
  if (elf) objects.push_back({std::move(name), std::move(elf).value(), bytes, is_member});
}

void add_members(std::vector<InputObject>& objects, const std::string& name, std::string content) {
  elf_version(EV_CURRENT);
  const ElfPointer archive(elf_memory(content.data(), content.size()));
  if (!archive || elf_kind(archive.get()) != ELF_K_AR) return;
  for (Elf_Cmd next = ELF_C_READ; next != ELF_C_NULL;) {
    const ElfPointer member(elf_begin(-1, next, archive.get()));
    if (!member) return;
    next = elf_next(member.get());
    const Elf_Arhdr* header = elf_getarhdr(member.get());
    std::size_t size = 0;
    const char* bytes = elf_rawfile(member.get(), &size);
    if (header == nullptr || header->ar_name == nullptr || bytes == nullptr) continue;
    add(objects, name + "(" + header->ar_name + ")", std::string(bytes, size), true);
  }
}

}  // namespace

std::vector<InputObject> read_objects(const Inputs& inputs) {
  std::vector<InputObject> objects;
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    Result<std::string> content = read_file(inputs.objects[i].path);
    if (!content) continue;
    if (inputs.objects[i].is_archive) {
      add_members(objects, inputs.names[i], std::move(content).value());
    } else {
      add(objects, inputs.names[i], std::move(content).value(), false);
    }
  }
  return objects;
}

std::string path_in_build(std::string path, const Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.objects.size(); ++i) {
    const std::string& whole = inputs.objects[i].path.native();
    const std::string& name = inputs.names[i];
    if (name.starts_with('/') || !whole.ends_with("/" + name)) continue;
    const std::string directory = whole.substr(0, whole.size() - name.size());
    return path.starts_with(directory) ? path.substr(directory.size()) : path;
  }
  return path;
}

}  // namespace cbundle

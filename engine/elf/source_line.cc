#include "engine/elf/source_line.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "engine/base/fd.h"

namespace cbundle {
namespace {

struct EndDwfl {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};

// libdwfl opens files; a descriptor of memory serves.
Fd descriptor_of(const Blob& object) {
  Fd fd(::memfd_create("object", MFD_CLOEXEC));
  std::string_view rest = object.text();
  while (fd && !rest.empty()) {
    const ssize_t put = ::write(fd.get(), rest.data(), rest.size());
    if (put <= 0) return Fd();
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  return fd;
}

}  // namespace

std::string source_line(const Blob& object, std::uint32_t section, std::uint64_t offset) {
  static const Dwfl_Callbacks callbacks{
      .find_elf = nullptr,
      .find_debuginfo = [](Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*,
                           GElf_Word, char**) { return -1; },
      .section_address = dwfl_offline_section_address,
      .debuginfo_path = nullptr};
  const std::unique_ptr<Dwfl, EndDwfl> dwfl(dwfl_begin(&callbacks));
  Fd fd = descriptor_of(object);
  if (!dwfl || !fd) return {};
  Dwfl_Module* module = dwfl_report_offline(dwfl.get(), "object", "", fd.get());
  if (module == nullptr) return {};
  fd.release();  // dwfl's now
  dwfl_report_end(dwfl.get(), nullptr, nullptr);

  GElf_Addr bias = 0;
  Elf* elf = dwfl_module_getelf(module, &bias);
  GElf_Shdr header;
  Elf_Scn* scn = elf_getscn(elf, section);
  if (scn == nullptr || gelf_getshdr(scn, &header) == nullptr) return {};
  Dwfl_Line* line = dwfl_module_getsrc(module, header.sh_addr + bias + offset);
  int number = 0;
  const char* file =
      line == nullptr ? nullptr : dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
  if (file == nullptr) return {};
  return std::string(file) + ":" + std::to_string(number);
}

}  // namespace cbundle

#include "engine/elf/source_line.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "engine/base/fd.h"
#include "engine/elf/elf_file.h"

namespace cbundle {
namespace {

struct EndDwfl {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};

// libdwfl reads descriptors, so the bytes go to one in memory.
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

GElf_Addr address_of_section(Elf* elf, std::uint32_t section) {
  GElf_Shdr header;
  Elf_Scn* scn = elf_getscn(elf, section);
  return scn != nullptr && gelf_getshdr(scn, &header) != nullptr ? header.sh_addr : 0;
}

template <class Number>
void apply(const Relocation& r, bool has_addend, const ElfFile& object, Elf* elf, Elf_Data& data) {
  if (data.d_size < sizeof(Number) || r.offset > data.d_size - sizeof(Number) ||
      r.symbol >= object.symbols().size()) {
    return;
  }
  const Symbol& symbol = object.symbols()[r.symbol];
  auto* at = static_cast<std::byte*>(data.d_buf) + r.offset;
  std::uint64_t value = has_addend ? static_cast<std::uint64_t>(r.addend)
                                   : load_number<Number>(at, object.is_big_endian());
  value += symbol.value + address_of_section(elf, symbol.section);
  store_number(at, static_cast<Number>(value), object.is_big_endian());
}

// libdw 0.188 does not apply the relocations of MIPS debug sections. So they are applied here, in
// the private memory that libdw reads.
void apply_mips_relocations(const Blob& bytes, Elf* elf) {
  const Result<ElfFile> parsed = ElfFile::parse(bytes);
  if (!parsed || parsed.value().machine() != EM_MIPS) return;
  const ElfFile& object = parsed.value();
  for (const Section& s : object.sections()) {
    const bool has_addends = s.type == SHT_RELA;
    if ((!has_addends && s.type != SHT_REL) || s.info >= object.sections().size()) continue;
    const Section& debug = object.sections()[s.info];
    Elf_Scn* scn = elf_getscn(elf, s.info);
    if (debug.is_allocated() || scn == nullptr) continue;
    if ((debug.flags & SHF_COMPRESSED) != 0) elf_compress(scn, 0, 0);
    Elf_Data* data = elf_rawdata(scn, nullptr);
    if (data == nullptr || data->d_buf == nullptr) continue;
    const bool is_64 = object.is_64();
    for (const Relocation& r :
         Records(s.content, {is_64, object.is_big_endian(), has_addends, is_64})) {
      if (r.type == R_MIPS_32) apply<std::uint32_t>(r, has_addends, object, elf, *data);
      if (r.type == R_MIPS_64) apply<std::uint64_t>(r, has_addends, object, elf, *data);
    }
  }
}

// An object opened by libdwfl.
class DebugInfo {
 public:
  explicit DebugInfo(const Blob& object) : dwfl_(dwfl_begin(&callbacks)) {
    Fd fd = descriptor_of(object);
    if (!dwfl_ || !fd) return;
    module_ = dwfl_report_offline(dwfl_.get(), "object", "", fd.get());
    if (module_ == nullptr) return;
    fd.release();  // owned by dwfl
    dwfl_report_end(dwfl_.get(), nullptr, nullptr);
    GElf_Addr bias = 0;
    apply_mips_relocations(object, dwfl_module_getelf(module_, &bias));
  }

  Dwfl_Module* module() const { return module_; }

  // The address that libdwfl assigned, as if the object were linked; nothing without a section.
  std::optional<Dwarf_Addr> address_of(std::uint32_t section, std::uint64_t offset) const {
    if (section == SHN_UNDEF || section >= SHN_LORESERVE) return std::nullopt;
    GElf_Addr bias = 0;
    Elf* elf = dwfl_module_getelf(module_, &bias);
    return address_of_section(elf, section) + bias + offset;
  }

 private:
  static constexpr Dwfl_Callbacks callbacks{
      .find_elf = nullptr,
      .find_debuginfo = [](Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*,
                           GElf_Word, char**) { return -1; },
      .section_address = dwfl_offline_section_address,
      .debuginfo_path = nullptr};

  std::unique_ptr<Dwfl, EndDwfl> dwfl_;
  Dwfl_Module* module_ = nullptr;
};

std::string line_at(const char* file, int number) {
  return file == nullptr ? std::string() : std::string(file) + ":" + std::to_string(number);
}

// Searches a unit's tree for definitions of one name.
class DefinitionSearch {
 public:
  DefinitionSearch(std::string_view name, std::optional<Dwarf_Addr> address)
      : name_(name), address_(address) {}

  void search(Dwarf_Die parent, Dwarf_Addr bias) {
    Dwarf_Die die;
    if (dwarf_child(&parent, &die) != 0) return;
    do {
      if (is_exact_) return;
      const int tag = dwarf_tag(&die);
      if (tag == DW_TAG_variable || tag == DW_TAG_subprogram) consider(die, bias);
      search(die, bias);
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  bool is_done() const { return is_exact_; }
  std::string line() {
    int number = 0;
    if (!best_ || dwarf_decl_line(&*best_, &number) != 0) return {};
    return line_at(dwarf_decl_file(&*best_), number);
  }

 private:
  void consider(Dwarf_Die die, Dwarf_Addr bias) {
    const char* name = text_of(die, DW_AT_linkage_name);
    if (name == nullptr || name != name_) name = text_of(die, DW_AT_name);
    if (name == nullptr || name != name_ || dwarf_hasattr(&die, DW_AT_declaration)) return;
    is_exact_ = address_ && address_in(die) == *address_ - bias;
    if (!best_ || is_exact_) best_ = die;
  }

  static const char* text_of(Dwarf_Die die, unsigned attribute) {
    Dwarf_Attribute value;
    return dwarf_formstring(dwarf_attr_integrate(&die, attribute, &value));
  }

  static std::optional<Dwarf_Addr> address_in(Dwarf_Die die) {
    Dwarf_Addr low = 0;
    if (dwarf_lowpc(&die, &low) == 0) return low;
    Dwarf_Attribute location;
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (dwarf_getlocation(dwarf_attr(&die, DW_AT_location, &location), &operations, &count) != 0 ||
        count == 0 || operations[0].atom != DW_OP_addr) {
      return std::nullopt;
    }
    return operations[0].number;
  }

  std::string_view name_;
  std::optional<Dwarf_Addr> address_;
  std::optional<Dwarf_Die> best_;
  bool is_exact_ = false;
};

}  // namespace

std::string source_line(const Blob& object, std::uint32_t section, std::uint64_t offset) {
  const DebugInfo debug(object);
  if (debug.module() == nullptr) return {};
  const std::optional<Dwarf_Addr> address = debug.address_of(section, offset);
  Dwfl_Line* line = address ? dwfl_module_getsrc(debug.module(), *address) : nullptr;
  if (line == nullptr) return {};
  int number = 0;
  const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
  return line_at(file, number);
}

std::string definition_line(const Blob& object, std::string_view name, std::uint32_t section,
                            std::uint64_t offset) {
  const DebugInfo debug(object);
  if (debug.module() == nullptr) return {};
  DefinitionSearch search(name, debug.address_of(section, offset));
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = nullptr;
       !search.is_done() && (unit = dwfl_module_nextcu(debug.module(), unit, &bias)) != nullptr;) {
    search.search(*unit, bias);
  }
  return search.line();
}

}  // namespace cbundle

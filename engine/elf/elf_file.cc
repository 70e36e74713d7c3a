#include "engine/elf/elf_file.h"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <memory>

namespace cbundle {
namespace {

struct EndElf {
  void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;

Error invalid(std::string_view what) {
  return {ErrorKind::bad_input, "invalid ELF file: " + std::string(what)};
}

}  // namespace

class ElfParser {
 public:
  explicit ElfParser(Blob bytes) { file_.bytes_ = std::move(bytes); }

  Result<ElfFile> parse() {
    TRY(open());
    TRY(read_sections());
    TRY(read_load_addresses());
    TRY(read_symbols());
    TRY(read_relocations());
    return std::move(file_);
  }

 private:
  Result<void> open() {
    const std::string_view text = file_.bytes_.text();
    if (text.empty()) return Error{ErrorKind::bad_input, "the file is empty"};
    if (!text.starts_with(ELFMAG)) return Error{ErrorKind::bad_input, "not an ELF file"};
    if (text.size() < sizeof(Elf32_Ehdr)) return invalid("its header is truncated");
    elf_version(EV_CURRENT);
    // libelf needs a mutable pointer, but writes only in elf_update, which is not called here.
    elf_.reset(elf_memory(const_cast<char*>(text.data()), text.size()));
    GElf_Ehdr header;
    if (!elf_ || elf_kind(elf_.get()) != ELF_K_ELF || !gelf_getehdr(elf_.get(), &header)) {
      return invalid("its header cannot be read");
    }
    const auto* ident = reinterpret_cast<const unsigned char*>(text.data());
    file_.is_64_ = ident[EI_CLASS] == ELFCLASS64;
    file_.is_big_endian_ = ident[EI_DATA] == ELFDATA2MSB;
    file_.machine_ = header.e_machine;
    file_.type_ = header.e_type;
    file_.flags_ = header.e_flags;
    // To libelf a file that is truncated before its section headers has none.
    std::size_t count = 0;
    const std::uint64_t each = file_.is_64_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    if (header.e_shoff == 0 || header.e_shoff > text.size() ||
        elf_getshdrnum(elf_.get(), &count) != 0 || count == 0 ||
        count > (text.size() - header.e_shoff) / each) {
      return invalid("its section headers are missing");
    }
    return {};
  }

  Result<void> read_sections() {
    std::size_t names = 0;
    std::size_t count = 0;
    if (elf_getshdrstrndx(elf_.get(), &names) != 0 || elf_getshdrnum(elf_.get(), &count) != 0) {
      return invalid("it has no section names");
    }
    file_.sections_.resize(count);
    for (std::size_t i = 1; i < count; ++i) TRY(read_section(i, names));
    return {};
  }

  Result<void> read_section(std::size_t index, std::size_t names) {
    GElf_Shdr header;
    if (!gelf_getshdr(elf_getscn(elf_.get(), index), &header))
      return invalid("a section header cannot be read");
    const char* name = elf_strptr(elf_.get(), names, header.sh_name);
    if (name == nullptr) return invalid("a section has no name");
    Section& s = file_.sections_[index];
    s.name = name;
    s.type = header.sh_type;
    s.flags = header.sh_flags;
    s.address = s.load_address = header.sh_addr;
    s.size = header.sh_size;
    s.alignment = std::max<std::uint64_t>(header.sh_addralign, 1);
    s.entry_size = header.sh_entsize;
    s.link = header.sh_link;
    s.info = header.sh_info;
    if ((s.alignment & (s.alignment - 1)) != 0)
      return invalid("the alignment of " + std::string(s.name) + " is not a power of two");
    if (s.type == SHT_NOBITS || s.type == SHT_NULL) return {};
    const Bytes all = file_.bytes_.bytes();
    if (header.sh_offset > all.size() || header.sh_size > all.size() - header.sh_offset) {
      return invalid("section " + std::string(s.name) + " reaches past the end of the file");
    }
    s.content = all.subspan(header.sh_offset, header.sh_size);
    return {};
  }

  // A section's load address follows from the physical address of its segment.
  Result<void> read_load_addresses() {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_.get(), &count) != 0)
      return invalid("its program headers cannot be read");
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment;
      if (!gelf_getphdr(elf_.get(), static_cast<int>(i), &segment))
        return invalid("a segment cannot be read");
      if (segment.p_type != PT_LOAD || segment.p_paddr == segment.p_vaddr) continue;
      for (Section& s : file_.sections_) {
        if (s.is_allocated() && is_in(s, segment)) {
          s.load_address = s.address - segment.p_vaddr + segment.p_paddr;
        }
      }
    }
    return {};
  }

  // Overlays share addresses, so the offset in the file decides for sections with content.
  bool is_in(const Section& s, const GElf_Phdr& segment) const {
    if (s.type != SHT_NOBITS && s.size != 0) {
      const auto offset =
          static_cast<std::uint64_t>(s.content.data() - file_.bytes_.bytes().data());
      return offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz;
    }
    return s.address >= segment.p_vaddr && s.address - segment.p_vaddr <= segment.p_memsz;
  }

  Result<void> read_symbols() {
    const auto table =
        std::ranges::find(file_.sections_, std::uint32_t{SHT_SYMTAB}, &Section::type);
    if (table == file_.sections_.end()) return {};
    const auto index = static_cast<std::size_t>(table - file_.sections_.begin());
    Elf_Data* data = elf_getdata(elf_getscn(elf_.get(), index), nullptr);
    const std::size_t each = file_.is_64_ ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (table->size % each != 0 || (data == nullptr && table->size != 0)) {
      return invalid("its symbol table is invalid");
    }
    file_.symbols_.resize(table->size / each);
    for (std::size_t i = 0; i < file_.symbols_.size(); ++i) {
      GElf_Sym raw;
      if (!gelf_getsym(data, static_cast<int>(i), &raw)) return invalid("a symbol cannot be read");
      TRY(read_symbol(raw, i, table->link));
    }
    return {};
  }

  Result<void> read_symbol(const GElf_Sym& raw, std::size_t index, std::uint32_t names) {
    Symbol& symbol = file_.symbols_[index];
    symbol.value = raw.st_value;
    symbol.size = raw.st_size;
    symbol.binding = GELF_ST_BIND(raw.st_info);
    symbol.type = GELF_ST_TYPE(raw.st_info);
    symbol.other = raw.st_other;
    symbol.section = raw.st_shndx;
    if (raw.st_shndx == SHN_XINDEX) return invalid("more than 65,279 sections");
    const bool ordinary = raw.st_shndx != SHN_UNDEF && raw.st_shndx < SHN_LORESERVE;
    if (ordinary && raw.st_shndx >= file_.sections_.size()) return invalid("a symbol's section");
    if (symbol.type == STT_SECTION && ordinary) {
      symbol.name = file_.sections_[symbol.section].name;
      return {};
    }
    const char* name = elf_strptr(elf_.get(), names, raw.st_name);
    if (name == nullptr) return invalid("a symbol has no name");
    symbol.name = name;
    return {};
  }

  Result<void> read_relocations() {
    for (std::size_t i = 1; i < file_.sections_.size(); ++i) {
      const Section& s = file_.sections_[i];
      if (s.type != SHT_REL && s.type != SHT_RELA) continue;
      if (s.info == 0 || s.info >= file_.sections_.size()) continue;  // dynamic ones have none
      if (!file_.sections_[s.info].is_allocated()) continue;
      TRY(read_records(s));
    }
    return {};
  }

  Result<void> read_records(const Section& s) {
    const bool is_mips64 = file_.machine_ == EM_MIPS && file_.is_64_;
    const Records::Format format{file_.is_64_, file_.is_big_endian_, s.type == SHT_RELA, is_mips64};
    if (s.size % format.entry_size() != 0 || s.content.size() != s.size) {
      return invalid("the table " + std::string(s.name) + " is invalid");
    }
    const Records records(s.content, format);
    for (const Relocation& r : records) {
      if (r.symbol >= file_.symbols_.size()) {
        return invalid("a record of " + std::string(s.name) + " has no valid symbol");
      }
    }
    file_.relocations_.push_back({s.info, format.has_addends, records});
    return {};
  }

  ElfHandle elf_;
  ElfFile file_;
};

Result<ElfFile> ElfFile::parse(Blob bytes) { return ElfParser(std::move(bytes)).parse(); }

const Section* ElfFile::section_named(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &Section::name);
  return found == sections_.end() ? nullptr : &*found;
}

const Symbol* ElfFile::symbol_named(std::string_view name) const {
  const auto found = std::ranges::find_if(
      symbols_, [&](const Symbol& s) { return s.name == name && !s.is_local(); });
  return found == symbols_.end() ? nullptr : &*found;
}

std::string program_interpreter(std::string_view file) {
  elf_version(EV_CURRENT);
  const ElfHandle elf(elf_memory(const_cast<char*>(file.data()), file.size()));
  std::size_t count = 0;
  if (!elf || elf_getphdrnum(elf.get(), &count) != 0) return {};
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (!gelf_getphdr(elf.get(), static_cast<int>(i), &segment)) return {};
    if (segment.p_type != PT_INTERP || segment.p_offset > file.size()) continue;
    const std::string_view name = file.substr(segment.p_offset, segment.p_filesz);
    return std::string(name.substr(0, name.find('\0')));
  }
  return {};
}

}  // namespace cbundle

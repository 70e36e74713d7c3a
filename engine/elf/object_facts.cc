#include "engine/elf/object_facts.h"

#include <array>

#include "engine/base/pack.h"
#include "engine/elf/archive.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/field.h"

namespace cbundle {
namespace {

bool is_symbol_table(const Section& s) {
  return s.type == SHT_SYMTAB || s.type == SHT_STRTAB || s.type == SHT_SYMTAB_SHNDX;
}

// Dropped by GNU ld and by ld.lld. GNU ld also drops .line*, .stab*, .gdb_index,
// .gnu.debuglto_.debug_* and .gnu.linkonce.wi.*, which ld.lld 14 keeps.
// Source: binutils, bfd/elf.c (_bfd_elf_make_section_from_shdr); lld, ELF/Driver.cpp.
bool is_dropped(const Section& s) {
  return !s.is_allocated() && s.type == SHT_PROGBITS &&
         (s.name.starts_with(".debug") || s.name.starts_with(".zdebug"));
}

// Hashes a file in its own order. Sections and symbols are identified by rank, their index among
// those that count: debug sections and their symbols change the real index.
class SemanticHasher {
 public:
  SemanticHasher(const ElfFile& elf, const Blob& file)
      : elf_(elf), section_rank_(elf.sections().size()), symbol_rank_(elf.symbols().size()) {
    bytes_ << file.text().substr(0, EI_NIDENT);
  }

  Digest digest() {
    bytes_ << elf_.machine() << elf_.flags();
    rank_all();
    for (std::size_t i = 1; i < section_rank_.size(); ++i) {
      const Section& s = elf_.sections()[i];
      // The name of a group can clash, whatever its members are.
      if (section_rank_[i] != 0 || s.type == SHT_GROUP) add(s);
    }
    for (std::size_t i = 0; i < symbol_rank_.size(); ++i) {
      if (symbol_rank_[i] != 0) add(elf_.symbols()[i]);
    }
    for (const Section& s : elf_.sections()) {
      if (is_relocations(s) && section_rank_[s.info] != 0) add_relocations(s);
    }
    const std::string bytes = bytes_.take();
    Digest digest = Digest::of(bytes);
    if (digest.sha256) digest.sha256 = sha256_if_used(bytes + contents_);
    return digest;
  }

 private:
  void add_content(const Digest& content) {
    bytes_ << content.raw();
    if (content.sha256) contents_ += content.sha256->raw();
  }

  bool is_relocations(const Section& s) const {
    return (s.type == SHT_REL || s.type == SHT_RELA) && s.info != 0 &&
           s.info < section_rank_.size();
  }

  void rank_all() {
    std::uint64_t next = 0;
    for (std::size_t i = 1; i < section_rank_.size(); ++i) {
      const Section& s = elf_.sections()[i];
      const bool is_table = is_symbol_table(s) || is_relocations(s);
      if (!is_table && !is_dropped(s) && !is_group_of_dropped(s)) section_rank_[i] = ++next;
    }
    next = 0;
    for (std::size_t i = 1; i < symbol_rank_.size(); ++i) {
      const Symbol& s = elf_.symbols()[i];
      const bool in_section = !s.is_undefined() && s.section < section_rank_.size();
      if (s.is_local() && in_section && section_rank_[s.section] == 0) continue;
      symbol_rank_[i] = ++next;
    }
  }

  bool is_group_of_dropped(const Section& s) const {
    if (s.type != SHT_GROUP) return false;
    for (std::size_t at = 4; at + 4 <= s.content.size(); at += 4) {
      const std::uint64_t member = word_of(s, at);
      if (member >= section_rank_.size()) return false;
      const Section& section = elf_.sections()[member];
      const bool has_gone =
          is_relocations(section) ? is_dropped(elf_.sections()[section.info]) : is_dropped(section);
      if (!has_gone) return false;
    }
    return true;
  }

  std::uint64_t word_of(const Section& s, std::size_t at) const {
    return load_word(s.content.data() + at, 4, elf_.is_big_endian());
  }

  std::uint64_t rank(std::uint64_t section) const {
    return section < section_rank_.size() ? section_rank_[section] : section;
  }

  void add(const Section& s) {
    bytes_ << s.name << s.type << s.flags << s.address << s.size << s.alignment << s.entry_size
           << ((s.flags & SHF_LINK_ORDER) != 0 ? rank(s.link) : 0);
    if (s.type == SHT_GROUP) return add_group(s);
    add_content(s.content.empty() ? Digest() : Digest::of(s.content));
  }

  // A group has a symbol as its signature and sections as its members.
  void add_group(const Section& s) {
    if (s.info < elf_.symbols().size()) bytes_ << elf_.symbols()[s.info].name;
    if (s.content.size() >= 4) bytes_ << word_of(s, 0);
    for (std::size_t at = 4; at + 4 <= s.content.size(); at += 4) {
      if (const std::uint64_t member = rank(word_of(s, at)); member != 0) bytes_ << member;
    }
  }

  void add(const Symbol& s) {
    bytes_ << s.name << s.value << s.size << s.binding << s.type << s.other << rank(s.section);
  }

  void add_relocations(const Section& table) {
    const bool is_mips64 = elf_.machine() == EM_MIPS && elf_.is_64();
    const Records::Format format{elf_.is_64(), elf_.is_big_endian(), table.type == SHT_RELA,
                                 is_mips64};
    bytes_ << rank(table.info) << format.has_addends << table.content.size();
    if (table.content.size() % format.entry_size() != 0) {
      add_content(Digest::of(table.content));
      return;
    }
    for (const Relocation& r : Records(table.content, format)) {
      bytes_ << r.offset << r.type << r.addend;
      add_target(r.symbol);
    }
  }

  // The symbol may be one of a section that is dropped: the linker then says so.
  void add_target(std::uint32_t symbol) {
    if (symbol >= symbol_rank_.size()) {
      bytes_ << symbol;
    } else if (symbol == 0 || symbol_rank_[symbol] != 0) {
      bytes_ << symbol_rank_[symbol];
    } else {
      add(elf_.symbols()[symbol]);
    }
  }

  const ElfFile& elf_;
  std::vector<std::uint64_t> section_rank_;  // 0: does not count
  std::vector<std::uint64_t> symbol_rank_;
  Packer bytes_;
  std::string contents_;  // the SHA-256 of each content whose XXH3 is in `bytes_`
};

// Not in every <elf.h>. Source: MIPS ELF ABI extensions as in binutils, include/elf/mips.h.
constexpr std::uint32_t mips_n32 = 0x20;
constexpr std::uint32_t mips_micromips = 0x02000000;
constexpr std::uint32_t mips_mips16 = 0x04000000;

struct Abi {
  std::string_view name;
  std::string_view hint;
  std::uint16_t machine;
  bool (*matches)(const ElfFile& object);
};

bool is_32_bit(const ElfFile& object) { return !object.is_64(); }
bool is_big_endian(const ElfFile& object) { return object.is_big_endian(); }

template <std::uint32_t Flag>
bool has_flag(const ElfFile& object) {
  return (object.flags() & Flag) != 0;
}

constexpr std::array unsupported{
    Abi{"x32 code (64-bit x86 with 32-bit pointers)", "compile with -m64 or -m32", EM_X86_64,
        is_32_bit},
    Abi{"MIPS n32 code", "compile with -mabi=64 or -mabi=32", EM_MIPS,
        [](const ElfFile& object) { return is_32_bit(object) && has_flag<mips_n32>(object); }},
    Abi{"MIPS16 code", "compile with -mno-mips16", EM_MIPS, has_flag<mips_mips16>},
    Abi{"microMIPS code", "compile with -mno-micromips", EM_MIPS, has_flag<mips_micromips>},
    Abi{"big-endian ARM code", "compile with -mlittle-endian", EM_ARM, is_big_endian},
    Abi{"big-endian AArch64 code", "compile with -mlittle-endian", EM_AARCH64, is_big_endian},
    Abi{"AArch64 code with 32-bit pointers (ILP32)", "compile with -mabi=lp64", EM_AARCH64,
        is_32_bit},
    Abi{"big-endian RISC-V code", "compile with -mlittle-endian", EM_RISCV, is_big_endian},
};

// The hint is the flag that selects a supported ABI.
Result<void> require_supported_abi(const ElfFile& object) {
  for (const Abi& abi : unsupported) {
    if (abi.machine != object.machine() || !abi.matches(object)) continue;
    return Error{ErrorKind::bad_input,
                 "contains " + std::string(abi.name) + ", which is not supported",
                 std::string(abi.hint)};
  }
  return {};
}

Result<ObjectFacts> facts_of_object(const Blob& file) {
  const ElfFile elf = TRY(ElfFile::parse(file));
  if (elf.type() != ET_REL) {
    return Error{ErrorKind::bad_input, "this is a linked program or library, not an object",
                 "name the .o files that it was linked from"};
  }
  TRY(require_supported_abi(elf));
  if (elf.symbol_named("__gnu_lto_slim") != nullptr || elf.section_named(".gnu.lto_.symtab")) {
    const Section* text = elf.section_named(".text");
    if (text == nullptr || text->size == 0) {
      return Error{ErrorKind::bad_input, "contains only link-time optimization data, no code",
                   "compile it with -fno-lto or -ffat-lto-objects"};
    }
  }
  ObjectFacts facts;
  facts.semantic = SemanticHasher(elf, file).digest();
  facts.content = Digest::of(file.bytes());
  facts.machine = elf.machine();
  facts.is_64 = elf.is_64();
  facts.is_big_endian = elf.is_big_endian();
  return facts;
}

Result<ObjectFacts> facts_of_archive(const Blob& file) {
  const bool thin = is_thin_archive(file.text());
  ObjectFacts facts;
  facts.content = Digest::of(file.bytes());
  facts.semantic = thin ? Digest::of(tables_of(file.text())) : facts.content;
  facts.is_archive = true;
  const auto add = [&](std::string_view name, std::size_t size, std::size_t at) -> Result<void> {
    if (thin) {
      facts.members.emplace_back(name);
    } else if (facts.machine == 0) {
      const Blob member(std::string(file.text().substr(at, size)));
      const ObjectFacts first = TRY(facts_of_object(member));
      facts.machine = first.machine;
      facts.is_64 = first.is_64;
      facts.is_big_endian = first.is_big_endian;
    }
    return {};
  };
  TRY(for_each_member(file.text(), add));
  return facts;
}

}  // namespace

Result<ObjectFacts> facts_of(const Blob& file) {
  if (is_archive(file.text())) return facts_of_archive(file);
  return facts_of_object(file);
}

}  // namespace cbundle

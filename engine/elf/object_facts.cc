#include "engine/elf/object_facts.h"

#include <array>

#include "engine/base/pack.h"
#include "engine/elf/archive.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/field.h"

namespace cbundle {
namespace {

// Also true for sections that are not loaded but affect the link or the emitted object.
bool is_relevant(const Section& s) {
  if (s.is_allocated()) return true;
  switch (s.type) {
    case SHT_GROUP:
    case SHT_ARM_ATTRIBUTES:  // and SHT_RISCV_ATTRIBUTES, the same number
    case SHT_GNU_ATTRIBUTES:
    case SHT_MIPS_REGINFO:
    case SHT_MIPS_OPTIONS: return true;
    default: return s.name == ".note.GNU-stack";
  }
}

// Hashes a file in its own order. Sections and symbols are identified by rank, their index among
// the relevant ones: debug sections and their symbols change the real index.
class SemanticHasher {
 public:
  explicit SemanticHasher(const ElfFile& elf)
      : elf_(elf), section_rank_(elf.sections().size()), symbol_rank_(elf.symbols().size()) {}

  Digest digest() {
    bytes_ << elf_.machine() << elf_.is_64() << elf_.is_big_endian() << elf_.flags();
    rank_all();
    for (std::size_t i = 1; i < section_rank_.size(); ++i) {
      if (section_rank_[i] != 0) add(elf_.sections()[i]);
    }
    for (std::size_t i = 0; i < symbol_rank_.size(); ++i) {
      if (symbol_rank_[i] != 0) add(elf_.symbols()[i]);
    }
    for (const Relocations& table : elf_.relocations()) add(table);
    return Digest::of(bytes_.take());
  }

 private:
  void rank_all() {
    std::uint64_t next = 0;
    for (std::size_t i = 1; i < section_rank_.size(); ++i) {
      if (is_relevant(elf_.sections()[i])) section_rank_[i] = ++next;
    }
    next = 0;
    for (std::size_t i = 1; i < symbol_rank_.size(); ++i) {
      const Symbol& s = elf_.symbols()[i];
      const bool in_section = !s.is_undefined() && s.section < section_rank_.size();
      if (s.type == STT_FILE || (in_section && section_rank_[s.section] == 0)) continue;
      symbol_rank_[i] = ++next;
    }
  }

  std::uint64_t rank(std::uint32_t section) const {
    return section < section_rank_.size() ? section_rank_[section] : section;
  }

  void add(const Section& s) {
    bytes_ << s.name << s.type << s.flags << s.size << s.alignment << s.entry_size
           << ((s.flags & SHF_LINK_ORDER) != 0 ? rank(s.link) : 0);
    if (s.type == SHT_GROUP) return add_group(s);
    bytes_ << (s.content.empty() ? Digest() : Digest::of(s.content)).raw();
  }

  // A group has a symbol as its signature and sections as its members.
  void add_group(const Section& s) {
    if (s.info < elf_.symbols().size()) bytes_ << elf_.symbols()[s.info].name;
    for (std::size_t at = 0; at + 4 <= s.content.size(); at += 4) {
      const auto word =
          static_cast<std::uint32_t>(load_word(s.content.data() + at, 4, elf_.is_big_endian()));
      bytes_ << (at == 0 ? word : rank(word));
    }
  }

  void add(const Symbol& s) {
    bytes_ << s.name << s.value << s.size << s.binding << s.type << s.other << rank(s.section);
  }

  void add(const Relocations& table) {
    bytes_ << rank(table.section) << table.has_addends << table.records.size();
    for (const Relocation& r : table.records) {
      const std::uint64_t symbol = r.symbol < symbol_rank_.size() ? symbol_rank_[r.symbol] : 0;
      bytes_ << r.offset << r.type << r.addend << symbol;
    }
  }

  const ElfFile& elf_;
  std::vector<std::uint64_t> section_rank_;  // 0: not relevant
  std::vector<std::uint64_t> symbol_rank_;
  Packer bytes_;
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
  return ObjectFacts{SemanticHasher(elf).digest(), elf.machine(), elf.is_64(),
                     elf.is_big_endian(),          false,         {}};
}

Result<ObjectFacts> facts_of_archive(const Blob& file) {
  const bool thin = is_thin_archive(file.text());
  ObjectFacts facts;
  facts.semantic = Digest::of(file.bytes());
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

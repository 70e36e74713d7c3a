// An ELF file in memory, checked once and then simple to read: both classes, both byte orders,
// relocatable objects and linked images.
//
// Source: System V ABI, chapters 4 and 5. All names and contents are views into the file's bytes.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/elf/records.h"

namespace cbundle {

struct Section {
  std::string_view name;
  std::uint32_t type = 0;          // SHT_*
  std::uint64_t flags = 0;         // SHF_*
  std::uint64_t address = 0;       // VMA
  std::uint64_t load_address = 0;  // LMA; the same unless a script sets another
  std::uint64_t size = 0;          // bytes in memory
  std::uint64_t alignment = 1;     // at least 1
  std::uint64_t entry_size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  Bytes content;  // empty for SHT_NOBITS

  bool is_allocated() const { return (flags & SHF_ALLOC) != 0; }
  bool is_writable() const { return (flags & SHF_WRITE) != 0; }
  bool is_code() const { return (flags & SHF_EXECINSTR) != 0; }
};

struct Symbol {
  std::string_view name;  // of the section, for a section's symbol
  std::uint64_t value = 0;
  std::uint64_t size = 0;     // bytes
  std::uint8_t binding = 0;   // STB_*
  std::uint8_t type = 0;      // STT_*
  std::uint8_t other = 0;     // visibility and the machine's own bits
  std::uint32_t section = 0;  // index, or SHN_UNDEF, SHN_ABS, SHN_COMMON

  bool is_undefined() const { return section == SHN_UNDEF; }
  bool is_absolute() const { return section == SHN_ABS; }
  bool is_common() const { return section == SHN_COMMON; }
  bool is_local() const { return binding == STB_LOCAL; }
};

// The relocation records that apply to one section, in the file's order.
struct Relocations {
  std::uint32_t section = 0;  // index of the section they change
  bool has_addends = false;   // RELA
  Records records;
};

class ElfFile {
 public:
  // Error{bad_input}, without a file name: not ELF, truncated, a table out of bounds.
  static Result<ElfFile> parse(Blob bytes);

  bool is_64() const { return is_64_; }
  bool is_big_endian() const { return is_big_endian_; }
  std::uint16_t machine() const { return machine_; }  // EM_*
  std::uint16_t type() const { return type_; }        // ET_*
  std::uint32_t flags() const { return flags_; }      // e_flags

  const std::vector<Section>& sections() const { return sections_; }
  const std::vector<Symbol>& symbols() const { return symbols_; }
  // Of allocated sections only.
  const std::vector<Relocations>& relocations() const { return relocations_; }

  const Section* section_named(std::string_view name) const;  // the first, or null
  const Symbol* symbol_named(std::string_view name) const;    // not local, or null
  std::uint32_t index_of(const Section& section) const {
    return static_cast<std::uint32_t>(&section - sections_.data());
  }

 private:
  friend class ElfParser;
  Blob bytes_;
  bool is_64_ = false;
  bool is_big_endian_ = false;
  std::uint16_t machine_ = 0;
  std::uint16_t type_ = 0;
  std::uint32_t flags_ = 0;
  std::vector<Section> sections_;
  std::vector<Symbol> symbols_;
  std::vector<Relocations> relocations_;
};

// The dynamic loader that a program asks for (PT_INTERP), for programs without section headers too;
// empty for a static program and for what is not an ELF file.
std::string program_interpreter(std::string_view file);

}  // namespace cbundle

// Writes a relocatable ELF object: both classes, both byte orders, into memory.
//
// Source: System V ABI, chapter 4. The same calls give the same bytes.
#pragma once

#include <elf.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/elf/elf_file.h"

namespace cbundle {

class ObjectWriter {
 public:
  struct Kind {
    std::uint16_t machine = 0;  // EM_*
    bool is_64 = false;
    bool is_big_endian = false;
    std::uint32_t flags = 0;  // e_flags
  };
  struct NewSection {
    std::string name;
    std::uint32_t type = SHT_PROGBITS;
    std::uint64_t flags = 0;
    std::uint64_t alignment = 1;
    std::uint64_t size = 0;  // for SHT_NOBITS; otherwise the content's
    std::string content = {};
    std::uint64_t entry_size = 0;
  };
  struct NewSymbol {
    std::string name;
    std::uint64_t value = 0;
    std::uint64_t size = 0;
    std::uint8_t binding = STB_LOCAL;
    std::uint8_t type = STT_NOTYPE;
    std::uint8_t visibility = STV_DEFAULT;
    std::uint32_t section = SHN_UNDEF;
  };
  using SymbolHandle = std::size_t;

  explicit ObjectWriter(Kind kind) : kind_(kind) {}

  // Returns the section's index.
  std::uint32_t section(NewSection section);

  // Locals come before globals, as ELF requires, in any order of calls.
  SymbolHandle symbol(NewSymbol symbol);

  // A record for `section`; with addends (RELA) or without (REL, the addend is in the bytes), the
  // same for all records of one section.
  void relocation(std::uint32_t section, std::uint64_t offset, std::uint32_t type,
                  SymbolHandle symbol, std::int64_t addend, bool has_addend = true);

  // Returns the object's bytes; call it once.
  std::string finish();

 private:
  struct Record {
    std::uint64_t offset;
    std::uint32_t type;
    SymbolHandle symbol;
    std::int64_t addend;
  };
  struct Table {
    bool has_addends = true;
    std::vector<Record> records;
  };
  struct Header {
    NewSection section;
    std::uint32_t link = 0;
    std::uint32_t info = 0;
  };

  void put(std::string& out, std::uint64_t value, unsigned size) const;
  void put_word(std::string& out, std::uint64_t value) const { put(out, value, word()); }
  void put_record(std::string& out, const Record& record, bool has_addends,
                  const std::vector<std::uint32_t>& index) const;
  std::string symbol_table(std::string& names, std::vector<std::uint32_t>& index,
                           std::uint32_t& locals) const;
  std::string assemble();
  std::string file_header(std::uint64_t headers_at) const;
  void put_header(std::string& out, const Header& header, std::uint32_t name_at,
                  std::uint64_t content_at) const;
  unsigned word() const { return kind_.is_64 ? 8 : 4; }

  Kind kind_;
  std::vector<Header> headers_ = {Header{{.name = "", .type = SHT_NULL, .alignment = 0}, 0, 0}};
  std::vector<NewSymbol> symbols_;
  std::map<std::uint32_t, Table> tables_;
};

}  // namespace cbundle

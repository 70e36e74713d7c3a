// Changes an ELF file's tables in place, also in invalid files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cbundle {

// A number somewhere in the file.
struct Cell {
  std::size_t offset = 0;
  unsigned size = 0;  // bytes
};

class ElfEditor {
 public:
  // `bytes` outlives the editor. Other files have no tables.
  explicit ElfEditor(std::string& bytes);

  // A table of entries of the same size, and the cell of each field in an entry.
  struct Table {
    std::uint32_t section = 0;  // whose content it is; 0: the section headers
    std::size_t offset = 0;
    std::size_t entry_size = 0;
    std::size_t count = 0;
    std::vector<Cell> fields;
    Cell cell(std::size_t entry, std::size_t field) const {
      return {offset + entry * entry_size + fields[field].offset, fields[field].size};
    }
  };
  const Table& sections() const { return sections_; }
  std::vector<Table> segments() const;                           // the program headers, or nothing
  static constexpr std::size_t symbol_value = 4;                 // index of this field
  std::vector<Table> symbols() const { return tables_of({2}); }  // SHT_SYMTAB
  std::vector<Table> records() const { return tables_of({4, 9}); }

  // The allocated sections with content, and where they are in the file.
  struct Loaded {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::uint64_t address = 0;
    std::uint32_t section = 0;
  };
  std::vector<Loaded> loaded() const;

  std::uint64_t get(const Cell& cell) const;
  void set(const Cell& cell, std::uint64_t value);

  // Removes an entry from a section's table.
  void drop(const Table& table, std::size_t entry);

  // The index of the symbol that a record is against.
  std::uint64_t symbol_of(const Table& records, std::size_t entry) const;

 private:
  enum Header { name, type, flags, address, place, size, link, info, alignment, each };
  std::uint64_t header(std::size_t section, Header field) const {
    return get(sections_.cell(section, field));
  }
  std::vector<Table> tables_of(std::vector<std::uint64_t> types) const;
  std::vector<Cell> fields_of(std::uint64_t type) const;

  std::string& bytes_;
  bool is_64_ = false;
  bool is_big_endian_ = false;
  Table sections_;
};

}  // namespace cbundle

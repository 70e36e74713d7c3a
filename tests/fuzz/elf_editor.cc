#include "tests/fuzz/elf_editor.h"

#include <elf.h>

#include <algorithm>

namespace cbundle {

ElfEditor::ElfEditor(std::string& bytes) : bytes_(bytes) {
  if (!bytes.starts_with(ELFMAG) || bytes.size() < sizeof(Elf64_Ehdr)) return;
  is_64_ = bytes[EI_CLASS] == ELFCLASS64;
  is_big_endian_ = bytes[EI_DATA] == ELFDATA2MSB;
  sections_.offset = is_64_ ? get({0x28, 8}) : get({0x20, 4});
  sections_.entry_size = is_64_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  const unsigned w = is_64_ ? 8 : 4;
  std::size_t at = 0;
  for (const unsigned width : {4U, 4U, w, w, w, w, 4U, 4U, w, w}) {
    sections_.fields.push_back({at, width});
    at += width;
  }
  if (sections_.offset > bytes.size()) return;
  const std::size_t room = (bytes.size() - sections_.offset) / sections_.entry_size;
  sections_.count = std::min<std::size_t>(is_64_ ? get({0x3c, 2}) : get({0x30, 2}), room);
}

std::uint64_t ElfEditor::get(const Cell& cell) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < cell.size && cell.offset + i < bytes_.size(); ++i) {
    const unsigned shift = 8 * (is_big_endian_ ? cell.size - 1 - i : i);
    value |= std::uint64_t{static_cast<unsigned char>(bytes_[cell.offset + i])} << shift;
  }
  return value;
}

void ElfEditor::set(const Cell& cell, std::uint64_t value) {
  for (unsigned i = 0; i < cell.size && cell.offset + i < bytes_.size(); ++i) {
    const unsigned shift = 8 * (is_big_endian_ ? cell.size - 1 - i : i);
    bytes_[cell.offset + i] = static_cast<char>(value >> shift);
  }
}

std::vector<Cell> ElfEditor::fields_of(std::uint64_t of) const {
  if (of == SHT_SYMTAB) {
    if (is_64_) return {{0, 4}, {4, 1}, {5, 1}, {6, 2}, {8, 8}, {16, 8}};
    return {{0, 4}, {12, 1}, {13, 1}, {14, 2}, {4, 4}, {8, 4}};
  }
  const unsigned w = is_64_ ? 8 : 4;
  std::vector<Cell> fields{{0, w}, {w, w}};
  if (of == SHT_RELA) fields.push_back({2 * w, w});
  return fields;
}

std::vector<ElfEditor::Table> ElfEditor::tables_of(std::vector<std::uint64_t> types) const {
  std::vector<Table> found;
  for (std::size_t i = 1; i < sections_.count; ++i) {
    const std::uint64_t of = header(i, type);
    if (std::ranges::find(types, of) == types.end()) continue;
    Table table{static_cast<std::uint32_t>(i), header(i, place), 0, 0, fields_of(of)};
    for (const Cell& field : table.fields) {
      table.entry_size = std::max(table.entry_size, field.offset + field.size);
    }
    if (table.offset > bytes_.size()) continue;
    const std::uint64_t room =
        std::min<std::uint64_t>(header(i, size), bytes_.size() - table.offset);
    table.count = room / table.entry_size;
    if (table.count != 0) found.push_back(std::move(table));
  }
  return found;
}

std::vector<ElfEditor::Loaded> ElfEditor::loaded() const {
  std::vector<Loaded> found;
  for (std::size_t i = 1; i < sections_.count; ++i) {
    const bool has_bytes = (header(i, flags) & SHF_ALLOC) != 0 && header(i, type) != SHT_NOBITS;
    const std::uint64_t offset = header(i, place);
    if (!has_bytes || offset > bytes_.size() || header(i, size) > bytes_.size() - offset) continue;
    if (header(i, size) == 0) continue;
    found.push_back({offset, header(i, size), header(i, address), static_cast<std::uint32_t>(i)});
  }
  return found;
}

std::vector<ElfEditor::Table> ElfEditor::segments() const {
  if (sections_.count == 0) return {};
  Table table;
  table.offset = is_64_ ? get({0x20, 8}) : get({0x1c, 4});
  table.entry_size = is_64_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  table.count = is_64_ ? get({0x38, 2}) : get({0x2c, 2});
  if (is_64_) {
    table.fields = {{0, 4}, {8, 8}, {16, 8}, {24, 8}, {32, 8}, {40, 8}};
  } else {
    table.fields = {{0, 4}, {4, 4}, {8, 4}, {12, 4}, {16, 4}, {20, 4}};
  }
  if (table.count == 0 || table.offset > bytes_.size()) return {};
  return {table};
}

void ElfEditor::drop(const Table& table, std::size_t entry) {
  const std::size_t from = table.offset + (entry + 1) * table.entry_size;
  const std::size_t end = table.offset + table.count * table.entry_size;
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(from),
            bytes_.begin() + static_cast<std::ptrdiff_t>(end),
            bytes_.begin() + static_cast<std::ptrdiff_t>(from - table.entry_size));
  set(sections_.cell(table.section, size), (table.count - 1) * table.entry_size);
}

std::uint64_t ElfEditor::symbol_of(const Table& records, std::size_t entry) const {
  const Cell packed = records.cell(entry, 1);
  if (!is_64_) return get(packed) >> 8;
  // MIPS has its own format: the first four bytes, in both byte orders.
  const bool is_mips = get({0x12, 2}) == EM_MIPS;
  return is_mips || is_big_endian_ ? get({packed.offset, 4}) : get(packed) >> 32;
}

}  // namespace cbundle

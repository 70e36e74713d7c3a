#include "engine/elf/object_writer.h"

#include <algorithm>
#include <array>

#include "engine/base/endian.h"

namespace cbundle {

std::uint32_t ObjectWriter::section(NewSection section) {
  if (section.type != SHT_NOBITS) section.size = section.content.size();
  headers_.push_back({std::move(section), 0, 0});
  return static_cast<std::uint32_t>(headers_.size() - 1);
}

ObjectWriter::SymbolHandle ObjectWriter::symbol(NewSymbol symbol) {
  symbols_.push_back(std::move(symbol));
  return symbols_.size() - 1;
}

void ObjectWriter::relocation(std::uint32_t section, std::uint64_t offset, std::uint32_t type,
                              SymbolHandle symbol, std::int64_t addend, bool has_addend) {
  Table& table = tables_[section];
  table.has_addends = has_addend;
  table.records.push_back({offset, type, symbol, addend});
}

void ObjectWriter::put(std::string& out, std::uint64_t value, unsigned size) const {
  std::array<char, 8> raw;
  store_number(raw.data(), value, kind_.is_big_endian);
  out.append(raw.data() + (kind_.is_big_endian ? 8 - size : 0), size);
}

// The null symbol, locals, then globals; `index` maps handles to indices in the table.
std::string ObjectWriter::symbol_table(std::string& names, std::vector<std::uint32_t>& index,
                                       std::uint32_t& locals) const {
  std::vector<SymbolHandle> order(symbols_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto first_global = std::stable_partition(
      order.begin(), order.end(), [&](SymbolHandle h) { return symbols_[h].binding == STB_LOCAL; });
  locals = static_cast<std::uint32_t>(first_global - order.begin()) + 1;

  index.resize(symbols_.size());
  std::string table(kind_.is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), '\0');
  for (std::size_t i = 0; i < order.size(); ++i) {
    const NewSymbol& s = symbols_[order[i]];
    index[order[i]] = static_cast<std::uint32_t>(i + 1);
    std::uint32_t name = 0;
    if (!s.name.empty()) {
      name = static_cast<std::uint32_t>(names.size());
      names += s.name + '\0';
    }
    const auto info = static_cast<std::uint64_t>(s.binding << 4 | s.type);
    put(table, name, 4);
    if (!kind_.is_64) {
      put(table, s.value, 4);
      put(table, s.size, 4);
    }
    put(table, info, 1);
    put(table, s.visibility, 1);
    put(table, s.section, 2);
    if (kind_.is_64) {
      put(table, s.value, 8);
      put(table, s.size, 8);
    }
  }
  return table;
}

void ObjectWriter::put_record(std::string& out, const Record& record, bool has_addends,
                              const std::vector<std::uint32_t>& index) const {
  const std::uint32_t symbol = index[record.symbol];
  put_word(out, record.offset);
  if (kind_.is_64 && kind_.machine == EM_MIPS) {
    // n64 has symbol, special symbol and three types one by one, in any byte order.
    put(out, symbol, 4);
    put(out, 0, 1);
    put(out, record.type >> 16 & 0xff, 1);
    put(out, record.type >> 8 & 0xff, 1);
    put(out, record.type & 0xff, 1);
  } else if (kind_.is_64) {
    put(out, static_cast<std::uint64_t>(symbol) << 32 | record.type, 8);
  } else {
    put(out, static_cast<std::uint64_t>(symbol) << 8 | record.type, 4);
  }
  if (has_addends) put_word(out, static_cast<std::uint64_t>(record.addend));
}

std::string ObjectWriter::finish() {
  std::string names(1, '\0');
  std::vector<std::uint32_t> index;
  std::uint32_t locals = 0;
  std::string symbols = symbol_table(names, index, locals);
  const auto symbol_section = static_cast<std::uint32_t>(headers_.size() + tables_.size());

  for (auto& [section, table] : tables_) {
    const std::uint64_t each = std::uint64_t{word()} * (table.has_addends ? 3U : 2U);
    NewSection records{
        .name = (table.has_addends ? ".rela" : ".rel") + headers_[section].section.name,
        .type = table.has_addends ? std::uint32_t{SHT_RELA} : std::uint32_t{SHT_REL},
        .flags = SHF_INFO_LINK,
        .alignment = word(),
        .entry_size = each};
    records.content.reserve(table.records.size() * each);
    for (const Record& r : table.records) put_record(records.content, r, table.has_addends, index);
    table.records = {};
    const std::uint32_t at = this->section(std::move(records));
    headers_[at].link = symbol_section;
    headers_[at].info = section;
  }
  section({.name = ".symtab",
           .type = SHT_SYMTAB,
           .alignment = word(),
           .content = std::move(symbols),
           .entry_size = kind_.is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)});
  headers_[symbol_section].link = symbol_section + 1;
  headers_[symbol_section].info = locals;
  section({.name = ".strtab", .type = SHT_STRTAB, .content = std::move(names)});
  section({.name = ".shstrtab", .type = SHT_STRTAB});
  return assemble();
}

// The header, every section's content at its alignment, the section headers. Each content is freed
// once it is copied, because bundles can have many megabytes.
std::string ObjectWriter::assemble() {
  std::string names(1, '\0');
  std::vector<std::uint32_t> name_at(headers_.size(), 0);
  for (std::size_t i = 1; i < headers_.size(); ++i) {
    name_at[i] = static_cast<std::uint32_t>(names.size());
    names += headers_[i].section.name + '\0';
  }
  headers_.back().section.size = names.size();
  headers_.back().section.content = std::move(names);

  std::uint64_t end = kind_.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
  std::vector<std::uint64_t> content_at(headers_.size(), 0);
  for (std::size_t i = 1; i < headers_.size(); ++i) {
    const NewSection& s = headers_[i].section;
    // More than 64 matters only in memory, not in the file.
    const auto alignment = std::clamp<std::uint64_t>(s.alignment, 1, 64);
    content_at[i] = (end + alignment - 1) / alignment * alignment;
    end = content_at[i] + s.content.size();
  }
  const std::uint64_t headers_at = (end + 7) / 8 * 8;

  std::string file = file_header(headers_at);
  file.reserve(headers_at + headers_.size() * sizeof(Elf64_Shdr));
  for (std::size_t i = 1; i < headers_.size(); ++i) {
    file.resize(content_at[i]);
    file += headers_[i].section.content;
    headers_[i].section.content = {};
  }
  file.resize(headers_at);
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    put_header(file, headers_[i], name_at[i], content_at[i]);
  }
  return file;
}

void ObjectWriter::put_header(std::string& out, const Header& h, std::uint32_t name_at,
                              std::uint64_t content_at) const {
  const NewSection& s = h.section;
  put(out, name_at, 4);
  put(out, s.type, 4);
  put_word(out, s.flags);
  put_word(out, 0);  // address
  put_word(out, content_at);
  put_word(out, s.size);
  put(out, h.link, 4);
  put(out, h.info, 4);
  put_word(out, s.alignment);
  put_word(out, s.entry_size);
}

std::string ObjectWriter::file_header(std::uint64_t headers_at) const {
  std::string file(ELFMAG);
  file += static_cast<char>(kind_.is_64 ? ELFCLASS64 : ELFCLASS32);
  file += static_cast<char>(kind_.is_big_endian ? ELFDATA2MSB : ELFDATA2LSB);
  file += static_cast<char>(EV_CURRENT);
  file.resize(EI_NIDENT);
  put(file, ET_REL, 2);
  put(file, kind_.machine, 2);
  put(file, EV_CURRENT, 4);
  put_word(file, 0);  // entry
  put_word(file, 0);  // program headers
  put_word(file, headers_at);
  put(file, kind_.flags, 4);
  put(file, kind_.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), 2);
  put(file, 0, 4);  // no program headers, of no size
  put(file, kind_.is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), 2);
  put(file, headers_.size(), 2);
  put(file, headers_.size() - 1, 2);
  return file;
}

}  // namespace cbundle

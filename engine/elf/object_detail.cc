#include "engine/elf/object_detail.h"

#include <algorithm>
#include <map>

#include "engine/base/digest.h"
#include "engine/base/endian.h"
#include "engine/base/pack.h"
#include "engine/elf/archive.h"
#include "engine/elf/elf_file.h"

namespace cbundle {
namespace {

constexpr std::size_t max_details = 20'000;

// Debug sections never reach a bundle; the tables of the file are seen in what they describe,
bool is_described(const Section& s) {
  const bool is_debug = s.name.starts_with(".debug") || s.name.starts_with(".zdebug");
  if (is_debug && !s.is_allocated()) return false;
  switch (s.type) {
    case SHT_NULL:
    case SHT_SYMTAB:
    case SHT_STRTAB:
    case SHT_GROUP:  // as are groups, in their members
    case SHT_REL:
    case SHT_RELA:
    case SHT_SYMTAB_SHNDX: return false;
    default: return true;
  }
}

// A label that a compiler has numbered, such as .LC7, or a mapping symbol, such as $d: a place in a
// section, whose name says nothing.
bool is_label(const Symbol& s) {
  return s.is_local() && (s.name.starts_with(".L") || s.name.starts_with("$"));
}

std::uint64_t hash_of(std::string_view bytes) {
  return load_number<std::uint64_t>(Digest::of(bytes).raw().data(), false);
}

class Describer {
 public:
  explicit Describer(const ElfFile& elf) : elf_(elf) {
    for (const Relocations& table : elf.relocations()) {
      for (const Relocation& record : table.records) records_[table.section].push_back(record);
    }
    for (auto& [section, records] : records_) {
      std::ranges::stable_sort(records, {}, &Relocation::offset);
    }
  }

  ObjectDetail detail() const {
    ObjectDetail detail;
    for (const Section& s : elf_.sections()) {
      if (is_described(s)) detail.sections.push_back(section(s));
    }
    for (const Symbol& s : elf_.symbols()) {
      if (s.name.empty() || s.type == STT_SECTION || s.type == STT_FILE || is_label(s)) continue;
      detail.symbols.push_back(symbol(s));
    }
    return detail;
  }

 private:
  SectionDetail section(const Section& s) const {
    return {std::string(s.name),
            s.type,
            s.flags,
            s.size,
            s.alignment,
            content(elf_.index_of(s), 0, s.content.size(), true)};
  }

  SymbolDetail symbol(const Symbol& s) const {
    SymbolDetail detail{std::string(s.name), s.size,           s.binding, s.type,
                        s.other & 3U,        !s.is_undefined()};
    if (s.section < elf_.sections().size()) {
      detail.content = content(s.section, s.value, s.size, false);
    }
    return detail;
  }

  // Of `size` bytes at `start`, as far as the section has them.
  std::uint64_t content(std::uint32_t section, std::uint64_t start, std::uint64_t size,
                        bool with_all_addends) const {
    const Bytes bytes = elf_.sections()[section].content;
    start = std::min<std::uint64_t>(start, bytes.size());
    size = std::min<std::uint64_t>(size, bytes.size() - start);
    Packer out;
    out << std::string_view(reinterpret_cast<const char*>(bytes.data()) + start, size);
    const auto found = records_.find(section);
    if (found == records_.end()) return hash_of(out.take());
    const std::vector<Relocation>& records = found->second;
    auto record = std::ranges::lower_bound(records, start, {}, &Relocation::offset);
    for (; record != records.end() && record->offset < start + size; ++record) {
      add(*record, start, with_all_addends, out);
    }
    return hash_of(out.take());
  }

  void add(const Relocation& record, std::uint64_t start, bool with_all_addends,
           Packer& out) const {
    out << record.offset - start << record.type;
    if (record.symbol >= elf_.symbols().size()) return;
    const Symbol& target = elf_.symbols()[record.symbol];
    const bool is_place = target.type == STT_SECTION || is_label(target);
    if (is_place && target.section < elf_.sections().size()) {
      out << elf_.sections()[target.section].name;
    } else {
      out << target.name;
    }
    if (with_all_addends && is_place) out << target.value;
    if (with_all_addends || !is_place) out << record.addend;
  }

  const ElfFile& elf_;
  std::map<std::uint32_t, std::vector<Relocation>> records_;  // of each section, by offset
};

Error too_many() { return {ErrorKind::bad_input, "too many sections and symbols"}; }

Result<ObjectDetail> detail_of(const Blob& file) {
  const ElfFile elf = TRY(ElfFile::parse(file));
  if (elf.sections().size() + elf.symbols().size() > max_details) {
    return too_many();
  }
  return Describer(elf).detail();
}

}  // namespace

// Found by Packer and Unpacker through their arguments' namespace, so not in an unnamed one.
Packer& operator<<(Packer& out, const SectionDetail& s) {
  return out << s.name << s.type << s.flags << s.size << s.alignment << s.content;
}
Unpacker& operator>>(Unpacker& in, SectionDetail& s) {
  return in >> s.name >> s.type >> s.flags >> s.size >> s.alignment >> s.content;
}
Packer& operator<<(Packer& out, const SymbolDetail& s) {
  return out << s.name << s.size << s.binding << s.type << s.visibility << s.is_defined
             << s.content;
}
Unpacker& operator>>(Unpacker& in, SymbolDetail& s) {
  return in >> s.name >> s.size >> s.binding >> s.type >> s.visibility >> s.is_defined >> s.content;
}
Packer& operator<<(Packer& out, const ObjectDetail& d) {
  return out << d.member << d.sections << d.symbols;
}
Unpacker& operator>>(Unpacker& in, ObjectDetail& d) {
  return in >> d.member >> d.sections >> d.symbols;
}

Result<std::vector<ObjectDetail>> details_of(const Blob& file) {
  std::vector<ObjectDetail> details;
  if (!is_archive(file.text())) {
    details.push_back(TRY(detail_of(file)));
    return details;
  }
  if (is_thin_archive(file.text())) return details;
  std::size_t total = 0;
  const auto add = [&](std::string_view name, std::size_t size, std::size_t at) -> Result<void> {
    ObjectDetail detail = TRY(detail_of(Blob(std::string(file.text().substr(at, size)))));
    detail.member = name;
    total += detail.sections.size() + detail.symbols.size();
    if (total > max_details) return too_many();
    details.push_back(std::move(detail));
    return {};
  };
  TRY(for_each_member(file.text(), add));
  return details;
}

std::string pack(const std::vector<ObjectDetail>& details) {
  Packer out;
  out << details;
  return out.take();
}

std::vector<ObjectDetail> unpack_details(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<ObjectDetail> details;
  in >> details;
  if (!in.good()) details.clear();
  return details;
}

}  // namespace cbundle

// Fuzzes the ELF reader: any bytes are refused, or can be read completely.
#include <cstdio>
#include <cstdlib>

#include "engine/elf/elf_file.h"
#include "engine/elf/object_facts.h"
#include "engine/elf/target.h"

namespace cbundle {
namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "elf_file_fuzz: %s\n", what);
  std::abort();
}

// Reads every byte, so that the sanitizer reports those outside the file.
std::uint64_t sum_of(std::string_view text) {
  std::uint64_t sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  return sum;
}

std::uint64_t read_sections(const ElfFile& elf) {
  std::uint64_t sum = 0;
  for (const Section& s : elf.sections()) {
    sum += sum_of(s.name) + sum_of(as_text(s.content));
    require((s.alignment & (s.alignment - 1)) == 0 && s.alignment != 0, "an invalid alignment");
    require(s.content.empty() || s.content.size() == s.size, "a section of another size");
    require(&elf.sections()[elf.index_of(s)] == &s, "a section of another index");
    require(elf.section_named(s.name) != nullptr, "a section that its name does not find");
  }
  return sum;
}

std::uint64_t read_symbols(const ElfFile& elf) {
  std::uint64_t sum = 0;
  for (const Symbol& s : elf.symbols()) {
    sum += sum_of(s.name);
    const bool is_ordinary = s.section < SHN_LORESERVE;
    require(!is_ordinary || s.section < elf.sections().size() || s.is_undefined(),
            "a symbol in no section");
  }
  // Not all of them, which would be quadratic.
  for (std::size_t i = 0; i < elf.symbols().size() && i < 16; ++i) {
    const Symbol& s = elf.symbols()[i];
    const Symbol* found = elf.symbol_named(s.name);
    require(s.is_local() || (found != nullptr && found->name == s.name),
            "a symbol that its name does not find");
  }
  return sum;
}

void read_records(const ElfFile& elf) {
  const Target* target = target_for(elf.machine(), elf.is_64(), elf.is_big_endian());
  for (const Relocations& table : elf.relocations()) {
    require(table.section < elf.sections().size(), "a table for no section");
    for (const Relocation& r : table.records) {
      require(r.symbol < elf.symbols().size(), "a record against no symbol");
      require(table.has_addends || r.addend == 0, "an addend without RELA");
      if (target != nullptr) static_cast<void>(type_of(*target, r.type));
    }
  }
  if (target != nullptr) static_cast<void>(granule_of(*target, elf));
}

// Equal bytes have equal facts.
void read_facts(const Blob& file) {
  const auto facts = facts_of(file);
  const auto again = facts_of(file);
  require(static_cast<bool>(facts) == static_cast<bool>(again), "facts that change");
  if (!facts) {
    require(facts.error().kind == ErrorKind::bad_input && !facts.error().text().empty(),
            "an error without a message");
    return;
  }
  require(facts.value().semantic == again.value().semantic, "a digest that changes");
  for (const std::string& member : facts.value().members) sum_of(member);
}

void read(std::string_view bytes) {
  const Blob file{std::string(bytes)};
  read_facts(file);
  const auto elf = ElfFile::parse(file);
  if (!elf) {
    require(!elf.error().text().empty(), "an error without a message");
    return;
  }
  volatile std::uint64_t sum = read_sections(elf.value()) + read_symbols(elf.value());
  static_cast<void>(sum);
  read_records(elf.value());
}

}  // namespace
}  // namespace cbundle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cbundle::read({reinterpret_cast<const char*>(data), size});
  return 0;
}

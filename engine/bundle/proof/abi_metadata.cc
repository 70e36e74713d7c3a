#include "engine/bundle/proof/abi_metadata.h"

#include <algorithm>

namespace cbundle {
namespace {

// "$a", "$t", "$d" and "$x", with or without a suffix.
bool is_mapping(const Symbol& s) {
  return s.is_local() && s.type == STT_NOTYPE && s.name.size() >= 2 && s.name[0] == '$' &&
         std::string_view("atdx").find(s.name[1]) != std::string_view::npos;
}

bool is_abi_attribute(std::uint16_t machine, std::uint32_t type) {
  constexpr std::uint32_t mips_abiflags = SHT_LOPROC + 0x2a;
  switch (machine) {
    case EM_ARM:
    case EM_RISCV: return type == SHT_ARM_ATTRIBUTES;  // and SHT_RISCV_ATTRIBUTES, the same number
    case EM_MIPS:
      return type == SHT_MIPS_REGINFO || type == SHT_MIPS_OPTIONS || type == mips_abiflags ||
             type == SHT_GNU_ATTRIBUTES;
    default: return false;
  }
}

}  // namespace

std::vector<MappingSymbol> mapping_symbols_of(const Image& layout, const Target& target) {
  std::vector<MappingSymbol> mapping_symbols;
  for (const Symbol& s : layout.elf->symbols()) {
    const ImageSection* section = is_mapping(s) ? layout.find_section(s.section) : nullptr;
    if (section == nullptr) continue;
    mapping_symbols.push_back(
        {std::string(s.name), section->offset + target.narrow(s.value - section->address)});
  }
  std::ranges::stable_sort(mapping_symbols, {}, &MappingSymbol::offset);
  return mapping_symbols;
}

std::vector<Attributes> attributes_of(const ElfFile& partial) {
  std::vector<Attributes> attributes;
  for (const Section& s : partial.sections()) {
    if (!is_abi_attribute(partial.machine(), s.type)) continue;
    attributes.push_back({std::string(s.name), s.type, s.flags, s.alignment, s.entry_size,
                          std::string(as_text(s.content))});
  }
  return attributes;
}

}  // namespace cbundle

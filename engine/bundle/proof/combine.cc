#include "engine/bundle/proof/combine.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/bundle/proof/relocation_proof.h"

namespace cbundle {
namespace {

// The symbol of `layout` that an export of this name means; null: none. It is global in the partial
// link, but some linkers make hidden symbols local, and put them after the objects' own locals.
const Symbol* exported_symbol(std::string_view name, const ElfFile& partial,
                              const ElfFile& layout) {
  if (const Symbol* global = layout.symbol_named(name)) return global;
  const Symbol* original = partial.symbol_named(name);
  if (original == nullptr) return nullptr;
  const Symbol* found = nullptr;
  for (const Symbol& s : layout.symbols()) {
    if (s.name == name && s.type == original->type && s.size == original->size) found = &s;
  }
  return found;
}

constexpr auto sections_hint =
    "the script must not depend on addresses or differ in size between layouts";

void compare(const LayoutPair& layouts, const ImageSection& a, const ImageSection& b,
             ProofErrors& errors) {
  const std::string_view name = layouts.a.elf_section(a).name;
  const std::string section = "section " + std::string(name);
  if (name != layouts.b.elf_section(b).name || a.size != b.size || a.offset != b.offset) {
    errors.add(section + " is not the same in both layouts (" + hex(a.size) + " and " +
                   hex(b.size) + " bytes at " + hex(a.offset) + " and " + hex(b.offset) + ")",
               sections_hint);
  } else if (layouts.a.content_of(a).size() != layouts.b.content_of(b).size()) {
    errors.add(section + " has bytes in one layout only");
  } else if (!layouts.moves(a.address, b.address)) {
    errors.add(section + " is at " + hex(a.address) + " in one layout and at " + hex(b.address) +
                   " in the other, " + hex(layouts.target.narrow(b.address - a.address)) +
                   " apart instead of " + hex(layouts.plan.distance),
               "the script computes the address in a way that does not move with the rest");
  }
}

// An object can only ask for an alignment. If the layout began between two multiples of it,
// constants would be misaligned, and page addresses in code wrong.
bool begins_aligned(const LayoutPair& layouts, ProofErrors& errors) {
  if (layouts.a.sections.empty()) return true;
  const std::uint64_t excess = layouts.start() & (layouts.plan.granule - 1);
  if (excess == 0) return true;
  const std::string granule = hex(layouts.plan.granule);
  errors.add("the script begins the bundle " + hex(excess) + " bytes after a multiple of " +
                 granule + ", but the object can only be placed at such a multiple",
             "begin its first section at a multiple of " + granule);
  return false;
}

// Whether all sections have equal names, sizes and offsets, are exactly the layouts' distance
// apart, and begin at a multiple of the granule.
bool have_same_sections(const LayoutPair& layouts, ProofErrors& errors) {
  const std::vector<ImageSection>& a = layouts.a.sections;
  const std::vector<ImageSection>& b = layouts.b.sections;
  if (a.size() != b.size()) {
    errors.add("the two layouts hold different sections", sections_hint);
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) compare(layouts, a[i], b[i], errors);
  return errors.empty() && begins_aligned(layouts, errors);
}

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

class Combiner {
 public:
  Combiner(const ElfFile& partial, const LayoutPair& layouts, const Spec& spec,
           std::span<const Import> imports)
      : partial_(partial),
        layouts_(layouts),
        spec_(spec),
        imports_(imports),
        errors_(partial, *layouts.a.elf) {}

  Combined run() {
    if (have_same_sections(layouts_, errors_)) {
      check_relocations(layouts_, imports_.size(), output_, errors_);
      output_.sort();
      if (errors_.empty()) report_differences(layouts_, output_.relocated(), errors_);
      describe();
    }
    if (errors_.empty()) {
      bundle_.segments = segments_of(layouts_.a);
      output_.clear_fields(bundle_.segments);
    }
    return {std::move(bundle_), errors_.take()};
  }

 private:
  void describe() {
    bundle_.target = layouts_.target.name;
    bundle_.elf_flags = partial_.flags();
    bundle_.alignment = layouts_.plan.granule;
    for (const Import& import : imports_) bundle_.imports.push_back(import.name);
    for (const std::string& name : spec_.exports) add_export(name);
    if (layouts_.target.has_mapping_symbols) {
      bundle_.mapping_symbols = mapping_symbols_of(layouts_.a, layouts_.target);
    }
    if (layouts_.target.machine == layouts_.target.output_machine) {
      bundle_.attributes = attributes_of(partial_);
    }
  }

  void add_export(const std::string& name) {
    const std::string subject = "export " + quote(name);
    const Image& a = layouts_.a;
    const Symbol* symbol = exported_symbol(name, partial_, *a.elf);
    const Symbol* counterpart = exported_symbol(name, partial_, *layouts_.b.elf);
    if (symbol == nullptr || symbol->is_undefined() || counterpart == nullptr) {
      return errors_.add(subject + " is not defined in the bundle");
    }
    const ImageSection* section =
        symbol->is_absolute() ? a.section_at(symbol->value) : a.find_section(symbol->section);
    const std::uint64_t offset =
        section == nullptr ? 0 : layouts_.target.narrow(symbol->value - section->address);
    const auto& sections = a.elf->sections();
    if (section == nullptr && symbol->section < sections.size()) {
      errors_.add(subject + " is in section " + std::string(sections[symbol->section].name) +
                      ", which is not part of the bundle",
                  "place that section in the script");
    } else if (section == nullptr || offset > section->size) {
      errors_.add(subject + " is before or after the bundle's bytes");
    } else if (!layouts_.moves(symbol->value, counterpart->value)) {
      errors_.add(subject + " does not move with the bundle",
                  "the script computes its address in a way that does not move");
    } else {
      bundle_.exports.push_back({name, section->offset + offset, symbol->size, symbol->type});
    }
  }

  const ElfFile& partial_;
  const LayoutPair& layouts_;
  const Spec& spec_;
  std::span<const Import> imports_;
  Bundle bundle_;
  ProofErrors errors_;
  OutputFields output_{layouts_, spec_.mode, bundle_, errors_};
};

}  // namespace

Combined combine(const Layouts& layouts, const Target& target, const LayoutPlan& plan,
                 const Spec& spec, std::span<const Import> imports) {
  Result<Image> a = image_of(layouts.a, target);
  if (!a) return {{}, std::move(a).error().diagnostics};
  Result<Image> b = image_of(layouts.b, target);
  if (!b) return {{}, std::move(b).error().diagnostics};
  const LayoutPair pair{std::move(a).value(), std::move(b).value(), target, plan};
  return Combiner(layouts.partial, pair, spec, imports).run();
}

}  // namespace cbundle

#include "engine/bundle/proof/combine.h"

#include "engine/base/text.h"
#include "engine/bundle/proof/abi_metadata.h"
#include "engine/bundle/proof/compare_layouts.h"
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
    if (have_same_shape(layouts_, errors_)) {
      RelocationProof(layouts_, imports_.size(), output_, errors_).run();
      output_.sort();
      if (errors_.empty()) {
        for (const Difference& d : differences(layouts_, output_.relocated())) report(d);
      }
      describe();
    }
    if (errors_.empty()) {
      bundle_.segments = segments_of(layouts_.a);
      output_.blank(bundle_.segments);
    }
    return {std::move(bundle_), errors_.take()};
  }

 private:
  void report(const Difference& d) {
    const ImageSection& section = layouts_.a.sections[d.section];
    if (d.kind == Difference::shared_bits) {
      return errors_.add_at(section, d.offset, "has two relocation records for the same bits");
    }
    const auto byte_of = [&](const Image& image) {
      return hex(std::to_integer<unsigned>(image.content_of(image.sections[d.section])[d.offset]));
    };
    errors_.add_at(
        section, d.offset,
        "has a byte at offset " + hex(d.offset) + " that depends on where the bundle is (" +
            byte_of(layouts_.a) + " and " + byte_of(layouts_.b) +
            "), and no relocation record explains it",
        "look for an address in a script's expression, or for code that the linker made");
  }

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
    const Symbol* twin = exported_symbol(name, partial_, *layouts_.b.elf);
    if (symbol == nullptr || symbol->is_undefined() || twin == nullptr) {
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
    } else if (!layouts_.moves(symbol->value, twin->value)) {
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

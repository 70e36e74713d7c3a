// How fields that depend on the bundle's address are written into the bundle: as references, which
// the final link fills in, and as fixups, which the host does.
#pragma once

#include <optional>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/proof/differences.h"

namespace cbundle {

class OutputFields {
 public:
  // All outlive this. Adds to the bundle's references and fixups, or to the errors.
  OutputFields(const LayoutPair& layouts, Mode mode, Bundle& bundle, ProofErrors& errors)
      : layouts_(layouts), mode_(mode), bundle_(bundle), errors_(errors) {}

  // A field with the distance to an import.
  void refer_to_import(const RelocationSite& site);
  // A field with the distance to `symbol`, see Reference::import.
  void refer(const RelocationSite& site, std::uint32_t symbol, std::int64_t addend);
  // A field with an address: of the bundle itself, or of an import.
  void fix_up(const RelocationSite& site);
  // A word of the global offset table, with the address of `import`, see Fixup::import.
  void fix_up_got_word(std::uint64_t offset, std::uint32_t import, std::int64_t addend);

  // Of all references so far; sorted by offset after sort().
  const std::vector<RelocatedField>& relocated() const { return relocated_; }
  void sort();

  // Removes from the segments what the layout's link left in these fields: they keep the addend, or
  // nothing of meaning.
  void clear_fields(std::vector<Segment>& segments) const;

 private:
  void refuse(const RelocationSite& site, std::string hint = {});
  bool require_vma_equals_lma(const RelocationSite& site);
  std::uint32_t own_symbol(const RelocationType& type) const;
  std::optional<PassthroughRelocation> passthrough(const RelocationSite& site,
                                                   std::int64_t addend) const;
  bool loses_addend(const RelocationSite& site, std::uint32_t symbol,
                    const PassthroughRelocation& record) const;
  void add_reference(const Reference& reference, const Field& field, std::uint64_t word);

  const LayoutPair& layouts_;
  const Mode mode_;
  Bundle& bundle_;
  ProofErrors& errors_;
  std::vector<RelocatedField> relocated_;
};

// The addend to an import's start; a script's name for a place in it has an offset of its own.
std::int64_t addend_to_import(const RelocationSite& site);

}  // namespace cbundle

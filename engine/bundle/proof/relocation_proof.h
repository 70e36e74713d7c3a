// Explains every relocation record of two layouts: what its field must hold, and what becomes of
// the field in the bundle.
#pragma once

#include <optional>

#include "engine/bundle/proof/field_overlap_checker.h"
#include "engine/bundle/proof/output_fields.h"

namespace cbundle {

class RelocationProof {
 public:
  // All outlive this; `imports` is their number.
  RelocationProof(const LayoutPair& layouts, std::size_t imports, OutputFields& output,
                  ProofErrors& errors);

  // Adds an error for every field that does not hold exactly what its records say, or that depends
  // on the bundle's address in a way no bundle can have; passes the others that depend on it to the
  // output.
  void run();

 private:
  void explain_section(const Relocations& a, const Relocations& b, const ImageSection& section);
  std::optional<RelocationSite> site_of(const ImageSection& section, const LinkedRecord& a,
                                        const LinkedRecord& b);
  void explain(const RelocationSite& site);
  void explain_sum(const ImageSection& section, const LinkedTable& a, const LinkedTable& b,
                   std::size_t first, std::size_t end);
  void explain_site_value(const RelocationSite& site);
  void explain_slot(const RelocationSite& site);
  void explain_got();
  void output_by_origin(const RelocationSite& site);
  bool reaches_bundle(const RelocationSite& site) const;
  void report_mismatch(const RelocationSite& site);
  void report_origin(const RelocationSite& site);
  std::string whereabouts(const Symbol& symbol) const;

  const LayoutPair& layouts_;
  OutputFields& output_;
  ProofErrors& errors_;
  const RelocationTypes types_;
  SymbolClassifier classifier_;
  GotTable got_;
  std::uint64_t end_ = 0;  // address after layout A's bundle
};

}  // namespace cbundle

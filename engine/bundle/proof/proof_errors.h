// Collects what is wrong with two layouts, with places in the partial link's object: that one knows
// of source lines, a layout does not.
#pragma once

#include <optional>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/bundle/proof/relocation_site.h"
#include "engine/bundle/symbol_finder.h"

namespace cbundle {

class ProofErrors {
 public:
  // Both files outlive this.
  ProofErrors(const ElfFile& partial, const ElfFile& layout_a)
      : partial_(partial), layout_(layout_a) {}

  bool empty() const { return errors_.empty(); }
  Diagnostics take() { return std::move(errors_); }

  void add(std::string message, std::string hint = {});

  // The subject of the message is the function, variable or section at a place of layout A.
  void add_at(const ImageSection& section, std::uint64_t offset, std::string_view predicate,
              std::string hint = {});
  void add_at(const RelocationSite& site, std::string_view predicate, std::string hint = {});

 private:
  Diagnostic error_at(const ImageSection& section, std::uint64_t offset, std::string_view predicate,
                      std::string hint);
  const Symbol* only_twin_of(const Symbol& named) const;

  const ElfFile& partial_;
  const ElfFile& layout_;
  std::optional<SymbolFinder> names_;  // of layout A; made for the first error
  Diagnostics errors_;
};

}  // namespace cbundle

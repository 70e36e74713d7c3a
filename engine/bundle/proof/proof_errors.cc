#include "engine/bundle/proof/proof_errors.h"

namespace cbundle {

void ProofErrors::add(std::string message, std::string hint) {
  errors_.push_back({.message = std::move(message), .hint = std::move(hint)});
}

void ProofErrors::add_at(const ImageSection& section, std::uint64_t offset,
                         std::string_view predicate, std::string hint) {
  errors_.push_back(error_at(section, offset, predicate, std::move(hint)));
}

void ProofErrors::add_at(const RelocationSite& site, std::string_view predicate, std::string hint) {
  Diagnostic error = error_at(site.section, site.a.offset(), predicate, std::move(hint));
  error.relocation = site.type().name;
  error.target = site.symbol().name;
  errors_.push_back(std::move(error));
}

Diagnostic ProofErrors::error_at(const ImageSection& section, std::uint64_t offset,
                                 std::string_view predicate, std::string hint) {
  if (!names_) names_.emplace(layout_);
  const SectionOffset place{section.index, section.address + offset};
  Diagnostic error = names_->error_at(place, predicate, std::move(hint));
  error.place.reset();
  const Symbol* named = names_->symbol_at(place);
  const bool is_shown = errors_.size() < max_shown;  // finding each counterpart walks all symbols
  const Symbol* counterpart = named != nullptr && is_shown ? only_counterpart_of(*named) : nullptr;
  if (counterpart == nullptr) return error;
  const std::uint64_t distance = place.offset - names_->start_of(*named);
  error.place = SectionOffset{counterpart->section, names_->start_of(*counterpart) + distance};
  error.section = partial_.sections()[counterpart->section].name;
  error.offset = error.place->offset;
  return error;
}

// The symbol of the partial object that a symbol of a layout comes from; null where several fit.
const Symbol* ProofErrors::only_counterpart_of(const Symbol& named) const {
  const Symbol* found = nullptr;
  for (const Symbol& s : partial_.symbols()) {
    const bool is_twin = is_source_symbol(s) && s.name == named.name && s.type == named.type &&
                         s.size == named.size && s.section < partial_.sections().size();
    if (is_twin && found != nullptr) return nullptr;
    if (is_twin) found = &s;
  }
  return found;
}

}  // namespace cbundle

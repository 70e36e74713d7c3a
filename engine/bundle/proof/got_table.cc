#include "engine/bundle/proof/got_table.h"

namespace cbundle {

std::optional<std::uint64_t> GotTable::held(const Image& image, std::uint64_t slot) const {
  const ImageSection* piece = image.got_section();
  const unsigned size = target_.word_size();
  if (piece == nullptr) return std::nullopt;
  const std::uint64_t at = target_.narrow(slot - piece->address);
  const Bytes content = image.elf->sections()[piece->section].content;
  if (at % size != 0 || at >= content.size() || content.size() - at < size) return std::nullopt;
  return load_word(content.data() + at, size, target_.is_big_endian);
}

std::string GotTable::use(std::uint64_t slot_a, std::uint64_t slot_b, const SymbolClass& judged,
                          std::uint64_t wanted_a, std::uint64_t wanted_b) {
  const auto a = held(a_, slot_a);
  const auto b = held(b_, slot_b);
  if (!a || !b) return "reaches no slot of the global offset table";
  const bool exact = *a == target_.narrow(wanted_a) && *b == target_.narrow(wanted_b);
  const bool moved = target_.narrow(*b - *a) == target_.narrow(plan_.distance);
  const bool rounded = (*a & 0xffff) == 0 && moved;
  if (!exact && (judged.origin == SymbolOrigin::import || !rounded)) {
    return "reaches a slot of the global offset table that holds something else";
  }
  const auto [use, fresh] = uses_.emplace(slot_a, judged);
  if (!fresh && use->second != judged) {
    return "shares a slot of the global offset table with another symbol";
  }
  return {};
}

GotTable::Words GotTable::words() const {
  Words found;
  const ImageSection* piece = a_.got_section();
  const ImageSection* twin = b_.got_section();
  if (piece == nullptr || twin == nullptr) return found;
  const std::uint64_t start = a_.sections.front().address;
  for (std::uint64_t at = 0; at + target_.word_size() <= piece->size; at += target_.word_size()) {
    const auto a = held(a_, piece->address + at);
    const auto b = held(b_, twin->address + at);
    if (!a || !b) break;
    const auto use = uses_.find(piece->address + at);
    const bool is_import = use != uses_.end() && use->second.origin == SymbolOrigin::import;
    const std::uint64_t moved = target_.narrow(*b - *a);
    if (is_import) {
      found.words.push_back({piece->offset + at, use->second.import, use->second.beyond});
    } else if (moved == target_.narrow(plan_.distance)) {
      found.words.push_back({piece->offset + at, internal, static_cast<std::int64_t>(*a - start)});
    } else if (moved != 0) {
      found.astray.push_back(piece->offset + at);
    }
  }
  return found;
}

}  // namespace cbundle

#include "engine/bundle/proof/got_table.h"

namespace cbundle {

std::optional<std::uint64_t> GotTable::word_at(const Image& image, std::uint64_t address) const {
  const ImageSection* section = image.got_section();
  const unsigned size = layouts_.target.word_size();
  if (section == nullptr) return std::nullopt;
  const std::uint64_t at = layouts_.target.narrow(address - section->address);
  const Bytes content = image.content_of(*section);
  if (at % size != 0 || at >= content.size() || content.size() - at < size) return std::nullopt;
  return load_word(content.data() + at, size, layouts_.target.is_big_endian);
}

std::string_view GotTable::check_slot(const InBoth& slot, const SymbolClass& symbol_class,
                                      const InBoth& expected) {
  const Target& target = layouts_.target;
  const auto a = word_at(layouts_.a, slot.a);
  const auto b = word_at(layouts_.b, slot.b);
  if (!a || !b) return "is not in the table";
  const bool is_exact = *a == target.narrow(expected.a) && *b == target.narrow(expected.b);
  const bool is_rounded = (*a & 0xffff) == 0 && layouts_.moves(*a, *b);
  if (!is_exact && (symbol_class.origin == SymbolOrigin::import || !is_rounded)) {
    return "holds something else";
  }
  const auto [use, is_new] = uses_.emplace(slot.a, symbol_class);
  if (!is_new && use->second != symbol_class) return "is another symbol's, too";
  return {};
}

GotTable::Words GotTable::words() const {
  Words found;
  const ImageSection* section = layouts_.a.got_section();
  const ImageSection* twin = layouts_.b.got_section();
  if (section == nullptr || twin == nullptr) return found;
  const unsigned size = layouts_.target.word_size();
  for (std::uint64_t at = 0; at + size <= section->size; at += size) {
    const auto a = word_at(layouts_.a, section->address + at);
    const auto b = word_at(layouts_.b, twin->address + at);
    if (!a || !b) break;
    const std::uint64_t offset = section->offset + at;
    const auto use = uses_.find(section->address + at);
    if (use != uses_.end() && use->second.origin == SymbolOrigin::import) {
      found.words.push_back({offset, use->second.import, use->second.offset});
    } else if (layouts_.moves(*a, *b)) {
      found.words.push_back({offset, internal, static_cast<std::int64_t>(*a - layouts_.start())});
    } else if (layouts_.target.narrow(*b - *a) != 0) {
      found.unexplained.push_back(offset);
    }
  }
  return found;
}

}  // namespace cbundle

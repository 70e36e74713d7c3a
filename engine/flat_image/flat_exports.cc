#include "engine/flat_image/flat_exports.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "engine/base/nearest.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

// The distinct addresses of one name, by what is known of its symbols.
struct Places {
  std::set<std::uint64_t> global;
  std::set<std::uint64_t> local;
  bool is_elsewhere = false;  // absolute, or in another section
};

class Finder {
 public:
  Finder(const std::vector<std::string>& names, const MappedBundle& bundle)
      : names_(names), bundle_(bundle), keeps_hidden_global_(keeps_hidden_global()) {
    for (const std::string& name : names) places_[name];
    for (const MapSymbol& symbol : bundle.map) {
      const auto found = places_.find(symbol.name);
      if (found != places_.end()) note(symbol, found->second);
    }
  }

  FlatExports find() {
    std::set<std::string> seen;
    for (const std::string& name : names_) {
      if (!seen.insert(name).second) continue;
      if (const auto offset = offset_of(name)) result_.exports.push_back({name, *offset});
    }
    return std::move(result_);
  }

 private:
  static void note(const MapSymbol& symbol, Places& places) {
    switch (symbol.kind) {
      case MapKind::global: places.global.insert(symbol.address); break;
      case MapKind::local: places.local.insert(symbol.address); break;
      default: places.is_elsewhere = true;
    }
  }

  // GNU ld leaves hidden symbols global where it links for fixed addresses; lld makes them local,
  // so that nothing tells them from static ones. An import that is used is hidden, or it would
  // have needed a global offset table: by its symbol we know which of the two has linked.
  bool keeps_hidden_global() const {
    std::set<std::string> used;
    for (const FlatReference& reference : bundle_.references) {
      used.insert(bundle_.imports.all()[reference.import].bare_name());
    }
    return std::ranges::any_of(bundle_.map, [&](const MapSymbol& symbol) {
      return symbol.kind == MapKind::global && used.contains(std::string(symbol.name));
    });
  }

  void refuse(const std::string& name, const std::string& text, std::string hint) {
    result_.problems.push_back({.message = "export " + quote(name) + ' ' + text,
                                .hint = std::move(hint),
                                .place = SectionOffset{}});
  }

  std::optional<std::uint64_t> offset_of(const std::string& name) {
    const Places& places = places_.find(name)->second;
    if (bundle_.imports.has(name)) {
      refuse(name, "is also an import: what the script assigns hides a definition in the bundle",
             "import it or export it, not both");
      return std::nullopt;
    }
    const std::set<std::uint64_t>& candidates =
        places.global.empty() && !keeps_hidden_global_ ? places.local : places.global;
    if (candidates.size() == 1) return checked(name, *candidates.begin());
    if (candidates.size() > 1) {
      refuse(name, "stands at " + hex(*candidates.begin()) + " and at " + hex(*candidates.rbegin()),
             "a static function of that name is in several files: rename those");
    } else if (!places.local.empty()) {
      refuse(name, "is static", "remove `static' from its definition");
    } else if (places.is_elsewhere) {
      refuse(name, "is not in .text", "only what the images hold can be exported");
    } else {
      refuse(name, "is not in the map" + suggestion(name),
             "the map is what `nm -p --format=bsd' prints, or what `ld -Map' writes");
    }
    return std::nullopt;
  }

  std::string suggestion(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const MapSymbol& symbol : bundle_.map) {
      if (symbol.kind == MapKind::global) known.push_back(symbol.name);
    }
    const std::string near = nearest(name, known);
    return near.empty() ? "" : "; did you mean " + quote(near) + '?';
  }

  std::optional<std::uint64_t> checked(const std::string& name, std::uint64_t offset) {
    if (offset > bundle_.size) {
      refuse(name, "is at " + hex(offset) + ", and the bundle ends at " + hex(bundle_.size),
             "only what the images hold can be exported: is the map that of the first layout?");
      return std::nullopt;
    }
    const auto after =
        std::ranges::lower_bound(bundle_.references, offset, {}, &FlatReference::offset);
    if (after == bundle_.references.begin()) return offset;
    const FlatReference& before = *std::prev(after);
    if (before.offset + 4 <= offset) return offset;
    refuse(name,
           "is at " + hex(offset) + ", inside the reference to " +
               quote(bundle_.imports.all()[before.import].name) + " at " + hex(before.offset),
           "is the map that of these images?");
    return std::nullopt;
  }

  const std::vector<std::string>& names_;
  const MappedBundle& bundle_;
  bool keeps_hidden_global_;
  std::map<std::string, Places, std::less<>> places_;
  FlatExports result_;
};

}  // namespace

FlatExports find_exports(const std::vector<std::string>& names, const MappedBundle& bundle) {
  return Finder(names, bundle).find();
}

Diagnostics check_map(const MappedBundle& bundle, bool needs_start) {
  Diagnostics problems;
  std::unordered_map<std::string_view, std::uint64_t> lowest;
  for (const MapSymbol& symbol : bundle.map) {
    if (symbol.kind == MapKind::elsewhere) continue;
    const auto [found, is_new] = lowest.emplace(symbol.name, symbol.address);
    if (!is_new) found->second = std::min(found->second, symbol.address);
  }
  const auto start = lowest.find(start_symbol);
  if (start == lowest.end() ? needs_start : start->second != 0) {
    problems.push_back(
        {.message =
             "symbol `" + std::string(start_symbol) + "' is " +
             (start == lowest.end() ? "not in the map" : "at " + hex(start->second) + ", not at 0"),
         .hint = "the map has to be that of the first layout, which lies at 0, and its "
                 "script has to begin .text with that symbol"});
  }
  for (const ImportLine& import : bundle.imports.all()) {
    const auto found = lowest.find(import.bare_name());
    if (found == lowest.end() || found->second == 0) continue;
    problems.push_back({.message = "import " + quote(import.name) + " is at " + hex(found->second) +
                                   " in the map, not at 0 where the layout begins",
                        .hint = "declare the imports before anything else in .text",
                        .place = SectionOffset{}});
  }
  return problems;
}

}  // namespace cbundle

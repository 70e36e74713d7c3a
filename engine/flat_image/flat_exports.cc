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

// The distinct addresses of the symbols of one name.
struct SymbolAddresses {
  std::set<std::uint64_t> global;
  std::set<std::uint64_t> local;
  bool is_elsewhere = false;  // absolute, or in another section
};

class ExportFinder {
 public:
  ExportFinder(const std::vector<std::string>& names, const MappedBundle& bundle)
      : names_(names), bundle_(bundle), hidden_stays_global_(hidden_stays_global()) {
    for (const std::string& name : names) addresses_[name];
    for (const MapSymbol& symbol : bundle.map) {
      const auto found = addresses_.find(symbol.name);
      if (found != addresses_.end()) add(symbol, found->second);
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
  static void add(const MapSymbol& symbol, SymbolAddresses& addresses) {
    switch (symbol.kind) {
      case MapKind::global: addresses.global.insert(symbol.address); break;
      case MapKind::local: addresses.local.insert(symbol.address); break;
      default: addresses.is_elsewhere = true;
    }
  }

  // In a link for fixed addresses GNU ld leaves hidden symbols global; lld makes them local, like
  // static ones. An import that is used is hidden, or it would have needed a global offset table:
  // its symbol shows which linker it was.
  bool hidden_stays_global() const {
    std::set<std::string> used;
    for (const FlatReference& reference : bundle_.references) {
      used.insert(reference.import->name);
    }
    return std::ranges::any_of(bundle_.map, [&](const MapSymbol& symbol) {
      return symbol.kind == MapKind::global && used.contains(std::string(symbol.name));
    });
  }

  void refuse(const std::string& name, const std::string& what, std::string hint) {
    result_.problems.push_back(
        {.message = "export " + quote(name) + ' ' + what, .hint = std::move(hint)});
  }

  std::optional<std::uint64_t> offset_of(const std::string& name) {
    const SymbolAddresses& addresses = addresses_.find(name)->second;
    if (bundle_.imports.has(name)) {
      refuse(name, "is also an import: the script's assignment hides a definition in the bundle",
             "import it or export it, not both");
      return std::nullopt;
    }
    const std::set<std::uint64_t>& candidates =
        addresses.global.empty() && !hidden_stays_global_ ? addresses.local : addresses.global;
    if (candidates.size() == 1) return checked(name, *candidates.begin());
    if (candidates.size() > 1) {
      refuse(name,
             "is both at " + hex(*candidates.begin()) + " and at " + hex(*candidates.rbegin()),
             "rename the static functions of that name: there are several");
    } else if (!addresses.local.empty()) {
      refuse(name, "is static", "remove 'static' from its definition");
    } else if (addresses.is_elsewhere) {
      refuse(name, "is not in .text", "export only what is in the images");
    } else {
      refuse(name, "is not in the map" + suggestion(name),
             "the map is the output of 'nm -p --format=bsd' or of 'ld -Map'");
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
             "check that the map is that of the first layout");
      return std::nullopt;
    }
    const auto after =
        std::ranges::lower_bound(bundle_.references, offset, {}, &FlatReference::offset);
    if (after == bundle_.references.begin()) return offset;
    const FlatReference& before = *std::prev(after);
    if (before.offset + 4 <= offset) return offset;
    refuse(name,
           "is at " + hex(offset) + ", inside the reference to " + quote(before.import->name) +
               " at " + hex(before.offset),
           "check that the map is that of these images");
    return std::nullopt;
  }

  const std::vector<std::string>& names_;
  const MappedBundle& bundle_;
  bool hidden_stays_global_;
  std::map<std::string, SymbolAddresses, std::less<>> addresses_;
  FlatExports result_;
};

}  // namespace

FlatExports find_exports(const std::vector<std::string>& names, const MappedBundle& bundle) {
  return ExportFinder(names, bundle).find();
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
             "symbol " + quote(start_symbol) + " is " +
             (start == lowest.end() ? "not in the map" : "at " + hex(start->second) + ", not at 0"),
         .hint = "pass the map of the first layout, which is at 0, and define that symbol at the "
                 "start of .text"});
  }
  for (const ImportDeclaration& import : bundle.imports.all()) {
    const auto found = lowest.find(import.name);
    if (found == lowest.end() || found->second == 0) continue;
    problems.push_back({.message = "import " + quote(import.name) + " is at " + hex(found->second) +
                                   " in the map, not at 0, the start of the layout",
                        .hint = "declare the imports before anything else in .text"});
  }
  return problems;
}

}  // namespace cbundle

#include "engine/pipeline/object_differences.h"

#include <elf.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace cbundle {
namespace {

constexpr std::size_t max_changes = 8;  // of sections, and of symbols, of one object

std::string bytes(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::string flags_of(std::uint64_t flags) {
  constexpr std::pair<std::uint64_t, char> letters[] = {
      {SHF_WRITE, 'W'},   {SHF_ALLOC, 'A'}, {SHF_EXECINSTR, 'X'}, {SHF_MERGE, 'M'},
      {SHF_STRINGS, 'S'}, {SHF_GROUP, 'G'}, {SHF_TLS, 'T'},       {SHF_LINK_ORDER, 'L'}};
  std::string text = "flags ";
  for (const auto& [flag, letter] : letters) {
    if ((flags & flag) != 0) text += letter;
  }
  return text;
}

// Both versions of each section or symbol, by name, and by number where a name is used again.
template <class Detail>
using Pairs =
    std::map<std::pair<std::string, std::size_t>, std::pair<const Detail*, const Detail*>>;

template <class Detail>
Pairs<Detail> pairs_of(const std::vector<Detail>& before, const std::vector<Detail>& now) {
  Pairs<Detail> pairs;
  std::map<std::string, std::size_t> seen;
  for (const Detail& each : before) pairs[{each.name, seen[each.name]++}].first = &each;
  seen.clear();
  for (const Detail& each : now) pairs[{each.name, seen[each.name]++}].second = &each;
  return pairs;
}

Change section_change(const SectionDetail* before, const SectionDetail* now) {
  Change change{.kind = Change::Kind::section};
  change.name = (now != nullptr ? now : before)->name;
  if (before == nullptr) change.how = Change::How::added;
  if (now == nullptr) change.how = Change::How::removed;
  if (before == nullptr || now == nullptr) return change;
  if (before->flags != now->flags) {
    change.was = flags_of(before->flags);
    change.is = flags_of(now->flags);
  } else if (before->alignment != now->alignment) {
    change.was = "aligned to " + bytes(before->alignment);
    change.is = "aligned to " + bytes(now->alignment);
  } else if (before->size != now->size) {
    change.was = bytes(before->size);
    change.is = bytes(now->size);
  }
  return change;
}

std::string word_for(const SymbolDetail& symbol) {
  if (!symbol.is_defined) return "reference to";
  if (symbol.type == STT_FUNC || symbol.type == STT_GNU_IFUNC) return "function";
  return symbol.type == STT_OBJECT || symbol.type == STT_TLS ? "variable" : "symbol";
}

std::string_view word_for_binding(const SymbolDetail& symbol) {
  if (symbol.visibility == STV_HIDDEN || symbol.visibility == STV_INTERNAL) return "hidden";
  switch (symbol.binding) {
    case STB_LOCAL: return "local";
    case STB_WEAK: return "weak";
    default: return "global";
  }
}

Change symbol_change(const SymbolDetail* before, const SymbolDetail* now) {
  Change change{.kind = Change::Kind::symbol};
  const SymbolDetail& shown = now != nullptr ? *now : *before;
  change.what = word_for(shown);
  change.name = shown.name;
  if (before == nullptr) change.how = Change::How::added;
  if (now == nullptr) change.how = Change::How::removed;
  if (before == nullptr || now == nullptr) return change;
  if (before->is_defined != now->is_defined) {
    change.what = "symbol";
    change.was = before->is_defined ? "defined" : "undefined";
    change.is = now->is_defined ? "defined" : "undefined";
  } else if (word_for_binding(*before) != word_for_binding(*now)) {
    change.was = word_for_binding(*before);
    change.is = word_for_binding(*now);
  } else if (before->size != now->size) {
    change.was = bytes(before->size);
    change.is = bytes(now->size);
  }
  return change;
}

template <class Detail>
void add(const std::string& file, const std::vector<Detail>& before, const std::vector<Detail>& now,
         Change (*change_of)(const Detail*, const Detail*), Changes& changes) {
  std::size_t listed = 0;
  for (const auto& [name, pair] : pairs_of(before, now)) {
    const auto& [was, is] = pair;
    if (was != nullptr && is != nullptr && *was == *is) continue;
    if (listed++ >= max_changes) continue;
    changes.push_back(change_of(was, is));
    changes.back().file = file;
  }
  if (listed > max_changes) {
    changes.back().more = static_cast<std::uint32_t>(listed - max_changes);
  }
}

void add_object(const std::string& file, const ObjectDetail& before, const ObjectDetail& now,
                Changes& changes) {
  Changes symbols;
  add(file, before.symbols, now.symbols, symbol_change, symbols);
  const auto is_reference = [](const Change& change) { return change.what == "reference to"; };
  std::stable_partition(symbols.begin(), symbols.end(), std::not_fn(is_reference));
  changes.insert(changes.end(), symbols.begin(), symbols.end());
  add(file, before.sections, now.sections, section_change, changes);
}

}  // namespace

Changes object_differences(const std::string& file, const std::vector<ObjectDetail>& before,
                           const std::vector<ObjectDetail>& now) {
  Changes changes;
  if (!before.empty() && !now.empty()) {
    std::map<std::string, std::pair<const ObjectDetail*, const ObjectDetail*>> members;
    for (const ObjectDetail& each : before) members[each.member].first = &each;
    for (const ObjectDetail& each : now) members[each.member].second = &each;
    for (const auto& [member, pair] : members) {
      std::string name = file;
      if (!member.empty()) name.append("(").append(member).append(")");
      if (pair.first != nullptr && pair.second != nullptr) {
        add_object(name, *pair.first, *pair.second, changes);
      } else {
        const auto how = pair.first == nullptr ? Change::How::added : Change::How::removed;
        changes.push_back({.how = how, .file = name});
      }
    }
  }
  if (changes.empty()) changes.push_back({.file = file});
  return changes;
}

}  // namespace cbundle

#include "engine/pipeline/differences.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engine/pipeline/object_differences.h"
#include "engine/pipeline/text_difference.h"

namespace cbundle {
namespace {

using Field = Manifest::Field;
using Fields = std::vector<Field>;
using File = BuildRecord::File;

constexpr std::size_t max_lines = 5;  // of one file that are listed

std::vector<std::string> values_of(const Fields& fields, const std::string& name) {
  std::vector<std::string> values;
  for (const Field& field : fields) {
    if (field.first == name) values.push_back(field.second);
  }
  return values;
}

std::string first_value(const Fields& fields, const std::string& name) {
  const std::vector<std::string> values = values_of(fields, name);
  return values.empty() ? std::string() : values.front();
}

bool is_digest(const std::string& value) { return Digest::from_hex(value).has_value(); }

std::string program_of(const BuildRecord& record, const std::string& tool) {
  for (const auto& [name, program] : record.tools) {
    if (name == tool) return program;
  }
  return {};
}

// Options that have one value.
void add_options(const BuildRecord& before, const BuildRecord& now, Changes& changes) {
  for (const auto* name : {"mode", "form", "section", "prefix", "verify"}) {
    const std::string was = first_value(before.inputs, name);
    const std::string is = first_value(now.inputs, name);
    if (was == is) continue;
    const std::string option = std::string(name) == "form" ? "emit" : name;
    const auto shown = [](const std::string& value) { return value.empty() ? "none" : value; };
    changes.push_back(
        {.kind = Change::Kind::option, .name = "--" + option, .was = shown(was), .is = shown(is)});
  }
}

// Options that are given once for each value: what was given before and now.
void add_list(Change::Kind kind, const std::vector<std::string>& before,
              const std::vector<std::string>& now, Changes& changes) {
  const auto has = [](const auto& list, const std::string& value) {
    return std::ranges::find(list, value) != list.end();
  };
  const std::size_t known = changes.size();
  for (const std::string& value : now) {
    if (!has(before, value)) {
      changes.push_back({.kind = kind, .how = Change::How::added, .name = value});
    }
  }
  for (const std::string& value : before) {
    if (!has(now, value)) {
      changes.push_back({.kind = kind, .how = Change::How::removed, .name = value});
    }
  }
  if (changes.size() == known && before != now) {
    changes.push_back({.kind = kind, .name = "options", .was = "in another order", .is = "moved"});
  }
}

// "ROOM" of "ROOM=1".
std::string macro_of(const std::string& define) { return define.substr(0, define.find('=')); }

// Of "ROOM=1" and "ROOM=2" one change is made.
void add_defines(const BuildRecord& before, const BuildRecord& now, Changes& changes) {
  Changes found;
  add_list(Change::Kind::define, values_of(before.inputs, "define"),
           values_of(now.inputs, "define"), found);
  for (Change& change : found) {
    const auto same = [&](const Change& other) {
      return other.how != change.how && macro_of(other.name) == macro_of(change.name);
    };
    const auto other = std::ranges::find_if(found, same);
    if (other == found.end() || change.how == Change::How::changed) {
      changes.push_back(change);
    } else if (change.how == Change::How::added) {
      changes.push_back({.kind = Change::Kind::define,
                         .name = macro_of(change.name),
                         .was = quote(other->name),
                         .is = quote(change.name)});
    }
  }
}

// An import is a field whose name ends with the symbol's.
void add_imports(const BuildRecord& before, const BuildRecord& now, Changes& changes) {
  constexpr std::string_view prefix = "import ";
  const auto add = [&](const Fields& from, const Fields& other, Change::How how) {
    for (const auto& [name, kind] : from) {
      if (!name.starts_with(prefix)) continue;
      const std::string was = first_value(other, name);
      Change change{.kind = Change::Kind::import, .how = how, .name = name.substr(prefix.size())};
      if (was.empty()) {
        changes.push_back(std::move(change));
      } else if (was != kind && how == Change::How::added) {
        change.how = Change::How::changed;
        change.was = was;
        change.is = kind;
        changes.push_back(std::move(change));
      }
    }
  };
  add(now.inputs, before.inputs, Change::How::added);
  add(before.inputs, now.inputs, Change::How::removed);
}

void add_tools(const BuildRecord& before, const BuildRecord& now, Changes& changes) {
  for (const auto* tool : {"linker", "preprocessor"}) {
    const std::string was = first_value(before.inputs, tool);
    const std::string is = first_value(now.inputs, tool);
    if (was == is || was.empty() || is.empty()) continue;  // the script says why
    Change change{.kind = Change::Kind::tool, .name = tool};
    const std::string old_program = program_of(before, tool);
    const std::string new_program = program_of(now, tool);
    if (old_program == new_program) {
      change.file = new_program;
    } else {
      change.was = old_program;
      change.is = new_program;
    }
    changes.push_back(std::move(change));
  }
  if (first_value(before.inputs, "algorithm") != first_value(now.inputs, "algorithm")) {
    changes.push_back({.kind = Change::Kind::version});
  }
}

// Fields that the functions above do not know.
void add_others(const BuildRecord& before, const BuildRecord& now, Changes& changes) {
  static constexpr std::array<std::string_view, 15> known{
      "stage",  "algorithm",    "machine", "linker", "object", "script", "script's name", "section",
      "prefix", "preprocessor", "define",  "export", "mode",   "form",   "verify"};
  std::vector<std::string> seen;
  const auto add = [&](const Fields& from) {
    for (const auto& [name, value] : from) {
      if (name.starts_with("import ") || std::ranges::find(known, name) != known.end()) continue;
      if (std::ranges::find(seen, name) != seen.end()) continue;
      seen.push_back(name);
      const std::vector<std::string> was = values_of(before.inputs, name);
      const std::vector<std::string> is = values_of(now.inputs, name);
      if (was == is) continue;
      Change change{.kind = Change::Kind::option, .name = "the " + name};
      if (was.size() == 1 && is.size() == 1 && !is_digest(is.front())) {
        change.was = quote(was.front());
        change.is = quote(is.front());
      }
      changes.push_back(std::move(change));
    }
  };
  add(now.inputs);
  add(before.inputs);
}

// Both builds' files of the same name, in the order of `now`, then those that are gone.
struct FilePair {
  const File* was = nullptr;
  const File* is = nullptr;
};
std::vector<FilePair> pairs_of(const std::vector<File>& before, const std::vector<File>& now) {
  std::unordered_multimap<std::string_view, const File*> known;
  for (std::size_t i = before.size(); i-- > 0;) known.emplace(before[i].name, &before[i]);
  std::vector<FilePair> pairs;
  for (const File& file : now) {
    const auto found = known.find(file.name);
    pairs.push_back({found != known.end() ? found->second : nullptr, &file});
    if (found != known.end()) known.erase(found);
  }
  for (const File& file : before) {
    const auto [first, last] = known.equal_range(file.name);
    const auto is_left = [&](const auto& each) { return each.second == &file; };
    if (std::any_of(first, last, is_left)) pairs.push_back({&file, nullptr});
  }
  return pairs;
}

void add_objects(const BuildRecord& before, const BuildRecord& now, FileContents& contents,
                 Changes& changes) {
  if (before.objects == now.objects) return;
  const std::size_t known = changes.size();
  for (const auto& [was, is] : pairs_of(before.objects, now.objects)) {
    if (was == nullptr) {
      changes.push_back({.how = Change::How::added, .file = is->name});
    } else if (is == nullptr) {
      changes.push_back({.how = Change::How::removed, .file = was->name});
    } else if (was->digest != is->digest) {
      const Changes inside =
          object_differences(is->name, contents.object(before, *was), contents.object(now, *is));
      changes.insert(changes.end(), inside.begin(), inside.end());
    }
  }
  if (changes.size() != known) return;
  changes.push_back({.kind = Change::Kind::option, .name = "the order of the objects"});
}

void add_lines(const Change& file, const std::vector<LineChange>& lines, Changes& changes) {
  for (std::size_t i = 0; i < std::min(lines.size(), max_lines); ++i) {
    Change change = file;
    change.line = lines[i].line;
    change.was = lines[i].was;
    change.is = lines[i].is;
    if (lines[i].is_new) change.how = Change::How::added;
    if (lines[i].is_gone) change.how = Change::How::removed;
    changes.push_back(std::move(change));
  }
  if (lines.size() > max_lines) {
    changes.back().more = static_cast<std::uint32_t>(lines.size() - max_lines);
  }
}

void add_script(const Change& file, const File* was, const BuildRecord& before, const File* is,
                const BuildRecord& now, FileContents& contents, Changes& changes) {
  static const Digest absent = Digest::of("absent");  // as of InputReader::content_digest()
  const bool had = was != nullptr && was->digest != absent;
  const bool has = is != nullptr && is->digest != absent;
  if (!had && !has) return;
  if (!had || !has) {
    changes.push_back(file);
    changes.back().how = has ? Change::How::added : Change::How::removed;
    return;
  }
  if (was->digest == is->digest) return;
  const std::optional<std::string> old_text = contents.text(before, *was);
  const std::optional<std::string> new_text = contents.text(now, *is);
  if (!old_text || !new_text || *old_text == *new_text) return changes.push_back(file);
  add_lines(file, changed_lines(*old_text, *new_text), changes);
}

void add_scripts(const BuildRecord& before, const BuildRecord& now, FileContents& contents,
                 Changes& changes) {
  // Another script is another file, whatever the lines that it shares with the one before.
  const auto name = [](const BuildRecord& record) {
    return record.scripts.empty() ? std::string("the built-in one") : record.scripts.front().name;
  };
  if (name(before) != name(now)) {
    changes.push_back(
        {.kind = Change::Kind::option, .name = "--script", .was = name(before), .is = name(now)});
    if (before.scripts.empty() || now.scripts.empty()) return;
  }
  for (const auto& [was, is] : pairs_of(before.scripts, now.scripts)) {
    const bool is_script = is != nullptr ? is == now.scripts.data() : was == before.scripts.data();
    if (is_script && (was == nullptr || is == nullptr)) continue;  // said above
    add_script({.kind = is_script ? Change::Kind::script : Change::Kind::header,
                .file = is != nullptr ? is->name : was->name},
               was, before, is, now, contents, changes);
  }
}

}  // namespace

Changes differences(const BuildRecord& before, const BuildRecord& now, FileContents& contents) {
  Changes changes;
  add_options(before, now, changes);
  add_list(Change::Kind::export_of, values_of(before.inputs, "export"),
           values_of(now.inputs, "export"), changes);
  add_imports(before, now, changes);
  add_tools(before, now, changes);
  add_objects(before, now, contents, changes);
  add_defines(before, now, changes);
  add_scripts(before, now, contents, changes);
  add_others(before, now, changes);
  return changes;
}

namespace {

bool concerns(StageKind stage, const Change& change) {
  using Kind = Change::Kind;
  const bool is_script = stage == StageKind::script_a || stage == StageKind::script_b;
  switch (change.kind) {
    case Kind::object:
    case Kind::section:
    case Kind::symbol: return stage == StageKind::partial;
    case Kind::script:
    case Kind::header:
    case Kind::define: return is_script;
    case Kind::import: return !is_script && stage != StageKind::partial && stage != StageKind::emit;
    case Kind::export_of: return stage == StageKind::combine;
    case Kind::tool: return change.name == "preprocessor" ? is_script : !is_script;
    case Kind::version: return true;
    case Kind::option: break;
  }
  if (change.name == "--script") return is_script;
  if (change.name == "--mode") return !is_script && stage != StageKind::partial;
  if (change.name.starts_with("--")) return stage == StageKind::emit || stage == StageKind::verify;
  return change.name == "the order of the objects" ? stage == StageKind::partial : true;
}

// A field of a stage's manifest that is the result of an earlier stage.
std::string earlier_result(StageKind stage, const std::string& field) {
  if (field == "script") {
    return stage == StageKind::layout_b ? "the result of script-b changed"
                                        : "the result of script-a changed";
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> results{{
      {"partial link", "the result of partial"},
      {"layout a", "the result of layout-a"},
      {"layout b", "the result of layout-b"},
      {"layout c", "the result of layout-c"},
      {"combined bundle", "the bundle"},
  }};
  for (const auto& [name, words] : results) {
    if (name == field) return std::string(words) + " changed";
  }
  return {};
}

}  // namespace

std::string reason_to_run(StageKind stage, const std::vector<Manifest::Field>& now,
                          const BuildRecord* before, const Changes& changes) {
  if (before == nullptr) return "first build of this output";
  std::string first;
  std::size_t count = 0;
  for (const Change& change : changes) {
    if (!concerns(stage, change)) continue;
    if (first.empty()) first = text_of(change);
    count += 1 + change.more;
  }
  if (count > 1) return first + ", and " + std::to_string(count - 1) + " more";
  if (count == 1) return first;
  const auto known = before->manifests.find(stage);
  if (known == before->manifests.end()) {
    return changes.empty() ? "its result is no longer in the cache"
                           : "the build before had no need of it";
  }
  for (const auto& [name, value] : now) {
    if (first_value(known->second, name) == value) continue;
    if (std::string words = earlier_result(stage, name); !words.empty()) return words;
  }
  const std::string difference = first_difference(known->second, now);
  return difference.empty() ? "its result is no longer in the cache" : difference;
}

}  // namespace cbundle

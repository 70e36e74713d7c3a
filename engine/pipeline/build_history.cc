#include "engine/pipeline/build_history.h"

#include <algorithm>
#include <ctime>
#include <unordered_set>
#include <utility>

#include "engine/base/files.h"
#include "engine/elf/archive.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_objects_in_memory = 50'000;  // about 20 MB of records
constexpr std::size_t max_objects_kept = 256;          // of one build
constexpr std::uint64_t max_object_size = 4 << 20;     // bytes
constexpr std::uint64_t max_text_size = 64 << 10;

// So that "./out.o" has the history of "out.o". Taking a path apart costs more than all else that a
// hit does here, and most need it not.
fs::path normal(const fs::path& path) {
  const std::string& text = path.native();
  const bool is_normal = text.find("/.") == text.npos && text.find("//") == text.npos;
  return is_normal ? path : path.lexically_normal();
}

fs::path output_name(const Request& request) { return normal(request.directory / request.output); }

StageKey history_key(const fs::path& output) {
  Manifest manifest;
  manifest.field("kept here", "builds of an output");
  manifest.field("output", output.native());  // as of output_name()
  return manifest.key();
}

StageKey content_key(std::string_view kind, const Digest& digest) {
  Manifest manifest;
  manifest.field("kept here", kind);
  manifest.field("digest", digest);
  return manifest.key();
}

// For what is done when no build waits: nobody is told of a store that fails.
class Silence final : public Progress {
 public:
  void on(const Event&) override {}
};

// Adds `record` as the newest.
void add_to(std::vector<BuildRecord>& records, BuildRecord record) {
  if (!records.empty() && has_same_inputs(records.front(), record)) {
    BuildRecord& same = records.front();
    same.repeats += record.repeats + 1;
    same.last_repeat = record.repeats > 0 ? record.last_repeat : record.ended;
    return;
  }
  records.insert(records.begin(), std::move(record));
  if (records.size() > 2) records.resize(2);
  if (records.size() > 1) records[1].manifests.clear();  // only the newest is compared with them
}

// Whether the newest of `records` is one of the same files, which takes no copies to find out.
bool is_repeated(const std::vector<BuildRecord>& records, const Inputs& inputs,
                 const Manifest& manifest) {
  if (records.empty() || records.front().inputs != manifest.fields()) return false;
  return std::ranges::equal(records.front().objects, inputs.names, {}, &BuildRecord::File::name);
}

}  // namespace

// Contents from notes, and from files as far as they are still as they were in that build.
class BuildHistory::StoredContents final : public FileContents {
 public:
  StoredContents(BuildHistory& history, BuildCache& cache, std::uint64_t max_size,
                 std::size_t max_files)
      : history_(history), cache_(cache), max_size_(max_size), files_left_(max_files) {}

  std::vector<ObjectDetail> object(const BuildRecord& record,
                                   const BuildRecord::File& file) override {
    const StageKey key = content_key("object", file.digest);
    if (const auto known = history_.content(key, cache_)) return unpack_details(*known);
    const fs::path path = fs::path(record.directory) / file.name;
    std::vector<ObjectDetail> details = read_details(path);
    if (details.empty() || !is_as_then(record, file)) return {};
    history_.keep(key, pack(details), cache_);
    return details;
  }

  std::optional<std::string> text(const BuildRecord& record,
                                  const BuildRecord::File& file) override {
    const StageKey key = content_key("text", file.digest);
    if (auto known = history_.content(key, cache_)) return known;
    std::optional<std::string> content =
        read(fs::path(record.directory) / file.name, max_text_size);
    if (!content || Digest::of(*content) != file.digest) return std::nullopt;
    history_.keep(key, *content, cache_);
    return content;
  }

 private:
  std::optional<std::string> read(const fs::path& path, std::uint64_t max_size) {
    const Result<Stamp> stamp = stamp_of(path);
    if (!stamp || stamp.value().size > max_size || files_left_ == 0) return std::nullopt;
    --files_left_;
    Result<std::string> content = read_file(path);
    return content ? std::optional(std::move(content).value()) : std::nullopt;
  }

  // Of an object or archive; of a thin archive, of the members that it names.
  std::vector<ObjectDetail> read_details(const fs::path& path) {
    std::optional<std::string> content = read(path, max_size_);
    if (!content) return {};
    const Blob blob(*std::move(content));
    if (!is_thin_archive(blob.text())) {
      Result<std::vector<ObjectDetail>> details = details_of(blob);
      return details ? std::move(details).value() : std::vector<ObjectDetail>();
    }
    std::vector<ObjectDetail> all;
    const auto add = [&](std::string_view name, std::size_t, std::size_t) -> Result<void> {
      for (ObjectDetail& detail : read_details(path.parent_path() / name)) {
        if (detail.member.empty()) detail.member = name;
        all.push_back(std::move(detail));
      }
      return {};
    };
    return for_each_member(blob.text(), add) ? all : std::vector<ObjectDetail>();
  }

  bool is_as_then(const BuildRecord& record, const BuildRecord::File& file) {
    const auto digest = history_.inputs_.object_digest(file.name, record.directory);
    return digest && digest.value() == file.digest;
  }

  BuildHistory& history_;
  BuildCache& cache_;
  std::uint64_t max_size_;
  std::size_t files_left_;
};

BuildHistory::~BuildHistory() {
  Silence silence;
  BuildCache cache(store_, silence);
  store_contents(cache);
  for (const auto& [output, hits] : state_.lock()->hits) {
    Records all = stored(output, cache);
    for (std::size_t i = hits.records.size(); i-- > 0;) add_to(all, hits.records[i]);
    cache.put_note(history_key(output), pack(all));
  }
}

std::optional<std::string> BuildHistory::content(const StageKey& key, BuildCache& cache) {
  {
    const auto state = state_.lock();
    const auto found = state->contents.find(key);
    if (found != state->contents.end()) return found->second;
  }
  return cache.note(key);
}

void BuildHistory::keep(const StageKey& key, std::string content, BuildCache& cache) {
  constexpr std::size_t max_in_memory = 4 << 20;  // bytes
  {
    const auto state = state_.lock();
    state->content_bytes += content.size();
    state->contents.insert_or_assign(key, std::move(content));
    if (state->content_bytes < max_in_memory) return;
  }
  store_contents(cache);
}

void BuildHistory::store_contents(BuildCache& cache) {
  std::unordered_map<StageKey, std::string> contents;
  {
    const auto state = state_.lock();
    contents = std::exchange(state->contents, {});
    state->content_bytes = 0;
  }
  for (auto& [key, content] : contents) cache.put_note(key, std::move(content));
}

BuildHistory::Records BuildHistory::stored(const fs::path& output, BuildCache& cache) {
  const std::optional<std::string> packed = cache.note(history_key(output));
  return packed ? unpack_records(*packed) : Records();
}

void BuildHistory::add_hit(const Request& request, const Inputs& inputs, const Manifest& manifest,
                           const FileDigests& included, std::chrono::microseconds took,
                           const ResultOrigin& origin) {
  const std::int64_t now = std::time(nullptr);
  auto state = state_.lock();
  if (state->objects > max_objects_in_memory) {
    state->hits.clear();
    state->objects = 0;
  }
  Hits& hits = state->hits[output_name(request).native()];
  if (is_repeated(hits.records, inputs, manifest) && hits.included == included) {
    hits.records.front().repeats += 1;
    hits.records.front().last_repeat = now;
    return;
  }
  BuildRecord record = record_of(request, inputs, manifest, included);
  record.ended = now;
  record.is_private = is_private_;
  record.took = static_cast<std::uint64_t>(took.count());
  record.made = origin.made;
  record.stages.push_back({StageKind::bundle, Outcome::hit, took, {}});
  state->objects += 1 + record.objects.size() + record.scripts.size();
  hits.included = included;
  add_to(hits.records, std::move(record));
}

BuildHistory::Records BuildHistory::last(const fs::path& output, BuildCache& cache) {
  Records records = stored(output, cache);
  const auto state = state_.lock();
  const auto found = state->hits.find(output.native());
  if (found == state->hits.end()) return records;
  const Records& hits = found->second.records;
  for (std::size_t i = hits.size(); i-- > 0;) add_to(records, hits[i]);
  return records;
}

BuildHistory::Records BuildHistory::last(const Request& request, BuildCache& cache) {
  return last(output_name(request), cache);
}

void BuildHistory::add(const Request& request, Records last, BuildRecord record,
                       BuildCache& cache) {
  const fs::path output = output_name(request);
  record.is_private = is_private_;
  // A build that ran stages says more than one with the same inputs before it.
  if (!last.empty() && has_same_inputs(last.front(), record)) {
    record.repeats = 0;
    last.front() = std::move(record);
  } else {
    add_to(last, std::move(record));
  }
  store_contents(cache);
  cache.put_note(history_key(output), pack(last));
  state_.lock()->hits.erase(output.native());
}

Changes BuildHistory::changes(const BuildRecord& before, const BuildRecord& now,
                              BuildCache& cache) {
  constexpr std::uint64_t small = 256 << 10;  // bytes
  constexpr std::size_t few = 6;
  StoredContents contents(*this, cache, small, few);
  return differences(before, now, contents);
}

void BuildHistory::keep_contents(const BuildRecord& record, const BuildRecord* before) {
  Silence silence;
  BuildCache cache(store_, silence);
  StoredContents contents(*this, cache, max_object_size, max_objects_kept);
  std::unordered_set<Digest> known;
  if (before != nullptr) {
    for (const auto& file : before->objects) known.insert(file.digest);
    for (const auto& file : before->scripts) known.insert(file.digest);
  }
  for (const auto& file : record.scripts) {
    if (known.insert(file.digest).second) contents.text(record, file);
  }
  for (const auto& file : record.objects) {
    if (known.insert(file.digest).second) contents.object(record, file);
  }
}

// The record of a build of the same command, with the files as they are now.
BuildRecord BuildHistory::as_now(const BuildRecord& record) {
  BuildRecord now = record;
  now.objects.clear();
  for (const BuildRecord::File& object : record.objects) {
    const auto digest = inputs_.object_digest(object.name, record.directory);
    std::error_code code;
    if (digest) {
      now.objects.push_back({object.name, digest.value()});
    } else if (fs::exists(fs::path(record.directory) / object.name, code)) {
      now.objects.push_back({object.name, Digest()});  // it is no object any more
    }
  }
  for (BuildRecord::File& file : now.scripts) {
    const auto digest = inputs_.content_digest(fs::path(record.directory) / file.name, true);
    if (digest) file.digest = digest.value();
  }
  return now;
}

std::optional<Explanation> BuildHistory::explain(const fs::path& output) {
  Silence silence;
  BuildCache cache(store_, silence);
  Records records = last(normal(output), cache);
  if (records.empty()) return std::nullopt;
  StoredContents contents(*this, cache, max_object_size, max_objects_kept);
  Explanation explanation{std::move(records.front()), {}, {}, {}};
  if (records.size() > 1) {
    explanation.before = std::move(records[1]);
    explanation.changes = differences(*explanation.before, explanation.last, contents);
  }
  explanation.since = differences(explanation.last, as_now(explanation.last), contents);
  return explanation;
}

}  // namespace cbundle

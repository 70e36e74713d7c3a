#include "engine/pipeline/remote_results.h"

#include <algorithm>
#include <charconv>

#include "engine/base/pack.h"
#include "engine/pipeline/result_origin.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view in_search_directory = "search:";

// "search:2/linux/const.h" for a name in the third directory; a relative name as it is; nothing for
// another absolute one. The innermost directory counts, as one may contain another.
std::optional<std::string> shared_name(const std::string& name,
                                       const std::vector<fs::path>& directories) {
  if (!name.starts_with('/')) return name;
  std::size_t longest = 0;
  std::optional<std::string> shared;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    const std::string directory = (directories[i] / "").native();
    if (!name.starts_with(directory) || directory.size() <= longest) continue;
    longest = directory.size();
    shared = std::string(in_search_directory) + std::to_string(i) + '/' + name.substr(longest);
  }
  return shared;
}

std::optional<std::string> local_name(std::string name, const std::vector<fs::path>& directories) {
  if (!name.starts_with(in_search_directory)) {
    return name.starts_with('/') ? std::nullopt : std::optional(std::move(name));
  }
  const std::string_view rest = std::string_view(name).substr(in_search_directory.size());
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  const auto digits = static_cast<std::size_t>(end - rest.data());
  if (code != std::errc() || index >= directories.size() || !rest.substr(digits).starts_with('/')) {
    return std::nullopt;
  }
  return (directories[index] / "").native() + std::string(rest.substr(digits + 1));
}

// With shared names, and so in an order that does not depend on where the files are; nothing where
// one has no such name.
std::optional<FileDigests> shared_digests(const FileDigests& included,
                                          const std::vector<fs::path>& directories) {
  FileDigests shared;
  for (const auto& [file, digest] : included) {
    const auto name = shared_name(file.name, directories);
    if (!name) return std::nullopt;
    shared.emplace(FileUse{*name, file.is_sought}, digest);
  }
  return shared;
}

std::optional<std::set<FileUse>> local_uses(std::vector<FileUse> uses,
                                            const std::vector<fs::path>& directories) {
  std::set<FileUse> files;
  for (FileUse& use : uses) {
    auto name = local_name(std::move(use.name), directories);
    if (!name) return std::nullopt;
    files.insert({*std::move(name), use.is_sought});
  }
  return files;
}

Manifest lists_manifest(Manifest manifest) {
  manifest.field("result", "the list of included files");
  return manifest;
}

bool has_absolute_path(std::string_view text) {
  constexpr std::string_view before = " \t\n'\"`(=:,";
  for (std::size_t at = text.find('/'); at != text.npos; at = text.find('/', at + 1)) {
    const bool is_start = at == 0 || before.find(text[at - 1]) != before.npos;
    if (is_start && at + 1 < text.size() && text[at + 1] != ' ') return true;
  }
  return false;
}

}  // namespace

bool has_absolute_path(const Diagnostics& warnings) {
  return std::ranges::any_of(warnings, [](const Diagnostic& d) {
    return has_absolute_path(d.message) || has_absolute_path(d.hint) || has_absolute_path(d.file) ||
           has_absolute_path(d.object);
  });
}

std::vector<fs::path> RemoteResults::search_directories() const {
  if (!inputs_.preprocessor) return {};
  return lists_.inputs().search_directories(*inputs_.preprocessor, stop_);
}

std::optional<RemoteResult> RemoteResults::ask(StageKind stage, const Manifest& manifest) const {
  auto text = manifest.shared_text();
  if (!text) return std::nullopt;
  return remote_->find({std::string(name_of(stage)), *std::move(text)}, stop_);
}

void RemoteResults::send(StageKind stage, const Manifest& manifest, RemoteResult result) const {
  auto text = manifest.shared_text();
  if (text) remote_->put({std::string(name_of(stage)), *std::move(text)}, std::move(result));
}

StageResult RemoteResults::keep(const Manifest& manifest, FileDigests included,
                                RemoteResult result) const {
  const Entry entry{Digest::of(result.output.bytes()), std::move(result.warnings)};
  lists_.put(manifest, included, entry, result.output);
  return {entry, std::move(result.output), Outcome::remote, std::move(included), {}};
}

std::optional<StageResult> RemoteResults::find_under(StageKind stage, const Manifest& manifest,
                                                     bool may_include,
                                                     bool& has_contents_key) const {
  auto first = ask(stage, may_include ? lists_manifest(manifest) : manifest);
  if (!first) return std::nullopt;
  has_contents_key = first->output.size() == 0;
  if (has_contents_key) return std::nullopt;
  if (!may_include) return keep(manifest, {}, *std::move(first));

  std::vector<FileUse> uses;
  Unpacker in(first->output.text());
  in >> uses;
  const auto directories = search_directories();
  const auto files = in.good() ? local_uses(uses, directories) : std::nullopt;
  if (!files) return std::nullopt;
  const Result<FileDigests> included = lists_.digests_of(*files);
  if (!included) return std::nullopt;
  const auto shared = shared_digests(included.value(), directories);
  if (!shared) return std::nullopt;
  auto result = ask(stage, with_included(manifest, *shared));
  if (!result || result->output.size() == 0) return std::nullopt;
  return keep(manifest, included.value(), *std::move(result));
}

std::optional<StageResult> RemoteResults::find(StageKind stage, const Manifest& manifest,
                                               bool may_include, bool may_have_contents_key) const {
  if (remote_ == nullptr) return std::nullopt;
  bool has_contents_key = false;
  auto known = find_under(stage, manifest, may_include, has_contents_key);
  if (!known && has_contents_key && may_have_contents_key) {
    known = find_under(stage, with_contents(manifest, inputs_), may_include, has_contents_key);
  }
  return known;
}

void RemoteResults::put(StageKind stage, const Manifest& manifest, bool may_include,
                        bool has_contents_key, const StageResult& result) const {
  if (remote_ == nullptr) return;
  const auto included =
      shared_digests(result.included, may_include ? search_directories() : std::vector<fs::path>());
  if (!included || has_absolute_path(unpack_diagnostics(result.entry.warnings))) {
    return cache_.count("remote.not_shared");
  }
  const Manifest whole = has_contents_key ? with_contents(manifest, inputs_) : manifest;
  const auto first = [&](const Manifest& of) { return may_include ? lists_manifest(of) : of; };
  if (may_include) {
    Packer list;
    std::vector<FileUse> uses;
    for (const auto& [file, digest] : *included) uses.push_back(file);
    list << uses;
    send(stage, first(whole), {Blob(list.take()), {}});
  }
  if (has_contents_key) send(stage, first(manifest), {});
  send(stage, with_included(whole, *included), {*result.output, result.entry.warnings});
}

}  // namespace cbundle

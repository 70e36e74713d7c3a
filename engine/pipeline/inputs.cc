#include "engine/pipeline/inputs.h"

#include <algorithm>

#include "engine/script/template.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

using Facts = FileCache<ObjectFacts>::Cached;
using Content = FileCache<Digest>::Cached;

// Said by lookup() where something would have to be read; never shown.
Error not_cached() { return {ErrorKind::unavailable, "not cached"}; }

const Digest& digest_of_absent() {
  static const Digest digest = Digest::of("absent");
  return digest;
}

// A thin archive is as much as the members it names.
template <class FactsOf>
Result<Digest> thin_digest(const fs::path& archive, const Facts& facts, FactsOf facts_of,
                           std::vector<fs::path>& files, Facts& first) {
  Manifest manifest;
  for (const std::string& member : facts.facts.members) {
    const fs::path path = archive.parent_path() / member;
    const Facts known = TRY(facts_of(path));
    if (first.facts.machine == 0) first = known;
    manifest.field("member", known.facts.semantic);
    files.push_back(path);
  }
  return manifest.key().digest;
}

Error mixed(const std::string& name, const ObjectFacts& facts, const std::string& first,
            const Target& target) {
  return {ErrorKind::bad_input,
          name + " is for " + machine_name(facts.machine, facts.is_64) + ", but " + first +
              " is for " + machine_name(target.machine, target.is_64) +
              "\n  all objects of a bundle must be for one machine: check the compiler and its -m "
              "flags"};
}

Result<fs::path> find_linker(const Request& request, const Target& target) {
  if (!request.linker.empty()) {
    return find_program(request.linker.native(), request.path, request.directory);
  }
  for (const std::string_view name : target.linkers) {
    Result<fs::path> found = find_program(name, request.path, request.directory);
    if (found) return found;
  }
  return Error{ErrorKind::bad_input, "no linker for " + std::string(target.name) + " on PATH (" +
                                         std::string(target.linkers.front()) +
                                         ")\n  install binutils, or name one with --linker"};
}

Result<void> check(const Request& request) {
  if (request.objects.empty()) {
    return Error{ErrorKind::bad_request,
                 "no objects to bundle\n  name them after --: cbundle build "
                 "-o out.o -- a.o b.o"};
  }
  std::vector<std::string> names = request.spec.exports;
  for (const Import& import : request.spec.imports) names.push_back(import.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) {
    return Error{ErrorKind::bad_request, *twice + " is named twice among --import and --export"};
  }
  if (std::ranges::find(names, std::string()) != names.end()) {
    return Error{ErrorKind::bad_request, "an --import or --export without a name"};
  }
  return {};
}

}  // namespace

// Adds one object to `inputs`, and checks that it is for the same machine as the others.
template <class FactsOf>
Result<void> InputReader::add_object(const Request& request, const fs::path& name, FactsOf facts_of,
                                     Inputs& inputs) {
  const fs::path path = request.directory / name;
  Facts facts = TRY(facts_of(path));
  const bool is_thin = !facts.facts.members.empty();
  Input input{path, facts.stamp, facts.facts.semantic, facts.facts.is_archive, is_thin};
  inputs.files.push_back(name);
  if (is_thin) {
    Facts first{};
    input.digest = TRY(thin_digest(path, facts, facts_of, inputs.files, first));
    facts = first;
  }
  inputs.objects.push_back(std::move(input));
  inputs.names.push_back(name.native());

  const ObjectFacts& f = facts.facts;
  if (f.machine == 0) return {};  // an empty archive
  const Target* target = target_for(f.machine, f.is_64, f.is_big_endian);
  if (inputs.target != nullptr && target != inputs.target) {
    return mixed(name.native(), f, inputs.names.front(), *inputs.target);
  }
  if (target == nullptr) {
    return Error{ErrorKind::bad_input, name.native() + " is for " +
                                           machine_name(f.machine, f.is_64) +
                                           ", which cbundle cannot bundle yet"};
  }
  inputs.target = target;
  return {};
}

template <class FactsOf, class ContentOf, class ToolOf>
Result<Inputs> InputReader::assemble(const Request& request, FactsOf facts_of, ContentOf content_of,
                                     ToolOf tool_of) {
  TRY(check(request));
  Inputs inputs;
  for (const fs::path& name : request.objects) TRY(add_object(request, name, facts_of, inputs));
  if (inputs.target == nullptr) {
    return Error{ErrorKind::bad_input, "the archives hold no objects"};
  }
  const fs::path linker = TRY(find_linker(request, *inputs.target));
  inputs.linker = TRY(tool_of(linker));
  if (request.script.empty()) return inputs;

  const fs::path script = request.directory / request.script;
  const Content content = TRY(content_of(script));
  inputs.script = Input{script, content.stamp, content.facts};
  inputs.files.push_back(request.script);
  if (is_template(script)) {
    const fs::path preprocessor = TRY(find_program("cpp", request.path, request.directory));
    inputs.preprocessor = TRY(tool_of(preprocessor));
  }
  return inputs;
}

Result<Inputs> InputReader::read(const Request& request, const std::stop_token& stop) {
  const auto named = [&](const fs::path& path, Error error) {
    const std::string name = path.lexically_proximate(request.directory).native();
    if (error.text().find(path.native()) != std::string::npos) return error;
    return Error{error.kind, name + ": " + error.text()};
  };
  return assemble(
      request,
      [&](const fs::path& path) -> Result<Facts> {
        Result<Facts> facts = objects_.of(
            path, [](std::string content) { return facts_of(Blob(std::move(content))); });
        if (!facts) return named(path, facts.error());
        return facts;
      },
      [&](const fs::path& path) -> Result<Content> {
        return contents_.of(
            path, [](const std::string& content) -> Result<Digest> { return Digest::of(content); });
      },
      [&](const fs::path& program) { return tools_.of(program, stop); });
}

std::optional<Inputs> InputReader::lookup(const Request& request) {
  Result<Inputs> inputs = assemble(
      request,
      [&](const fs::path& path) -> Result<Facts> {
        if (std::optional<Facts> known = objects_.cached(path)) return *known;
        return not_cached();
      },
      [&](const fs::path& path) -> Result<Content> {
        if (std::optional<Content> known = contents_.cached(path)) return *known;
        return not_cached();
      },
      [&](const fs::path& program) -> Result<Tool> {
        if (std::optional<Tool> known = tools_.cached(program)) return *known;
        return not_cached();
      });
  if (!inputs) return std::nullopt;
  return std::move(inputs).value();
}

Digest InputReader::content_digest(const fs::path& path) {
  const Result<Content> content = contents_.of(
      path, [](const std::string& bytes) -> Result<Digest> { return Digest::of(bytes); });
  return content ? content.value().facts : digest_of_absent();
}

std::optional<Digest> InputReader::cached_content_digest(const fs::path& path) {
  if (const auto known = contents_.cached(path)) return known->facts;
  std::error_code code;
  if (!fs::exists(path, code)) return digest_of_absent();
  return std::nullopt;
}

}  // namespace cbundle

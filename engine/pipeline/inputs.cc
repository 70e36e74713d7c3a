#include "engine/pipeline/inputs.h"

#include <algorithm>

#include "engine/bundle/output/names.h"
#include "engine/script/template.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

Error mixed(const std::string& name, const ObjectFacts& facts, const std::string& first,
            const Target& target) {
  return {ErrorKind::bad_input,
          name + " is for " + machine_name(facts.machine, facts.is_64) + ", but " + first +
              " is for " + machine_name(target.machine, target.is_64),
          "all objects of a bundle must be for one machine: check the compiler and its -m flags"};
}

Result<fs::path> find_linker(const Request& request, const Target& target) {
  if (!request.linker.empty()) {
    return find_program(request.linker.native(), request.path, request.directory);
  }
  for (const std::string_view name : target.linkers) {
    Result<fs::path> found = find_program(name, request.path, request.directory);
    if (found) return found;
  }
  return Error{ErrorKind::bad_input,
               "no linker for " + std::string(target.name) + " on PATH (" +
                   std::string(target.linkers.front()) + ")",
               "install binutils, or name one with --linker"};
}

Result<void> check(const Request& request) {
  if (request.objects.empty()) {
    return Error{ErrorKind::bad_request, "no objects to bundle",
                 "name them after --: cbundle build -o out.o -- a.o b.o"};
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
  return check_names(request.spec);
}

// The same error, about the file that the caller calls `name`.
Error about(const std::string& name, const fs::path& path, Error error) {
  if (error.text().find(path.native()) != std::string::npos) return error;
  for (Diagnostic& diagnostic : error.diagnostics) diagnostic.object = name;
  return error;
}

Input::File file_of(const fs::path& path, const FileCache<ObjectFacts>::Cached& known) {
  return {path, known.stamp, known.facts.content, known.is_quiet};
}

}  // namespace

Manifest with_contents(Manifest manifest, const Inputs& inputs) {
  for (const Input& object : inputs.objects) {
    manifest.field("whole content", object.file.content);
    for (const Input::File& member : object.members) {
      manifest.field("member's whole content", member.content);
    }
  }
  return manifest;
}

ScriptStage::Source script_source(const Request& request, const Inputs& inputs) {
  return {*inputs.script, inputs.preprocessor, request.defines, request.directory};
}

// Adds the members of a thin archive to `input`, also those of a thin archive in it, and what
// counts of them to `manifest`. Returns the facts of the first.
Result<ObjectFacts> InputReader::read_members(const ObjectFacts& archive, const fs::path& beside,
                                              const Reading& reading, Input& input,
                                              Manifest& manifest) {
  constexpr std::size_t max_members = 1'000'000;  // two archives that contain each other end here
  ObjectFacts first = archive;
  manifest.field("archive", archive.semantic);
  for (const std::string& name : archive.members) {
    const fs::path path = beside / name;
    Result<Facts> known = objects_.of(path, reading.may_read);
    if (!known) {
      return about(path.lexically_proximate(reading.directory).native(), path, known.error());
    }
    ObjectFacts facts = known.value().facts;
    if (input.members.size() == max_members) {
      return Error{ErrorKind::bad_input, path.string() + ": too many members"};
    }
    input.members.push_back(file_of(path, known.value()));
    manifest.field("member", name);
    if (facts.members.empty()) {
      manifest.field("content", facts.semantic);
    } else {
      facts = TRY(read_members(facts, path.parent_path(), reading, input, manifest));
    }
    if (first.machine == 0) first = facts;
  }
  return first;
}

// Adds one object to `inputs`, and checks that it is for the same machine as the others.
Result<void> InputReader::add_object(const fs::path& name, const Reading& reading, Inputs& inputs) {
  const fs::path path = reading.directory / name;
  Result<Facts> known = objects_.of(path, reading.may_read);
  if (!known) return about(name.native(), path, known.error());
  ObjectFacts f = known.value().facts;
  Input input{file_of(path, known.value()), f.semantic, f.is_archive, {}};
  inputs.files.push_back(name);
  if (!f.members.empty()) {
    Manifest manifest;
    f = TRY(read_members(f, path.parent_path(), reading, input, manifest));
    input.digest = manifest.key().digest;
    for (const Input::File& member : input.members) inputs.files.push_back(member.path);
  }
  inputs.objects.push_back(std::move(input));
  inputs.names.push_back(name.native());

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

// The mount of the root directory stays, and with it most files of most builds.
void InputReader::forget_exchanged_mounts() {
  std::uint64_t root = 0;
  {
    const auto mounts = mounts_.lock();
    if (!mounts->have_changed()) return;
    root = mounts->root();
  }
  objects_.forget_except(root);
  contents_.forget_except(root);
  tools_.forget_except(root);
}

Result<Inputs> InputReader::read(const Request& request, const std::stop_token* stop) {
  const bool may_read = stop != nullptr;
  forget_exchanged_mounts();
  TRY(check(request));
  Inputs inputs;
  inputs.directory = request.directory;
  for (const fs::path& name : request.objects) {
    TRY(add_object(name, {request.directory, may_read}, inputs));
  }
  if (inputs.target == nullptr) {
    return Error{ErrorKind::bad_input, "the archives hold no objects"};
  }
  const fs::path linker = TRY(find_linker(request, *inputs.target));
  inputs.linker = TRY(tools_.of(linker, ToolKind::linker, stop));
  if (request.script.empty()) return inputs;

  const fs::path script = request.directory / request.script;
  const auto content = TRY(contents_.of(script, may_read));
  inputs.script =
      Input{{script, content.stamp, content.facts, content.is_quiet}, content.facts, false, {}};
  inputs.files.push_back(request.script);
  if (is_template(script)) {
    const fs::path preprocessor = TRY(find_program("cpp", request.path, request.directory));
    inputs.preprocessor = TRY(tools_.of(preprocessor, ToolKind::preprocessor, stop));
  }
  return inputs;
}

std::vector<fs::path> InputReader::tool_files(const Inputs& inputs) {
  std::vector<fs::path> files = tools_.files_of(inputs.linker);
  if (!inputs.preprocessor) return files;
  const std::vector<fs::path> more = tools_.files_of(*inputs.preprocessor);
  files.insert(files.end(), more.begin(), more.end());
  return files;
}

std::vector<fs::path> InputReader::search_directories(const Tool& preprocessor,
                                                      const std::stop_token& stop) {
  {
    const auto known = search_directories_.lock();
    const auto found = known->find(preprocessor.identity);
    if (found != known->end()) return found->second;
  }
  Result<Exit> exit = executor_.execute({preprocessor.program,
                                         {"-x", "assembler-with-cpp", "-Wp,-v", "/dev/null"},
                                         "/",
                                         {"LANG=C.UTF-8", "PATH=/usr/bin:/bin"}},
                                        stop);
  if (!exit || exit.value().status != 0) return {};
  const SearchPath path = take_search_path(exit.value().output);
  std::vector<fs::path> directories = path.directories;
  directories.insert(directories.end(), path.missing.begin(), path.missing.end());
  search_directories_.lock()->insert_or_assign(preprocessor.identity, directories);
  return directories;
}

std::string InputReader::why_not_kept(const Inputs& inputs) {
  const auto reason_of = [&](const Tool& tool) -> std::string {
    if (!tool.is_identified) {
      return tool.program.string() + " is a script or a wrapper, which may run anything";
    }
    if (!tools_.is_unchanged(tool)) return tool.program.string() + " has changed just now";
    return {};
  };
  std::string reason = reason_of(inputs.linker);
  if (reason.empty() && inputs.preprocessor) reason = reason_of(*inputs.preprocessor);
  return reason;
}

Result<Digest> InputReader::content_digest(const fs::path& path, bool may_read) {
  const auto content = contents_.of(path, may_read);
  if (content) return content.value().facts;
  std::error_code code;
  const bool exists = fs::exists(path, code);
  if (!exists && !code) return digest_of_absent();
  if (content.error().kind == ErrorKind::bad_input) return Digest::of("unreadable");
  return content.error();
}

Result<Digest> InputReader::object_digest(const fs::path& name, const fs::path& directory) {
  Inputs inputs;
  TRY(add_object(name, {directory, true}, inputs));
  return inputs.objects.front().digest;
}

}  // namespace cbundle

// An input's way from path to digest: a request's files found, read once, cached.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "engine/elf/object_facts.h"
#include "engine/elf/target.h"
#include "engine/pipeline/file_cache.h"
#include "engine/pipeline/mount_watch.h"
#include "engine/pipeline/request.h"
#include "engine/stage/script_stage.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {

// A request whose files have become digests.
struct Inputs {
  const Target* target = nullptr;
  Tool linker;
  std::vector<Input> objects;                // in link order
  std::vector<std::string> names;            // of the objects, as the caller wrote them
  std::filesystem::path directory;           // the request's
  std::optional<Input> script;               // by content
  std::optional<Tool> preprocessor;          // for a `.lds.S` template
  std::vector<std::filesystem::path> files;  // all of them, as the caller wrote them
};

// `manifest` with the whole content of all objects, of which their digests leave out debug
// sections: for results with warnings of the linker, which name the lines of the sources.
Manifest with_contents(Manifest manifest, const Inputs& inputs);

// Only for a request with a script.
ScriptStage::Source script_source(const Request& request, const Inputs& inputs);

// Many threads may call.
class InputReader {
 public:
  explicit InputReader(Executor& executor) : executor_(executor), tools_(executor) {}

  // Finds, reads and hashes the files. Errors name a file as the caller wrote it: bad_request for
  // no objects, bad_input for what is missing, unreadable, not an object, or for another machine
  // than the first. Where `stop` is null, only what is cached is used, which takes one statx for
  // each file; Error{unavailable} where a file is not cached.
  Result<Inputs> read(const Request& request, const std::stop_token* stop);

  // After a tool has run: why its results must not be kept, "/opt/ld is a script, which may run
  // anything"; empty where they may. Takes one stat for each of the tools' files.
  std::string why_not_kept(const Inputs& inputs);

  // The files of the linker and the preprocessor, those looked for in vain too.
  std::vector<std::filesystem::path> tool_files(const Inputs& inputs);

  // The digest of a file's content; of a missing file, a digest of its own. Error{unavailable}
  // where the file is not cached and must not be read.
  Result<Digest> content_digest(const std::filesystem::path& path, bool may_read);

  // Where the preprocessor searches for <files>, those directories too that do not exist; empty
  // where it does not tell. Runs it once (6 ms).
  std::vector<std::filesystem::path> search_directories(const Tool& preprocessor,
                                                        const std::stop_token& stop);

  // As of FileCache, for all files.
  std::uint64_t take_young() { return objects_.take_young() + contents_.take_young(); }

  // The digest of an object or archive as it is now, as Inputs::objects has it.
  Result<Digest> object_digest(const std::filesystem::path& name,
                               const std::filesystem::path& directory);

 private:
  using Facts = FileCache<ObjectFacts>::Cached;

  struct Reading {
    const std::filesystem::path& directory;  // the request's
    bool may_read;                           // or only what is cached
  };

  void forget_exchanged_mounts();
  Result<void> add_object(const std::filesystem::path& name, const Reading& reading,
                          Inputs& inputs);
  Result<ObjectFacts> read_members(const ObjectFacts& archive, const std::filesystem::path& beside,
                                   const Reading& reading, Input& input, Manifest& manifest);

  FileCache<ObjectFacts> objects_{
      [](std::string&& content) { return facts_of(Blob(std::move(content))); }};
  FileCache<Digest> contents_{
      [](std::string&& content) -> Result<Digest> { return Digest::of(content); }};
  Executor& executor_;
  ToolIdentities tools_;
  Guarded<std::map<Digest, std::vector<std::filesystem::path>>> search_directories_;
  Guarded<MountWatch> mounts_;
};

}  // namespace cbundle

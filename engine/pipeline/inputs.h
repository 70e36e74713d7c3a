// An input's way from path to digest: a request's files found, read once, cached.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "engine/elf/object_facts.h"
#include "engine/elf/target.h"
#include "engine/pipeline/file_cache.h"
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
  std::optional<Input> script;               // by content
  std::optional<Tool> preprocessor;          // for a `.lds.S` template
  std::vector<std::filesystem::path> files;  // all of them, as the caller wrote them
};

// Only for a request with a script.
ScriptStage::Source script_source(const Request& request, const Inputs& inputs);

// Many threads may call.
class InputReader {
 public:
  explicit InputReader(Executor& executor) : tools_(executor) {}

  // Reads and hashes what is not cached. Errors name the file as the caller wrote it:
  // bad_request for no objects, bad_input for what is missing, unreadable, not an object, or for
  // another machine than the first.
  Result<Inputs> read(const Request& request, const std::stop_token& stop);

  // The same from memory alone, by one statx a file; nothing where a file is not cached.
  std::optional<Inputs> lookup(const Request& request);

  // The digest of a file's content; of a missing file, a digest of its own.
  Digest content_digest(const std::filesystem::path& path);
  std::optional<Digest> cached_content_digest(const std::filesystem::path& path);

 private:
  using Facts = FileCache<ObjectFacts>::Cached;
  using Content = FileCache<Digest>::Cached;

  // Finds the files of one request; `stop` is null where nothing may be read.
  Result<Inputs> assemble(const Request& request, const std::stop_token* stop);
  Result<void> add_object(const std::filesystem::path& name, const std::filesystem::path& directory,
                          bool may_read, Inputs& inputs);
  Result<Facts> read_members(const Facts& archive, const std::filesystem::path& directory,
                             bool may_read, Input& input, Inputs& inputs);
  Result<Facts> facts_of_object(const std::filesystem::path& path, bool may_read);
  Result<Content> content_of(const std::filesystem::path& path, bool may_read);
  Result<Tool> tool_of(const std::filesystem::path& program, const std::stop_token* stop);

  FileCache<ObjectFacts> objects_;
  FileCache<Digest> contents_;
  ToolIdentities tools_;
};

}  // namespace cbundle

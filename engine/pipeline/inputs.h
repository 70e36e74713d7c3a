// The journey of an input from path to digest: a request's files found, read once, cached.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "engine/elf/object_facts.h"
#include "engine/elf/target.h"
#include "engine/pipeline/builder.h"
#include "engine/pipeline/file_cache.h"
#include "engine/stage/input.h"
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

class InputReader {
 public:
  explicit InputReader(Executor& executor) : tools_(executor) {}

  // Reads and hashes what is not cached. Errors name the file as the caller wrote it:
  // bad_request for no objects, bad_input for what is missing, unreadable, no object, or for
  // another machine than the first.
  Result<Inputs> read(const Request& request, const std::stop_token& stop);

  // The same from memory alone, by one statx a file; nothing where a file is not cached.
  std::optional<Inputs> lookup(const Request& request);

  // The digest of a file's content; of a missing file, a digest of its own.
  Digest content_digest(const std::filesystem::path& path);
  std::optional<Digest> cached_content_digest(const std::filesystem::path& path);

 private:
  template <class FactsOf>
  Result<void> add_object(const Request& request, const std::filesystem::path& name,
                          FactsOf facts_of, Inputs& inputs);
  template <class FactsOf, class ContentOf, class ToolOf>
  Result<Inputs> assemble(const Request& request, FactsOf facts_of, ContentOf content_of,
                          ToolOf tool_of);

  FileCache<ObjectFacts> objects_;
  FileCache<Digest> contents_;
  ToolIdentities tools_;
};

}  // namespace cbundle

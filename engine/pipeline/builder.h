// Anything that can turn a Request into a bundle.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/bundle/spec.h"
#include "engine/pipeline/progress.h"

namespace cbundle {

struct Request {
  std::filesystem::path directory;             // absolute; relative paths below start here
  std::vector<std::filesystem::path> objects;  // objects and archives, in link order
  std::filesystem::path script;                // empty: the built-in template
  std::vector<std::string> defines;            // NAME or NAME=VALUE, for a `.lds.S` template
  std::filesystem::path linker;                // empty: the machine's own GNU ld, on PATH
  std::string path;                            // where to look for tools: the caller's $PATH
  std::filesystem::path output;                // names the previous build in reasons; no input
  Spec spec;
};

struct Built {
  Digest digest;                              // of `object`
  Blob object;                                // in the form asked for
  std::vector<std::filesystem::path> inputs;  // every file that was read, hidden ones too
  // What was made on the way, with its private directories. It takes up to a twentieth of the
  // build to do away with them: time that nobody waits for once the object has been handed on.
  std::vector<Blob> intermediates = {};
};

class Builder {
 public:
  virtual ~Builder() = default;

  // Errors: bad_request, bad_input, tool_failed, cancelled, internal. Many threads may call.
  virtual Result<Built> build(const Request& request, Progress& progress,
                              const std::stop_token& stop) = 0;
};

}  // namespace cbundle

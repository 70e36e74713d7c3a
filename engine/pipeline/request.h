// What a caller asks of the engine, and what it gets.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/bundle/spec.h"

namespace cbundle {

struct Request {
  std::filesystem::path directory;             // absolute; the base of all relative paths below
  std::vector<std::filesystem::path> objects;  // objects and archives, in link order
  std::filesystem::path script;                // empty: the built-in script
  std::vector<std::string> defines;            // NAME or NAME=VALUE, for a `.lds.S` template
  std::filesystem::path linker;                // empty: the target's GNU ld or ld.lld on PATH
  std::string path;                            // the caller's $PATH, searched for tools
  std::filesystem::path output;                // identifies the previous build; not an input
  bool wants_everything_used = false;          // see Built
  std::vector<std::filesystem::path> outputs;  // all files that the caller will write
  Spec spec;
};

struct Built {
  Digest digest;                              // of `object`
  Blob object;                                // in the form asked for
  std::vector<std::filesystem::path> inputs;  // every file that was read, included ones too
  // Only if the request wants it, absolute: the inputs, what was looked for in vain, and the files
  // of the tools.
  std::vector<std::filesystem::path> everything_used = {};
  // The other stages' outputs. Freeing them and their private directories takes up to a twentieth
  // of the build's time, so callers do it after they have sent the object.
  std::vector<Blob> intermediates = {};
  // Keeps what explain() needs: a millisecond of work, which callers do after they have sent the
  // object. The engine outlives it. May be empty.
  std::function<void()> keep_contents = {};
};

}  // namespace cbundle

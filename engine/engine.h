// The engine as a daemon and a private daemon use it: pipeline, store and executor behind one
// interface.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/base/problems.h"
#include "engine/config/config.h"
#include "engine/pipeline/build_history.h"
#include "engine/pipeline/progress.h"
#include "engine/pipeline/remote_cache.h"
#include "engine/pipeline/request.h"
#include "engine/store/store.h"

namespace cbundle {

// Many threads may call. Virtual, so that the daemon is tested without tools and files.
class Engine {
 public:
  // Opens the store in `config.cache_dir` (or one in memory, where `config.cache` is false). A
  // store that cannot be opened is a problem, not an error: the engine then works without one.
  // `problems` outlives the engine. Each build sends those that are new as cache warnings.
  // `is_private`: it serves one client only, which explain() says. `remote` may be null; digests
  // must have SHA-256 where it is not.
  static std::unique_ptr<Engine> open(const Config& config, Problems& problems,
                                      bool is_private = false,
                                      std::unique_ptr<RemoteCache> remote = nullptr);
  virtual ~Engine() = default;

  // As Pipeline::build(). Never fails because of the cache.
  virtual Result<Built> build(const Request& request, Progress& progress,
                              const std::stop_token& stop) = 0;

  // The answer to a request whose inputs are all cached and whose result is in the store;
  // otherwise nothing. Takes microseconds: one statx for each input and one look-up; runs and
  // reads nothing, so it may be called on a thread that must not block.
  virtual std::optional<Built> lookup(const Request& request, Progress& progress) = 0;

  // What the last build of `output` (absolute) did and why; nothing where none is known. Reads
  // files.
  virtual std::optional<Explanation> explain(const std::filesystem::path& output) = 0;

  virtual Store& store() = 0;
};

}  // namespace cbundle

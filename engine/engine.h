// The engine put together: everything that builds bundles, behind one face.
//
// A daemon and a one-shot use it alike; neither knows what is inside.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/config/config.h"
#include "engine/pipeline/builder.h"
#include "engine/store/store.h"

namespace cbundle {

class Engine {
 public:
  // Told, from any thread, of each thing that degraded; for the log.
  using OnCacheWarning = std::function<void(const std::string& text)>;

  // Opens the store in `config.cache_dir` (or one in memory, where `config.cache` is false). A
  // store that cannot be opened is a trouble, not an error: the engine then works without one.
  static std::unique_ptr<Engine> open(const Config& config, OnCacheWarning on_cache_warning);
  virtual ~Engine() = default;

  // As Builder::build. Never fails because of the cache.
  virtual Result<Built> build(const Request& request, Progress& progress,
                              const std::stop_token& stop) = 0;

  // The answer to a request whose inputs are all cached and whose result is in the store;
  // otherwise nothing. Takes microseconds: statx per input and one look-up; runs and hashes
  // nothing, so it may be called where blocking is not welcome.
  virtual std::optional<Built> lookup(const Request& request, Progress& progress) = 0;

  virtual Store& store() = 0;
};

}  // namespace cbundle

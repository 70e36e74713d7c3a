#include "engine/engine.h"

#include <thread>

#include "engine/pipeline/pipeline.h"
#include "engine/store/disk_cache.h"
#include "engine/store/memory_cache.h"
#include "engine/tool/process_executor.h"

namespace cbundle {
namespace {

std::unique_ptr<Store> open_store(const Config& config,
                                  const Engine::OnCacheWarning& on_cache_warning) {
  if (config.cache) {
    auto store = DiskCache::open(config.cache_dir, config.max_size, on_cache_warning);
    if (store) return std::move(store).value();
    on_cache_warning(store.error().text());
  }
  constexpr std::uint64_t in_memory = 64 << 20;  // bytes
  return std::make_unique<MemoryCache>(in_memory);
}

unsigned tool_slots(const Config& config) {
  if (config.jobs != 0) return static_cast<unsigned>(config.jobs);
  return std::max(1U, std::thread::hardware_concurrency());
}

class PipelineEngine final : public Engine {
 public:
  PipelineEngine(const Config& config, const OnCacheWarning& on_cache_warning)
      : store_(open_store(config, on_cache_warning)),
        executor_(tool_slots(config)),
        pipeline_(*store_, executor_) {}

  Result<Built> build(const Request& request, Progress& progress,
                      const std::stop_token& stop) override {
    Result<Built> built = pipeline_.build(request, progress, stop);
    store_->count(built ? "build.done" : "build.failed");
    return built;
  }

  std::optional<Built> lookup(const Request& request, Progress& progress) override {
    std::optional<Built> built = pipeline_.lookup(request, progress);
    if (built) store_->count("build.done");
    return built;
  }

  Store& store() override { return *store_; }

 private:
  std::unique_ptr<Store> store_;
  ProcessExecutor executor_;
  Pipeline pipeline_;
};

}  // namespace

std::unique_ptr<Engine> Engine::open(const Config& config, const OnCacheWarning& on_cache_warning) {
  return std::make_unique<PipelineEngine>(config, on_cache_warning);
}

}  // namespace cbundle

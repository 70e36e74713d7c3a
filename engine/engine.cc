#include "engine/engine.h"

#include <thread>

#include "engine/build/pipeline.h"
#include "engine/store/memory_store.h"
#include "engine/store/sqlite_store.h"
#include "engine/store/write_behind.h"
#include "engine/tool/process_executor.h"

namespace cbundle {
namespace {

// Tells the log too what degraded.
class LoggedProgress final : public Progress {
 public:
  LoggedProgress(Progress& inner, const Engine::OnTrouble& on_trouble)
      : inner_(inner), on_trouble_(on_trouble) {}
  void on(const Event& event) override {
    if (const auto* trouble = std::get_if<Trouble>(&event)) on_trouble_(trouble->text);
    inner_.on(event);
  }

 private:
  Progress& inner_;
  const Engine::OnTrouble& on_trouble_;
};

std::unique_ptr<Store> open_store(const Config& config, const Engine::OnTrouble& on_trouble) {
  if (config.cache) {
    Result<std::unique_ptr<SqliteStore>> store =
        SqliteStore::open(config.cache_dir, config.max_size, on_trouble);
    if (store) return std::make_unique<WriteBehind>(std::move(store).value());
    on_trouble(store.error().message);
  }
  constexpr std::uint64_t in_memory = 64 << 20;  // bytes
  return std::make_unique<MemoryStore>(in_memory);
}

unsigned tool_slots(const Config& config) {
  if (config.jobs != 0) return static_cast<unsigned>(config.jobs);
  return std::max(1U, std::thread::hardware_concurrency());
}

class WholeEngine final : public Engine {
 public:
  WholeEngine(const Config& config, OnTrouble on_trouble)
      : on_trouble_(std::move(on_trouble)),
        store_(open_store(config, on_trouble_)),
        executor_(tool_slots(config)),
        pipeline_(*store_, executor_) {}

  Result<Built> build(const Request& request, Progress& progress,
                      const std::stop_token& stop) override {
    LoggedProgress logged(progress, on_trouble_);
    Result<Built> built = pipeline_.build(request, logged, stop);
    store_->count(built ? "build.done" : "build.failed");
    return built;
  }

  std::optional<Built> recall(const Request& request, Progress& progress) override {
    LoggedProgress logged(progress, on_trouble_);
    std::optional<Built> built = pipeline_.recall(request, logged);
    if (built) store_->count("build.done");
    return built;
  }

  Store& store() override { return *store_; }

 private:
  OnTrouble on_trouble_;
  std::unique_ptr<Store> store_;
  ProcessExecutor executor_;
  Pipeline pipeline_;
};

}  // namespace

std::unique_ptr<Engine> Engine::open(const Config& config, OnTrouble on_trouble) {
  return std::make_unique<WholeEngine>(config, std::move(on_trouble));
}

}  // namespace cbundle

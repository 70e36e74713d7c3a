#include "engine/engine.h"

#include <ctime>
#include <mutex>
#include <thread>

#include "engine/pipeline/pipeline.h"
#include "engine/store/cache_directory.h"
#include "engine/store/disk_cache.h"
#include "engine/store/memory_cache.h"
#include "engine/store/reopening_store.h"
#include "engine/tool/process_executor.h"

namespace cbundle {
namespace {

Diagnostic warning(std::string message) {
  return {.severity = Severity::warning, .message = std::move(message)};
}

Result<std::unique_ptr<DiskCache>> open_disk_cache(const Config& config, Problems& problems) {
  return DiskCache::open(config.cache_dir, config.max_size, [&](const std::string& text) {
    problems.report("damaged-cache", warning(text));
  });
}

std::unique_ptr<Store> open_store(const Config& config, Problems& problems) {
  constexpr std::uint64_t in_memory = 64 << 20;  // bytes
  if (!config.cache) return std::make_unique<MemoryCache>(in_memory);
  auto store = open_disk_cache(config, problems);
  if (store) return std::move(store).value();
  Diagnostic why = store.error().diagnostics.front();
  why.severity = Severity::warning;
  why.message += "; results are kept in memory";
  problems.report("memory-cache", std::move(why));
  const auto open_again = [config, &problems]() -> std::unique_ptr<Store> {
    auto opened = open_disk_cache(config, problems);
    if (!opened) return nullptr;
    problems.resolve("memory-cache");
    return std::move(opened).value();
  };
  return std::make_unique<ReopeningStore>(open_again, in_memory);
}

unsigned tool_slots(const Config& config) {
  if (config.jobs != 0) return static_cast<unsigned>(config.jobs);
  return std::max(1U, std::thread::hardware_concurrency());
}

// None without a cache directory, whose users share them.
Fd shared_slots(const Config& config) {
  if (!config.cache) return {};
  Result<Fd> file = CacheDirectory(config.cache_dir).slots();
  return file ? std::move(file).value() : Fd();
}

// Turns a build's cache warnings into problems.
class ProblemReporter final : public Progress {
 public:
  ProblemReporter(Problems& problems, Progress& progress)
      : problems_(problems), progress_(progress) {}

  void on(const Event& event) override {
    const auto* warning = std::get_if<CacheWarning>(&event);
    if (warning == nullptr) return progress_.on(event);
    problems_.report(warning->problem, warning->diagnostic);
  }

  // At the end of the build.
  void send_unreported() {
    for (Diagnostic& problem : problems_.take_unreported()) {
      progress_.on(CacheWarning{std::move(problem)});
    }
  }

 private:
  Problems& problems_;
  Progress& progress_;
};

class PipelineEngine final : public Engine {
 public:
  PipelineEngine(const Config& config, Problems& problems, bool is_private,
                 std::unique_ptr<RemoteCache> remote)
      : problems_(problems),
        remote_(std::move(remote)),
        store_(open_store(config, problems)),
        executor_(tool_slots(config), shared_slots(config),
                  is_private ? SharedSlots::Wait::yes : SharedSlots::Wait::no),
        pipeline_(*store_, executor_, is_private, remote_.get()) {}

  Result<Built> build(const Request& request, Progress& progress,
                      const std::stop_token& stop) override {
    ProblemReporter reporter(problems_, progress);
    Result<Built> built = pipeline_.build(request, reporter, stop);
    reporter.send_unreported();
    store_->count(built ? "build.done" : "build.failed");
    add_remote_counts();
    if (built && built.value().keep_contents) {
      built.value().keep_contents = [this, keep = std::move(built.value().keep_contents)] {
        keep();
        std::call_once(counting_since_, [this] { begin_counting(); });
      };
    }
    return built;
  }

  std::optional<Built> lookup(const Request& request, Progress& progress) override {
    ProblemReporter reporter(problems_, progress);
    std::optional<Built> built = pipeline_.lookup(request, reporter);
    if (!built) return built;
    reporter.send_unreported();
    store_->count("build.done");
    return built;
  }

  std::optional<Explanation> explain(const std::filesystem::path& output) override {
    return pipeline_.explain(output);
  }

  // With the remote cache's counts until now.
  Store& store() override {
    add_remote_counts();
    return *store_;
  }

 private:
  // It cannot count by itself, as it lives longer than the store.
  void add_remote_counts() {
    if (!remote_) return;
    for (const auto& [name, count] : remote_->take_counters()) store_->count(name, count);
  }

  // Counters of a new store begin now. Waits for the store, so it is done when nobody waits.
  void begin_counting() {
    const Result<Counters> counters = store_->counters();
    if (!counters || counters.value().contains("stats.since")) return;
    store_->count("stats.since", static_cast<std::uint64_t>(std::time(nullptr)));
  }

  Problems& problems_;
  std::once_flag counting_since_;
  std::unique_ptr<RemoteCache> remote_;  // sends what is queued after the store is closed
  std::unique_ptr<Store> store_;
  ProcessExecutor executor_;
  Pipeline pipeline_;
};

}  // namespace

std::unique_ptr<Engine> Engine::open(const Config& config, Problems& problems, bool is_private,
                                     std::unique_ptr<RemoteCache> remote) {
  return std::make_unique<PipelineEngine>(config, problems, is_private, std::move(remote));
}

}  // namespace cbundle

// The remote cache as a client of the Remote Execution API: each result is that of an action.
//
//   Command      arguments: "cbundle", the stage; output_paths: "output"
//   input root   one file, "manifest": RemoteKey::manifest
//   result       output_files: "output"; stdout: the warnings, packed
//
// One thread sends results, after the builds have their answers, and probes a remote that has
// failed. No build waits for a connection longer than `connect_budget`, and that once: until the
// remote has answered, and after a failure, nothing is found.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "daemon/remote/circuit_breaker.h"
#include "daemon/remote/remote_api.h"
#include "engine/base/problems.h"
#include "engine/pipeline/remote_cache.h"

namespace cbundle {

class RemoteClient final : public RemoteCache {
 public:
  static constexpr std::chrono::milliseconds connect_budget{100};
  static constexpr std::chrono::seconds drain_limit{10};
  static constexpr std::uint64_t max_queued = 256 << 20;  // bytes; what is more is dropped

  // Connects at once, and does not wait for that. `config.remote` is set; `problems` and `clock`
  // outlive this. `has_waiting_client`: whether a build ends only when this has ended.
  RemoteClient(const Config& config, bool has_waiting_client, Problems& problems,
               const Clock& clock = steady_clock());

  // Sends what is queued, for `drain_limit` at most; where a client waits, for one deadline, and
  // not at all to a remote that has not answered yet.
  ~RemoteClient() override;

  std::optional<RemoteResult> find(const RemoteKey& key, const std::stop_token& stop) override;
  void put(RemoteKey key, RemoteResult result) override;
  Counters take_counters() override;

 private:
  struct Upload {
    RemoteKey key;
    RemoteResult result;
    std::uint64_t size() const { return key.manifest.size() + result.output.size(); }
  };

  CallLimit limit(const std::stop_token& stop) const {
    return {std::chrono::system_clock::now() + std::chrono::milliseconds(config_.remote_deadline),
            stop};
  }
  std::shared_ptr<RemoteApi> admit(const std::stop_token& stop);
  static grpc::Status read_result(RemoteApi& api, const RemoteKey& key, RemoteResult& result,
                                  const CallLimit& within);
  grpc::Status send(RemoteApi& api, const Upload& upload);
  void report(const grpc::Status& status);
  void count(std::string_view name);

  // The thread.
  void run(const std::stop_token& stop);
  bool can_probe() const;
  void probe();
  void send_next(std::unique_lock<std::mutex>& lock);

  const Config config_;
  const bool has_waiting_client_;
  Problems& problems_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<RemoteApi> api_;  // a new one for each probe, which reads certificates again
  CircuitBreaker breaker_;
  bool is_wanted_ = true;  // a build has asked since the last probe
  bool is_ending_ = false;
  std::deque<Upload> queue_;
  std::uint64_t queued_ = 0;  // bytes
  Counters counters_;
  std::stop_source end_;  // of the calls that the thread makes
  std::jthread thread_;   // last, as it uses the others
};

}  // namespace cbundle

// Puts results into the store while the builds that made them go on.
#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/store/store.h"

namespace cbundle {

// A build of 10 KB waits 3 ms of 17 for the store if it waits after each stage.
class Keeper {
 public:
  using Kept = std::future<Result<void>>;

  explicit Keeper(Store& store) : store_(store) {}  // outlives this
  ~Keeper();                                        // keeps first what is still waiting

  // As Store::keep(), some time later. `released` is let go once it is done.
  Kept keep(Store::Item item, std::shared_ptr<const void> released = nullptr);

 private:
  struct Waiting {
    std::vector<Store::Item> items;
    std::vector<std::promise<Result<void>>> outcomes;
    std::vector<std::shared_ptr<const void>> released;
  };

  void loop();
  Waiting next();  // empty: the end
  void keep(Waiting waiting);

  Store& store_;

  // No Guarded<>: waiting on a condition needs the lock itself.
  std::mutex mutex_;
  std::condition_variable came_;
  Waiting waiting_;
  bool stopping_ = false;

  std::thread thread_;  // started by the first result; a build of hits needs none
};

}  // namespace cbundle

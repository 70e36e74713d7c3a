// Lets the first caller of a key do the work and the others wait for its result.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <utility>

namespace cbundle {

template <class Key, class Value>
class SingleFlight {
 public:
  struct FlightResult {
    Value value;
    bool shared;  // another caller did the work
  };

  // Runs `work` unless another caller of the same key is running it; then waits for that value. If
  // it is not `shareable(value)`, as a failure or a build that was cancelled, or if the work has
  // thrown, each waiter runs its own. Returns nothing if `stop` ends the wait. No lock is held
  // while `work` runs; what it throws reaches its own caller.
  template <class Work, class Shareable>
  std::optional<FlightResult> once(const Key& key, const std::stop_token& stop, Work work,
                                   Shareable shareable) {
    const Joined joined = join(key);
    Flight& flight = *joined.flight;
    if (joined.is_first) {
      Publisher publisher(*this, key, flight);
      return FlightResult{publisher.publish(work()), false};
    }
    {
      std::unique_lock lock(flight.mutex);
      if (!flight.ended.wait(lock, stop, [&] { return flight.has_ended; })) return std::nullopt;
      if (flight.value && shareable(*flight.value)) return FlightResult{*flight.value, true};
    }
    return FlightResult{work(), false};
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable_any ended;
    bool has_ended = false;
    std::optional<Value> value;  // none, where the work has thrown
  };

  struct Joined {
    std::shared_ptr<Flight> flight;
    bool is_first;  // the caller does the work
  };

  // Ends a flight, whether there is a value or an exception.
  class Publisher {
   public:
    Publisher(SingleFlight& flights, const Key& key, Flight& flight)
        : flights_(flights), key_(key), flight_(flight) {}
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;
    ~Publisher() {
      {
        const std::lock_guard lock(flights_.mutex_);
        flights_.flights_.erase(key_);
      }
      const std::lock_guard lock(flight_.mutex);
      flight_.has_ended = true;
      flight_.ended.notify_all();
    }

    Value publish(Value value) {
      const std::lock_guard lock(flight_.mutex);
      flight_.value = value;
      return value;
    }

   private:
    SingleFlight& flights_;
    const Key& key_;
    Flight& flight_;
  };

  Joined join(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto known = flights_.find(key);
    if (known != flights_.end()) return {known->second, false};
    auto flight = std::make_shared<Flight>();
    flights_.emplace(key, flight);
    return {std::move(flight), true};
  }

  std::mutex mutex_;
  std::unordered_map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace cbundle

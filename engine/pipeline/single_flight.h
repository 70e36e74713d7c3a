// Lets the first caller of a key do the work and the others wait for it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <unordered_map>

namespace cbundle {

template <class Key, class Value>
class SingleFlight {
 public:
  struct Landed {
    Value value;
    bool shared;  // another caller did the work
  };

  // Runs `work` unless another caller of the same key is at it already; then waits for that one's
  // value. Where `abandoned(value)` says that the worker gave up for reasons of its own, a waiter
  // takes over. Nothing, where `stop` ends the wait. No lock is held while `work` runs.
  template <class Work, class Abandoned>
  std::optional<Landed> once(const Key& key, const std::stop_token& stop, Work work,
                             Abandoned abandoned) {
    for (;;) {
      const auto [flight, first] = board(key);
      if (first) return Landed{land(key, *flight, work()), false};
      std::optional<Value> value = wait(*flight, stop);
      if (!value) return std::nullopt;
      if (!abandoned(*value)) return Landed{std::move(*value), true};
    }
  }

 private:
  struct Flight {
    std::mutex mutex;
    std::condition_variable_any landed;
    std::optional<Value> value;
  };
  struct Boarded {
    std::shared_ptr<Flight> flight;
    bool first;
  };

  Boarded board(const Key& key) {
    const std::lock_guard lock(mutex_);
    auto& flight = flights_[key];
    const bool first = flight == nullptr;
    if (first) flight = std::make_shared<Flight>();
    return {flight, first};
  }

  Value land(const Key& key, Flight& flight, Value value) {
    {
      const std::lock_guard lock(mutex_);
      flights_.erase(key);
    }
    const std::lock_guard lock(flight.mutex);
    flight.value = value;
    flight.landed.notify_all();
    return value;
  }

  static std::optional<Value> wait(Flight& flight, const std::stop_token& stop) {
    std::unique_lock lock(flight.mutex);
    flight.landed.wait(lock, stop, [&] { return flight.value.has_value(); });
    return flight.value;
  }

  std::mutex mutex_;
  std::unordered_map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace cbundle

// Lets the first caller of a key do the work and the others wait for it.
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
  class Hold;
  struct Landed {
    Value value;
    bool shared;  // another caller did the work
    Hold hold = {};
  };

  // Runs `work` unless another caller of the same key is at it already; then waits for that one's
  // value. Where `abandoned(value)` says that the worker gave up for reasons of its own, a waiter
  // takes over. Nothing, where `stop` ends the wait. No lock is held while `work` runs.
  // Who did the work may keep the hold: while it lives, callers get the value that has landed.
  template <class Work, class Abandoned>
  std::optional<Landed> once(const Key& key, const std::stop_token& stop, Work work,
                             Abandoned abandoned) {
    for (;;) {
      const auto [flight, first] = board(key);
      if (first) return land(Hold(this, key), *flight, work(), abandoned);
      std::optional<Value> value = wait(*flight, stop);
      if (!value) return std::nullopt;
      if (!abandoned(*value)) return Landed{std::move(*value), true, {}};
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

  template <class Abandoned>
  Landed land(Hold hold, Flight& flight, Value value, Abandoned abandoned) {
    if (abandoned(value)) hold = {};  // or those who take over would meet this value again
    const std::lock_guard lock(flight.mutex);
    flight.value = value;
    flight.landed.notify_all();
    return {std::move(value), false, std::move(hold)};
  }

  void release(const Key& key) {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
  }

  static std::optional<Value> wait(Flight& flight, const std::stop_token& stop) {
    std::unique_lock lock(flight.mutex);
    flight.landed.wait(lock, stop, [&] { return flight.value.has_value(); });
    return flight.value;
  }

  std::mutex mutex_;
  std::unordered_map<Key, std::shared_ptr<Flight>> flights_;
};

// Keeps a key taken. Whoever did the work has it, or nobody.
template <class Key, class Value>
class SingleFlight<Key, Value>::Hold {
 public:
  Hold() = default;
  Hold(SingleFlight* flights, Key key) : flights_(flights), key_(std::move(key)) {}
  Hold(Hold&& other) noexcept : Hold() { swap(other); }
  Hold& operator=(Hold&& other) noexcept {
    Hold taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Hold() {
    if (flights_ != nullptr) flights_->release(key_);
  }

 private:
  void swap(Hold& other) noexcept {
    std::swap(flights_, other.flights_);
    std::swap(key_, other.key_);
  }

  SingleFlight* flights_ = nullptr;
  Key key_{};
};

}  // namespace cbundle

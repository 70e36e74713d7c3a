// A value, or the Failure that ends the command.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "client/exit_code.h"

namespace cbundle {

struct Failure {
  ExitCode code;
  std::string message;  // whole lines for a person; the last one has no newline
};

template <class T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Failure& failure() const { return std::get<1>(state_); }

 private:
  std::variant<T, Failure> state_;
};

}  // namespace cbundle

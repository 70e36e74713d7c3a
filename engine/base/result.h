// A value, or the Error that says why there is none.
//
// Shaped like std::expected, so that C++23 can replace it by an alias.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "engine/base/diagnostic.h"

namespace cbundle {

enum class ErrorKind {
  bad_request,  // the request, an option or a setting is invalid
  bad_input,    // the objects or the script make no bundle, or a file cannot be read or written
  tool_failed,  // the linker or the preprocessor failed
  unavailable,  // try again, or go on without it
  no_daemon,    // none runs, or none can be started though one is required; the client's only
  evicted,      // the entry exists, its bytes do not
  corrupt,      // the bytes do not match their digest
  cancelled,    // the caller left
  internal,     // a bug in cbundle
};

// One or more diagnostics, of which one at least is an error.
struct Error {
  // One diagnostic: a sentence without full stop or newline, and what to do about it.
  Error(ErrorKind of, std::string message, std::string hint = {});
  Error(ErrorKind of, Diagnostics all) : kind(of), diagnostics(std::move(all)) {}

  std::string text() const { return text_of(diagnostics); }  // for logs

  ErrorKind kind;
  Diagnostics diagnostics;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_.has_value(); }
  void value() const {}
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace cbundle

// Unwraps a Result, or returns its Error from the enclosing function.
#define TRY(...)                                           \
  __extension__({                                          \
    auto try_result = (__VA_ARGS__);                       \
    if (!try_result) return std::move(try_result).error(); \
    std::move(try_result).value();                         \
  })

// One call to a daemon's AdminService.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cbundle/v1/admin.pb.h"
#include "client/connection.h"

namespace cbundle {

// For calls that are answered without work.
inline constexpr std::chrono::milliseconds admin_timeout{10'000};

// Calls `method` ("Stats"); the end is OK only if a `response` came. Of a stream the last message
// stays in `response`; `on_message` is called after each.
template <class Request, class Response>
CallEnd call_admin(Connection& connection, std::string_view method, const Request& request,
                   Response& response,
                   std::optional<std::chrono::milliseconds> timeout = admin_timeout,
                   const std::function<void()>& on_message = {}) {
  bool received = false;
  const std::string path = "/cbundle.v1.AdminService/" + std::string(method);
  CallEnd end = connection.call(
      path, request.SerializeAsString(),
      [&](std::string_view message) {
        received = response.ParseFromArray(message.data(), static_cast<int>(message.size()));
        if (received && on_message) on_message();
        return received;
      },
      timeout);
  const bool is_malformed = !received && (end.is_ok() || end.how == CallEnd::How::stopped);
  return is_malformed ? malformed_response() : end;
}

}  // namespace cbundle

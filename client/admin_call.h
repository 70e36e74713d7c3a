// One question to a daemon's AdminService.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cbundle/v1/admin.pb.h"
#include "client/connection.h"

namespace cbundle {

// How long an answer that takes no work may take.
inline constexpr std::chrono::milliseconds admin_patience{10'000};

// Calls `method` ("Stats"); the end is OK only where `response` came.
template <class Request, class Response>
CallEnd ask_admin(Connection& connection, std::string_view method, const Request& request,
                  Response& response,
                  std::optional<std::chrono::milliseconds> limit = admin_patience) {
  bool has_come = false;
  const std::string path = "/cbundle.v1.AdminService/" + std::string(method);
  CallEnd end = connection.call(
      path, request.SerializeAsString(),
      [&](std::string_view message) {
        has_come = response.ParseFromArray(message.data(), static_cast<int>(message.size()));
        return has_come;
      },
      limit);
  const bool is_nonsense = !has_come && (end.is_ok() || end.how == CallEnd::How::abandoned);
  if (is_nonsense) return {CallEnd::How::garbled, 0, "its answer makes no sense"};
  return end;
}

}  // namespace cbundle

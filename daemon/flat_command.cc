#include "daemon/flat_command.h"

#include <cstdio>
#include <string>

#include "engine/base/fd.h"
#include "engine/flat_image/flat_combine.h"
#include "proto/errors.h"

namespace cbundle {
namespace {

constexpr int stream = 3;

FlatRequest request_of(const v1::CombineRequest& message) {
  FlatRequest request;
  request.script = message.script();
  request.image = message.first_image();
  request.other_image = message.second_image();
  request.map = message.map();
  request.exports.assign(message.exports().begin(), message.exports().end());
  request.section_header = message.section_header();
  if (message.has_shift()) {
    request.shift = LayoutShift{message.shift().gap(), message.shift().text_diff()};
  }
  request.wants_positions = message.want_positions();
  return request;
}

v1::CombineResponse respond(const v1::CombineRequest& request) {
  v1::CombineResponse response;
  Result<FlatResult> result = combine_flat(request_of(request));
  if (!result) {
    *response.mutable_failed() = message_of(result.error());
    return response;
  }
  for (std::string& each : result.value().positions) response.add_positions(std::move(each));
  response.set_text(std::move(result.value().text));
  return response;
}

}  // namespace

int run_flat_command() {
  std::string bytes;
  v1::CombineRequest request;
  const bool is_read = read_all(stream, bytes) == 0 && request.ParseFromString(bytes);
  if (is_read && write_all(stream, respond(request).SerializeAsString()) == 0) return 0;
  std::fputs("cbundled: combine is for cbundle, which passes a request on descriptor 3\n", stderr);
  return 1;
}

}  // namespace cbundle

// The calls of the Remote Execution API that a cache's client makes, each within a deadline.
//
// Source: build.bazel.remote.execution.v2 and google.bytestream.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "build/bazel/remote/execution/v2/remote_execution.grpc.pb.h"
#include "daemon/remote/reapi.h"
#include "engine/base/bytes.h"
#include "engine/config/config.h"
#include "google/bytestream/bytestream.grpc.pb.h"

namespace cbundle {

// Its digest with it.
struct RemoteBlob {
  explicit RemoteBlob(Blob of) : bytes(std::move(of)), digest(digest_of(bytes.text())) {}
  Blob bytes;
  reapi::Digest digest;
};

// A moment by which calls end, and what ends them before it.
struct CallLimit {
  std::chrono::system_clock::time_point deadline;
  const std::stop_token& stop;
};

// Many threads may call. OK is not all: what is returned may be wrong.
class RemoteApi {
 public:
  explicit RemoteApi(const Config& config);

  // What the server can do, kept for the calls below. Waits for the connection, which is new.
  grpc::Status probe(const CallLimit& limit);
  bool can_write() const { return can_write_; }
  void stop_writing() { can_write_ = false; }  // until the next probe

  grpc::Status find_action(const reapi::Digest& action, reapi::ActionResult& result,
                           const CallLimit& limit);
  grpc::Status put_action(const reapi::Digest& action, reapi::ActionResult result,
                          const CallLimit& limit);

  // By the one or the other call, as the size has it.
  grpc::Status read(const reapi::Digest& digest, std::string& bytes, const CallLimit& limit);

  // Sends those that the server does not have.
  grpc::Status write(const std::vector<const RemoteBlob*>& blobs, const CallLimit& limit);

 private:
  grpc::Status write_batch(const std::vector<const RemoteBlob*>& blobs, const CallLimit& limit);
  grpc::Status write_stream(const RemoteBlob& blob, const CallLimit& limit);
  std::string resource(const std::string& middle, const reapi::Digest& digest) const;

  const Config config_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<reapi::Capabilities::Stub> capabilities_;
  std::unique_ptr<reapi::ActionCache::Stub> actions_;
  std::unique_ptr<reapi::ContentAddressableStorage::Stub> blobs_;
  std::unique_ptr<google::bytestream::ByteStream::Stub> streams_;
  std::atomic<bool> can_write_ = false;
  std::atomic<std::int64_t> max_batch_ = 0;  // bytes of blobs in one message
};

}  // namespace cbundle

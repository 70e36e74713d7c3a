// A server of the Remote Execution API in memory, whose faults the test sets.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "build/bazel/remote/execution/v2/remote_execution.grpc.pb.h"
#include "daemon/remote/reapi.h"
#include "engine/base/guarded.h"
#include "google/bytestream/bytestream.grpc.pb.h"

namespace cbundle {

class FakeRemote final : public reapi::Capabilities::Service,
                         public reapi::ActionCache::Service,
                         public reapi::ContentAddressableStorage::Service,
                         public google::bytestream::ByteStream::Service {
 public:
  explicit FakeRemote(std::filesystem::path socket);
  ~FakeRemote() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string url() const { return "unix:" + socket_.native(); }

  // The faults. A call that hangs ends with its client.
  std::atomic<bool> hangs = false;
  std::atomic<bool> inlines = true;  // outputs
  std::atomic<bool> lies = false;    // the first byte of each blob is another one
  std::atomic<bool> can_write = true;
  std::atomic<bool> refuses_results = false;  // though it says that they can be written
  std::atomic<grpc::StatusCode> fails = grpc::StatusCode::OK;  // each call, with this code
  std::atomic<std::int64_t> max_batch = 0;

  std::atomic<int> look_ups = 0;  // calls of GetActionResult
  std::atomic<int> calls = 0;
  Guarded<std::map<std::string, std::string>> blobs;            // by hash
  Guarded<std::map<std::string, reapi::ActionResult>> actions;  // by the action's hash
  Guarded<std::string> authorization;                           // of the last call

 private:
  grpc::Status begin(grpc::ServerContext& context);
  std::string bytes_of(const std::string& hash);

  grpc::Status GetCapabilities(grpc::ServerContext* context, const reapi::GetCapabilitiesRequest*,
                               reapi::ServerCapabilities* response) override;
  grpc::Status GetActionResult(grpc::ServerContext* context,
                               const reapi::GetActionResultRequest* request,
                               reapi::ActionResult* response) override;
  grpc::Status UpdateActionResult(grpc::ServerContext* context,
                                  const reapi::UpdateActionResultRequest* request,
                                  reapi::ActionResult* response) override;
  grpc::Status FindMissingBlobs(grpc::ServerContext* context,
                                const reapi::FindMissingBlobsRequest* request,
                                reapi::FindMissingBlobsResponse* response) override;
  grpc::Status BatchUpdateBlobs(grpc::ServerContext* context,
                                const reapi::BatchUpdateBlobsRequest* request,
                                reapi::BatchUpdateBlobsResponse* response) override;
  grpc::Status BatchReadBlobs(grpc::ServerContext* context,
                              const reapi::BatchReadBlobsRequest* request,
                              reapi::BatchReadBlobsResponse* response) override;
  grpc::Status Read(grpc::ServerContext* context, const google::bytestream::ReadRequest* request,
                    grpc::ServerWriter<google::bytestream::ReadResponse>* writer) override;
  grpc::Status Write(grpc::ServerContext* context,
                     grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                     google::bytestream::WriteResponse* response) override;

  std::filesystem::path socket_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace cbundle

// The services of a cache server: the Remote Execution API without execution.
//
// Source: build.bazel.remote.execution.v2 and google.bytestream; the rules that bite are with the
// methods.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <string>

#include "build/bazel/remote/execution/v2/remote_execution.grpc.pb.h"
#include "daemon/serve/shared_store.h"
#include "google/bytestream/bytestream.grpc.pb.h"

namespace cbundle {

enum class Role { none, read, read_write };

// Who may do what, by bearer token.
class Access {
 public:
  // Files with one token a line; empty paths: none. Where neither is given, everybody may do
  // everything, and with readers' tokens alone nobody may write.
  Access(std::filesystem::path read_tokens, std::filesystem::path write_tokens)
      : read_tokens_(std::move(read_tokens)), write_tokens_(std::move(write_tokens)) {}

  // Reads the files, which may have changed, for each call.
  Role role_of(const grpc::ServerContext& context) const;

 private:
  std::filesystem::path read_tokens_;
  std::filesystem::path write_tokens_;
};

// What all calls have in common. Many threads may call.
class CacheServer {
 public:
  // Both outlive this.
  CacheServer(SharedStore& shared, const Access& rights) : store(shared), access(rights) {}

  // OK where the caller has that role at least; otherwise UNAUTHENTICATED or PERMISSION_DENIED.
  grpc::Status require(Role role, const grpc::ServerContext& context) const;

  // Memory for `bytes` of an upload: RESOURCE_EXHAUSTED where uploads have too much already.
  bool reserve(std::int64_t bytes);
  void release(std::int64_t bytes) { uploading_ -= bytes; }

  SharedStore& store;
  const Access& access;

 private:
  std::atomic<std::int64_t> uploading_ = 0;
};

class CapabilitiesService final : public reapi::Capabilities::Service {
 public:
  explicit CapabilitiesService(CacheServer& server) : server_(server) {}
  grpc::Status GetCapabilities(grpc::ServerContext* context,
                               const reapi::GetCapabilitiesRequest* request,
                               reapi::ServerCapabilities* response) override;

 private:
  CacheServer& server_;
};

class ActionCacheService final : public reapi::ActionCache::Service {
 public:
  explicit ActionCacheService(CacheServer& server) : server_(server) {}
  grpc::Status GetActionResult(grpc::ServerContext* context,
                               const reapi::GetActionResultRequest* request,
                               reapi::ActionResult* response) override;
  grpc::Status UpdateActionResult(grpc::ServerContext* context,
                                  const reapi::UpdateActionResultRequest* request,
                                  reapi::ActionResult* response) override;

 private:
  CacheServer& server_;
};

class StorageService final : public reapi::ContentAddressableStorage::Service {
 public:
  explicit StorageService(CacheServer& server) : server_(server) {}
  grpc::Status FindMissingBlobs(grpc::ServerContext* context,
                                const reapi::FindMissingBlobsRequest* request,
                                reapi::FindMissingBlobsResponse* response) override;
  grpc::Status BatchUpdateBlobs(grpc::ServerContext* context,
                                const reapi::BatchUpdateBlobsRequest* request,
                                reapi::BatchUpdateBlobsResponse* response) override;
  grpc::Status BatchReadBlobs(grpc::ServerContext* context,
                              const reapi::BatchReadBlobsRequest* request,
                              reapi::BatchReadBlobsResponse* response) override;

 private:
  CacheServer& server_;
};

class StreamService final : public google::bytestream::ByteStream::Service {
 public:
  explicit StreamService(CacheServer& server) : server_(server) {}
  grpc::Status Read(grpc::ServerContext* context, const google::bytestream::ReadRequest* request,
                    grpc::ServerWriter<google::bytestream::ReadResponse>* writer) override;
  grpc::Status Write(grpc::ServerContext* context,
                     grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                     google::bytestream::WriteResponse* response) override;
  // Uploads cannot be resumed: nothing is committed until all is there.
  grpc::Status QueryWriteStatus(grpc::ServerContext* context,
                                const google::bytestream::QueryWriteStatusRequest* request,
                                google::bytestream::QueryWriteStatusResponse* response) override;

 private:
  CacheServer& server_;
};

// "INSTANCE/blobs/HASH/SIZE" or "INSTANCE/uploads/UUID/blobs/HASH/SIZE[/anything]", without the
// instance and its slash where that is empty.
struct ResourceName {
  std::string instance;
  reapi::Digest digest;
};
Result<ResourceName> parse_resource(std::string_view name, bool is_upload);

}  // namespace cbundle

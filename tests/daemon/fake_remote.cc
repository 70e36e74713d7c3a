#include "tests/daemon/fake_remote.h"

#include <thread>
#include <utility>

namespace cbundle {
namespace {

// "abc" of "instance/blobs/abc/12".
std::string hash_in(const std::string& resource) {
  const std::size_t size = resource.rfind('/');
  const std::size_t hash = resource.rfind('/', size - 1) + 1;
  return resource.substr(hash, size - hash);
}

}  // namespace

FakeRemote::FakeRemote(std::filesystem::path socket) : socket_(std::move(socket)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_.native(), grpc::InsecureServerCredentials());
  builder.RegisterService(static_cast<reapi::Capabilities::Service*>(this));
  builder.RegisterService(static_cast<reapi::ActionCache::Service*>(this));
  builder.RegisterService(static_cast<reapi::ContentAddressableStorage::Service*>(this));
  builder.RegisterService(static_cast<google::bytestream::ByteStream::Service*>(this));
  server_ = builder.BuildAndStart();
}

grpc::Status FakeRemote::begin(grpc::ServerContext& context) {
  ++calls;
  const auto found = context.client_metadata().find("authorization");
  *authorization.lock() = found == context.client_metadata().end()
                              ? std::string()
                              : std::string(found->second.data(), found->second.size());
  while (hangs && !context.IsCancelled()) std::this_thread::yield();
  return {fails, fails == grpc::StatusCode::OK ? "" : "as the test wants it"};
}

std::string FakeRemote::bytes_of(const std::string& hash) {
  std::string bytes = (*blobs.lock())[hash];
  if (lies && !bytes.empty()) bytes[0] = static_cast<char>(bytes[0] ^ 1);
  return bytes;
}

grpc::Status FakeRemote::GetCapabilities(grpc::ServerContext* context,
                                         const reapi::GetCapabilitiesRequest*,
                                         reapi::ServerCapabilities* response) {
  reapi::CacheCapabilities& cache = *response->mutable_cache_capabilities();
  cache.add_digest_functions(reapi::DigestFunction::SHA256);
  cache.mutable_action_cache_update_capabilities()->set_update_enabled(can_write);
  cache.set_max_batch_total_size_bytes(max_batch);
  return begin(*context);
}

grpc::Status FakeRemote::GetActionResult(grpc::ServerContext* context,
                                         const reapi::GetActionResultRequest* request,
                                         reapi::ActionResult* response) {
  ++look_ups;
  if (grpc::Status status = begin(*context); !status.ok()) return status;
  const auto all = actions.lock();
  const auto found = all->find(request->action_digest().hash());
  if (found == all->end()) return {grpc::StatusCode::NOT_FOUND, "no such action"};
  *response = found->second;
  for (reapi::OutputFile& file : *response->mutable_output_files()) {
    if (inlines) file.set_contents(bytes_of(file.digest().hash()));
  }
  return grpc::Status::OK;
}

grpc::Status FakeRemote::UpdateActionResult(grpc::ServerContext* context,
                                            const reapi::UpdateActionResultRequest* request,
                                            reapi::ActionResult* response) {
  if (grpc::Status status = begin(*context); !status.ok()) return status;
  if (refuses_results) return {grpc::StatusCode::PERMISSION_DENIED, "you may read only"};
  actions.lock()->insert_or_assign(request->action_digest().hash(), request->action_result());
  *response = request->action_result();
  return grpc::Status::OK;
}

grpc::Status FakeRemote::FindMissingBlobs(grpc::ServerContext* context,
                                          const reapi::FindMissingBlobsRequest* request,
                                          reapi::FindMissingBlobsResponse* response) {
  const auto all = blobs.lock();
  for (const reapi::Digest& digest : request->blob_digests()) {
    if (!all->contains(digest.hash())) *response->add_missing_blob_digests() = digest;
  }
  return begin(*context);
}

grpc::Status FakeRemote::BatchUpdateBlobs(grpc::ServerContext* context,
                                          const reapi::BatchUpdateBlobsRequest* request,
                                          reapi::BatchUpdateBlobsResponse* response) {
  for (const auto& each : request->requests()) {
    blobs.lock()->insert_or_assign(each.digest().hash(), each.data());
    *response->add_responses()->mutable_digest() = each.digest();
  }
  return begin(*context);
}

grpc::Status FakeRemote::BatchReadBlobs(grpc::ServerContext* context,
                                        const reapi::BatchReadBlobsRequest* request,
                                        reapi::BatchReadBlobsResponse* response) {
  for (const reapi::Digest& digest : request->digests()) {
    auto& each = *response->add_responses();
    *each.mutable_digest() = digest;
    each.set_data(bytes_of(digest.hash()));
    if (each.data().empty()) each.mutable_status()->set_code(grpc::StatusCode::NOT_FOUND);
  }
  return begin(*context);
}

grpc::Status FakeRemote::Read(grpc::ServerContext* context,
                              const google::bytestream::ReadRequest* request,
                              grpc::ServerWriter<google::bytestream::ReadResponse>* writer) {
  const std::string bytes = bytes_of(hash_in(request->resource_name()));
  if (bytes.empty()) return {grpc::StatusCode::NOT_FOUND, "no such blob"};
  for (std::size_t at = 0; at < bytes.size(); at += 1000) {
    google::bytestream::ReadResponse part;
    part.set_data(bytes.substr(at, 1000));
    writer->Write(part);
  }
  return begin(*context);
}

grpc::Status FakeRemote::Write(grpc::ServerContext* context,
                               grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                               google::bytestream::WriteResponse* response) {
  google::bytestream::WriteRequest request;
  std::string resource;
  std::string bytes;
  while (reader->Read(&request)) {
    if (!request.resource_name().empty()) resource = request.resource_name();
    bytes += request.data();
  }
  response->set_committed_size(static_cast<std::int64_t>(bytes.size()));
  blobs.lock()->insert_or_assign(hash_in(resource), bytes);
  return begin(*context);
}

}  // namespace cbundle

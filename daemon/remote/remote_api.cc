#include "daemon/remote/remote_api.h"

#include <systemd/sd-id128.h>

#include <algorithm>
#include <array>
#include <functional>

#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// Empty where there is no such file; then the server says what it lacks.
std::string content_of(const fs::path& file) {
  if (file.empty()) return {};
  Result<std::string> content = read_file(file);
  return content ? std::move(content).value() : std::string();
}

std::shared_ptr<grpc::ChannelCredentials> credentials_of(const Config& config) {
  if (!config.remote.has_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = content_of(config.remote_ca);
  options.pem_cert_chain = content_of(config.remote_certificate);
  options.pem_private_key = content_of(config.remote_key);
  return grpc::SslCredentials(options);
}

// gRPC would wait up to two minutes before it connects again; the circuit breaker waits already.
std::shared_ptr<grpc::Channel> open_channel(const Config& config) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a new channel connects anew
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);          // a cache is on the runners' network
  arguments.SetUserAgentPrefix("cbundled/" CBUNDLE_VERSION);
  return grpc::CreateCustomChannel(config.remote.target, credentials_of(config), arguments);
}

// One call's context. The token is read for each, as it may be renewed meanwhile.
class Call {
 public:
  Call(const Config& config, const CallLimit& limit)
      : on_stop_(limit.stop, [this] { context_.TryCancel(); }) {
    context_.set_deadline(limit.deadline);
    const std::string token = content_of(config.remote_token);
    const std::string line = token.substr(0, token.find_first_of("\r\n"));
    if (!line.empty()) context_.AddMetadata("authorization", "Bearer " + line);
  }
  grpc::ClientContext* operator&() { return &context_; }
  grpc::ClientContext* operator->() { return &context_; }

 private:
  grpc::ClientContext context_;
  std::stop_callback<std::function<void()>> on_stop_;
};

// For the name of one upload.
std::string uuid() {
  sd_id128_t id;
  ::sd_id128_randomize(&id);
  std::array<char, SD_ID128_UUID_STRING_MAX> text;
  return ::sd_id128_to_uuid_string(id, text.data());
}

grpc::Status wrong(const std::string& what) { return {grpc::StatusCode::DATA_LOSS, what}; }

}  // namespace

RemoteApi::RemoteApi(const Config& config)
    : config_(config),
      channel_(open_channel(config)),
      capabilities_(reapi::Capabilities::NewStub(channel_)),
      actions_(reapi::ActionCache::NewStub(channel_)),
      blobs_(reapi::ContentAddressableStorage::NewStub(channel_)),
      streams_(google::bytestream::ByteStream::NewStub(channel_)) {}

grpc::Status RemoteApi::probe(const CallLimit& limit) {
  Call call(config_, limit);
  reapi::GetCapabilitiesRequest request;
  request.set_instance_name(config_.remote.instance);
  reapi::ServerCapabilities response;
  grpc::Status status = capabilities_->GetCapabilities(&call, request, &response);
  if (!status.ok()) return status;
  const reapi::CacheCapabilities& cache = response.cache_capabilities();
  if (std::ranges::count(cache.digest_functions(), reapi::DigestFunction::SHA256) == 0) {
    return {grpc::StatusCode::UNIMPLEMENTED, "it is no cache that names blobs by SHA-256"};
  }
  can_write_ = cache.action_cache_update_capabilities().update_enabled();
  const std::int64_t most = cache.max_batch_total_size_bytes();
  max_batch_ = most > 0 ? std::min(most, max_batch_bytes) : max_batch_bytes;
  return status;
}

grpc::Status RemoteApi::find_action(const reapi::Digest& action, reapi::ActionResult& result,
                                    const CallLimit& limit) {
  Call call(config_, limit);
  reapi::GetActionResultRequest request;
  request.set_instance_name(config_.remote.instance);
  *request.mutable_action_digest() = action;
  request.set_inline_stdout(true);
  request.add_inline_output_files("output");
  return actions_->GetActionResult(&call, request, &result);
}

grpc::Status RemoteApi::put_action(const reapi::Digest& action, reapi::ActionResult result,
                                   const CallLimit& limit) {
  Call call(config_, limit);
  reapi::UpdateActionResultRequest request;
  request.set_instance_name(config_.remote.instance);
  *request.mutable_action_digest() = action;
  *request.mutable_action_result() = std::move(result);
  reapi::ActionResult stored;
  return actions_->UpdateActionResult(&call, request, &stored);
}

std::string RemoteApi::resource(const std::string& middle, const reapi::Digest& digest) const {
  const std::string& instance = config_.remote.instance;
  return (instance.empty() ? "" : instance + '/') + middle + digest.hash() + '/' +
         std::to_string(digest.size_bytes());
}

grpc::Status RemoteApi::read(const reapi::Digest& digest, std::string& bytes,
                             const CallLimit& limit) {
  if (digest.size_bytes() == 0) return grpc::Status::OK;
  if (digest.size_bytes() < 0 || digest.size_bytes() > max_blob_bytes)
    return wrong("a blob's size");
  Call call(config_, limit);
  if (digest.size_bytes() <= max_batch_) {
    reapi::BatchReadBlobsRequest request;
    request.set_instance_name(config_.remote.instance);
    *request.add_digests() = digest;
    reapi::BatchReadBlobsResponse response;
    grpc::Status status = blobs_->BatchReadBlobs(&call, request, &response);
    if (!status.ok()) return status;
    if (response.responses_size() != 1) return wrong("not one blob for one digest");
    auto& only = *response.mutable_responses(0);
    if (only.status().code() != 0) {
      return {static_cast<grpc::StatusCode>(only.status().code()), only.status().message()};
    }
    bytes = std::move(*only.mutable_data());
    return status;
  }
  google::bytestream::ReadRequest request;
  request.set_resource_name(resource("blobs/", digest));
  const auto reader = streams_->Read(&call, request);
  google::bytestream::ReadResponse part;
  while (reader->Read(&part)) {
    bytes += part.data();
    if (static_cast<std::int64_t>(bytes.size()) <= digest.size_bytes()) continue;
    call->TryCancel();
    reader->Finish();
    return wrong("more bytes than a blob has");
  }
  return reader->Finish();
}

grpc::Status RemoteApi::write(const std::vector<const RemoteBlob*>& blobs, const CallLimit& limit) {
  reapi::FindMissingBlobsResponse missing;
  {
    Call call(config_, limit);
    reapi::FindMissingBlobsRequest request;
    request.set_instance_name(config_.remote.instance);
    for (const RemoteBlob* blob : blobs) *request.add_blob_digests() = blob->digest;
    grpc::Status status = blobs_->FindMissingBlobs(&call, request, &missing);
    if (!status.ok()) return status;
  }
  std::vector<const RemoteBlob*> batch;
  std::int64_t size = 0;
  for (const reapi::Digest& digest : missing.missing_blob_digests()) {
    const auto blob = std::ranges::find_if(
        blobs, [&](const RemoteBlob* b) { return b->digest.hash() == digest.hash(); });
    if (blob == blobs.end()) continue;
    const std::int64_t more = (*blob)->digest.size_bytes();
    grpc::Status status;
    if (more > max_batch_) {
      status = write_stream(**blob, limit);
    } else {
      if (size + more > max_batch_) {
        status = write_batch(batch, limit);
        batch.clear();
        size = 0;
      }
      batch.push_back(*blob);
      size += more;
    }
    if (!status.ok()) return status;
  }
  return batch.empty() ? grpc::Status::OK : write_batch(batch, limit);
}

grpc::Status RemoteApi::write_batch(const std::vector<const RemoteBlob*>& blobs,
                                    const CallLimit& limit) {
  Call call(config_, limit);
  reapi::BatchUpdateBlobsRequest request;
  request.set_instance_name(config_.remote.instance);
  for (const RemoteBlob* blob : blobs) {
    auto& each = *request.add_requests();
    *each.mutable_digest() = blob->digest;
    each.set_data(std::string(blob->bytes.text()));
  }
  reapi::BatchUpdateBlobsResponse response;
  grpc::Status status = blobs_->BatchUpdateBlobs(&call, request, &response);
  if (!status.ok()) return status;
  for (const auto& each : response.responses()) {
    if (each.status().code() == 0) continue;
    return {static_cast<grpc::StatusCode>(each.status().code()), each.status().message()};
  }
  return status;
}

// A server that has the blob already answers before the end of the stream.
grpc::Status RemoteApi::write_stream(const RemoteBlob& blob, const CallLimit& limit) {
  Call call(config_, limit);
  google::bytestream::WriteResponse response;
  const auto writer = streams_->Write(&call, &response);
  const std::string_view bytes = blob.bytes.text();
  google::bytestream::WriteRequest request;
  request.set_resource_name(resource("uploads/" + uuid() + "/blobs/", blob.digest));
  for (std::size_t at = 0; at < bytes.size(); at += chunk_bytes) {
    request.set_write_offset(static_cast<std::int64_t>(at));
    request.set_data(std::string(bytes.substr(at, chunk_bytes)));
    request.set_finish_write(at + chunk_bytes >= bytes.size());
    if (!writer->Write(request)) break;
    request.clear_resource_name();
  }
  writer->WritesDone();
  grpc::Status status = writer->Finish();
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (status.ok() && response.committed_size() != size) return wrong("a blob was not stored");
  return status;
}

}  // namespace cbundle

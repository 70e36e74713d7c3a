#include "daemon/serve/cache_services.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::int64_t max_uploading = std::int64_t{2} << 30;  // bytes in memory, of all uploads

grpc::Status status_of(const Error& error) {
  const bool is_callers = error.kind == ErrorKind::bad_request;
  return {is_callers ? grpc::StatusCode::INVALID_ARGUMENT : grpc::StatusCode::UNAVAILABLE,
          error.text()};
}

// Of a resource name, between its slashes.
std::vector<std::string_view> segments_of(std::string_view name) {
  std::vector<std::string_view> segments;
  for (;;) {
    const std::size_t end = name.find('/');
    segments.push_back(name.substr(0, end));
    if (end == name.npos) return segments;
    name.remove_prefix(end + 1);
  }
}

bool has_line(const std::filesystem::path& file, std::string_view line) {
  if (file.empty() || line.empty()) return false;
  const Result<std::string> content = read_file(file);
  if (!content) return false;
  const auto lines = lines_of(content.value());
  return std::ranges::find(lines, line) != lines.end();
}

std::string joined(const std::vector<std::string_view>& segments, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) (text += i > 0 ? "/" : "") += segments[i];
  return text;
}

void set(const grpc::Status& status, google::rpc::Status& message) {
  message.set_code(status.error_code());
  message.set_message(status.error_message());
}

// Of memory, for one upload.
class Reservation {
 public:
  Reservation(CacheServer& server, std::int64_t bytes)
      : server_(server), bytes_(server.reserve(bytes) ? bytes : -1) {}
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    if (is_granted()) server_.release(bytes_);
  }
  bool is_granted() const { return bytes_ >= 0; }

 private:
  CacheServer& server_;
  std::int64_t bytes_;
};

}  // namespace

Role Access::role_of(const grpc::ServerContext& context) const {
  if (read_tokens_.empty() && write_tokens_.empty()) return Role::read_write;
  const auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) return Role::none;
  const std::string_view value(found->second.data(), found->second.size());
  constexpr std::string_view scheme = "Bearer ";
  if (!value.starts_with(scheme)) return Role::none;
  const std::string_view token = value.substr(scheme.size());
  if (has_line(write_tokens_, token)) return Role::read_write;
  return has_line(read_tokens_, token) ? Role::read : Role::none;
}

grpc::Status CacheServer::require(Role role, const grpc::ServerContext& context) const {
  const Role has = access.role_of(context);
  if (has == Role::none) {
    return {grpc::StatusCode::UNAUTHENTICATED, "no token, or one that this server does not know"};
  }
  if (has < role) return {grpc::StatusCode::PERMISSION_DENIED, "this token may read only"};
  return grpc::Status::OK;
}

bool CacheServer::reserve(std::int64_t bytes) {
  if (uploading_.fetch_add(bytes) + bytes <= max_uploading) return true;
  uploading_ -= bytes;
  return false;
}

grpc::Status CapabilitiesService::GetCapabilities(grpc::ServerContext* context,
                                                  const reapi::GetCapabilitiesRequest*,
                                                  reapi::ServerCapabilities* response) {
  if (auto status = server_.require(Role::read, *context); !status.ok()) return status;
  const bool may_write = server_.require(Role::read_write, *context).ok();
  reapi::CacheCapabilities& cache = *response->mutable_cache_capabilities();
  cache.add_digest_functions(reapi::DigestFunction::SHA256);
  cache.mutable_action_cache_update_capabilities()->set_update_enabled(may_write);
  cache.set_max_batch_total_size_bytes(max_batch_bytes);
  // Bazel up to 7 accepts only servers whose range has 2.0 in it.
  response->mutable_low_api_version()->set_major(2);
  response->mutable_high_api_version()->set_major(2);
  response->mutable_high_api_version()->set_minor(3);
  return grpc::Status::OK;
}

grpc::Status ActionCacheService::GetActionResult(grpc::ServerContext* context,
                                                 const reapi::GetActionResultRequest* request,
                                                 reapi::ActionResult* response) {
  if (auto status = server_.require(Role::read, *context); !status.ok()) return status;
  const std::string& instance = request->instance_name();
  auto found = server_.store.action(instance, request->action_digest());
  if (!found) return status_of(found.error());
  if (!found.value()) return {grpc::StatusCode::NOT_FOUND, "no such result"};
  *response = *std::move(found.value());
  std::int64_t room = max_batch_bytes;
  for (reapi::OutputFile& file : *response->mutable_output_files()) {
    if (std::ranges::count(request->inline_output_files(), file.path()) == 0) continue;
    if (file.digest().size_bytes() > room) continue;
    const auto bytes = server_.store.read(instance, file.digest());
    if (!bytes || !bytes.value()) continue;  // then the client asks for it by itself
    file.set_contents(std::string(bytes.value()->text()));
    room -= file.digest().size_bytes();
  }
  return grpc::Status::OK;
}

grpc::Status ActionCacheService::UpdateActionResult(grpc::ServerContext* context,
                                                    const reapi::UpdateActionResultRequest* request,
                                                    reapi::ActionResult* response) {
  if (auto status = server_.require(Role::read_write, *context); !status.ok()) return status;
  *response = request->action_result();
  // They are in the storage already, by their digests.
  for (reapi::OutputFile& file : *response->mutable_output_files()) file.clear_contents();
  const std::string& instance = request->instance_name();
  Result<void> stored = server_.store.put_action(instance, request->action_digest(), *response);
  if (stored) stored = server_.store.flush();
  return stored ? grpc::Status::OK : status_of(stored.error());
}

grpc::Status StorageService::FindMissingBlobs(grpc::ServerContext* context,
                                              const reapi::FindMissingBlobsRequest* request,
                                              reapi::FindMissingBlobsResponse* response) {
  if (auto status = server_.require(Role::read, *context); !status.ok()) return status;
  for (const reapi::Digest& digest : request->blob_digests()) {
    const auto known = server_.store.has(request->instance_name(), digest);
    if (!known) return status_of(known.error());
    if (!known.value()) *response->add_missing_blob_digests() = digest;
  }
  return grpc::Status::OK;
}

grpc::Status StorageService::BatchUpdateBlobs(grpc::ServerContext* context,
                                              const reapi::BatchUpdateBlobsRequest* request,
                                              reapi::BatchUpdateBlobsResponse* response) {
  if (auto status = server_.require(Role::read_write, *context); !status.ok()) return status;
  for (const auto& each : request->requests()) {
    auto& answer = *response->add_responses();
    *answer.mutable_digest() = each.digest();
    if (each.compressor() != reapi::Compressor::IDENTITY) {
      set({grpc::StatusCode::INVALID_ARGUMENT, "compressed"}, *answer.mutable_status());
      continue;
    }
    const auto stored =
        server_.store.write(request->instance_name(), each.digest(), Blob(each.data()));
    if (!stored) set(status_of(stored.error()), *answer.mutable_status());
  }
  const auto written = server_.store.flush();
  return written ? grpc::Status::OK : status_of(written.error());
}

grpc::Status StorageService::BatchReadBlobs(grpc::ServerContext* context,
                                            const reapi::BatchReadBlobsRequest* request,
                                            reapi::BatchReadBlobsResponse* response) {
  if (auto status = server_.require(Role::read, *context); !status.ok()) return status;
  std::int64_t total = 0;
  for (const reapi::Digest& digest : request->digests()) {
    const auto valid = check(digest);
    if (!valid) return status_of(valid.error());
    total += digest.size_bytes();
    if (total > max_batch_bytes) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "more bytes than a batch may have"};
    }
  }
  for (const reapi::Digest& digest : request->digests()) {
    auto& answer = *response->add_responses();
    *answer.mutable_digest() = digest;
    const auto bytes = server_.store.read(request->instance_name(), digest);
    if (!bytes) {
      set(status_of(bytes.error()), *answer.mutable_status());
    } else if (!bytes.value()) {
      set({grpc::StatusCode::NOT_FOUND, "no such blob"}, *answer.mutable_status());
    } else {
      answer.set_data(std::string(bytes.value()->text()));
    }
  }
  return grpc::Status::OK;
}

// From the right, as an instance's name may have slashes.
Result<ResourceName> parse_resource(std::string_view name, bool is_upload) {
  const Error wrong{ErrorKind::bad_request, "a resource name that is not [INSTANCE/]" +
                                                std::string(is_upload ? "uploads/UUID/" : "") +
                                                "blobs/HASH/SIZE"};
  const auto segments = segments_of(name);
  const auto last = std::ranges::find(segments.rbegin(), segments.rend(), "blobs");
  if (last == segments.rend()) return wrong;
  const auto blobs = static_cast<std::size_t>(segments.rend() - last) - 1;
  const std::size_t after = segments.size() - blobs - 1;
  if (after < 2 || (!is_upload && after > 2)) return wrong;
  if (is_upload && (blobs < 2 || segments[blobs - 2] != "uploads")) return wrong;
  ResourceName resource{joined(segments, is_upload ? blobs - 2 : blobs), {}};
  resource.digest.set_hash(std::string(segments[blobs + 1]));
  const std::string_view size = segments[blobs + 2];
  std::int64_t bytes = 0;
  const auto [end, code] = std::from_chars(size.data(), size.data() + size.size(), bytes);
  if (code != std::errc() || end != size.data() + size.size()) return wrong;
  resource.digest.set_size_bytes(bytes);
  TRY(check(resource.digest));
  return resource;
}

grpc::Status StreamService::Read(grpc::ServerContext* context,
                                 const google::bytestream::ReadRequest* request,
                                 grpc::ServerWriter<google::bytestream::ReadResponse>* writer) {
  if (auto status = server_.require(Role::read, *context); !status.ok()) return status;
  const auto name = parse_resource(request->resource_name(), false);
  if (!name) return status_of(name.error());
  const auto found = server_.store.read(name.value().instance, name.value().digest);
  if (!found) return status_of(found.error());
  if (!found.value()) return {grpc::StatusCode::NOT_FOUND, "no such blob"};
  std::string_view rest = found.value()->text();
  const std::int64_t offset = request->read_offset();
  if (offset < 0 || offset > static_cast<std::int64_t>(rest.size()) || request->read_limit() < 0) {
    return {grpc::StatusCode::OUT_OF_RANGE, "an offset or limit outside of the blob"};
  }
  rest.remove_prefix(static_cast<std::size_t>(offset));
  if (request->read_limit() > 0) {
    rest = rest.substr(0, static_cast<std::size_t>(request->read_limit()));
  }
  google::bytestream::ReadResponse part;
  for (; !rest.empty(); rest.remove_prefix(part.data().size())) {
    part.set_data(std::string(rest.substr(0, chunk_bytes)));
    if (!writer->Write(part)) return {grpc::StatusCode::CANCELLED, "the client is gone"};
  }
  return grpc::Status::OK;
}

grpc::Status StreamService::Write(grpc::ServerContext* context,
                                  grpc::ServerReader<google::bytestream::WriteRequest>* reader,
                                  google::bytestream::WriteResponse* response) {
  if (auto status = server_.require(Role::read_write, *context); !status.ok()) return status;
  google::bytestream::WriteRequest request;
  if (!reader->Read(&request)) return {grpc::StatusCode::INVALID_ARGUMENT, "an empty stream"};
  const auto name = parse_resource(request.resource_name(), true);
  if (!name) return status_of(name.error());
  const auto& [instance, digest] = name.value();
  response->set_committed_size(digest.size_bytes());
  const auto known = server_.store.has(instance, digest);
  if (known && known.value()) return grpc::Status::OK;
  Reservation reserved(server_, digest.size_bytes());
  if (!reserved.is_granted()) {
    return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many uploads at once"};
  }
  std::string bytes;
  do {
    const bool is_next = request.write_offset() == static_cast<std::int64_t>(bytes.size());
    bytes += request.data();
    if (!is_next || static_cast<std::int64_t>(bytes.size()) > digest.size_bytes()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "an offset or size that is not the blob's"};
    }
  } while (!request.finish_write() && reader->Read(&request));
  Result<void> stored = server_.store.write(instance, digest, Blob(std::move(bytes)));
  if (stored) stored = server_.store.flush();
  return stored ? grpc::Status::OK : status_of(stored.error());
}

grpc::Status StreamService::QueryWriteStatus(
    grpc::ServerContext* context, const google::bytestream::QueryWriteStatusRequest* request,
    google::bytestream::QueryWriteStatusResponse* response) {
  if (auto status = server_.require(Role::read_write, *context); !status.ok()) return status;
  const auto name = parse_resource(request->resource_name(), true);
  if (!name) return status_of(name.error());
  const auto known = server_.store.has(name.value().instance, name.value().digest);
  if (!known) return status_of(known.error());
  response->set_complete(known.value());
  response->set_committed_size(known.value() ? name.value().digest.size_bytes() : 0);
  return grpc::Status::OK;
}

}  // namespace cbundle

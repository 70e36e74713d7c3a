// The cache server's services, called by a gRPC client.

#include "daemon/serve/cache_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "daemon/remote/remote_api.h"
#include "engine/store/memory_cache.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using grpc::StatusCode;

class CacheServicesTest : public testing::Test {
 protected:
  // Everybody may do everything.
  CacheServicesTest() : CacheServicesTest(Access({}, {})) {}

  explicit CacheServicesTest(const Access& rights, std::uint64_t max_bytes = 0)
      : memory(max_bytes), access(rights) {
    grpc::ServerBuilder builder;
    const std::string address = "unix:" + (space_.path() / "sock").native();
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterService(&capabilities_);
    builder.RegisterService(&action_cache_);
    builder.RegisterService(&storage_);
    builder.RegisterService(&byte_streams_);
    grpc_server_ = builder.BuildAndStart();
    const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
    actions = reapi::ActionCache::NewStub(channel);
    blobs = reapi::ContentAddressableStorage::NewStub(channel);
    streams = google::bytestream::ByteStream::NewStub(channel);
    about = reapi::Capabilities::NewStub(channel);
  }

  static void authorize(grpc::ClientContext& context, const std::string& token) {
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  }

  // The status of the one blob, or of the call.
  StatusCode write(const reapi::Digest& digest, const std::string& bytes,
                   const std::string& token = {}) {
    grpc::ClientContext context;
    authorize(context, token);
    reapi::BatchUpdateBlobsRequest request;
    auto& each = *request.add_requests();
    *each.mutable_digest() = digest;
    each.set_data(bytes);
    reapi::BatchUpdateBlobsResponse response;
    const grpc::Status status = blobs->BatchUpdateBlobs(&context, request, &response);
    return status.ok() ? static_cast<StatusCode>(response.responses(0).status().code())
                       : status.error_code();
  }

  int missing(const reapi::Digest& digest, const std::string& instance = {}) {
    grpc::ClientContext context;
    reapi::FindMissingBlobsRequest request;
    request.set_instance_name(instance);
    *request.add_blob_digests() = digest;
    reapi::FindMissingBlobsResponse response;
    EXPECT_TRUE(blobs->FindMissingBlobs(&context, request, &response).ok());
    return response.missing_blob_digests_size();
  }

  StatusCode put(const reapi::Digest& action, const reapi::Digest& output,
                 const std::string& token = {}) {
    grpc::ClientContext context;
    authorize(context, token);
    reapi::UpdateActionResultRequest request;
    *request.mutable_action_digest() = action;
    reapi::OutputFile& file = *request.mutable_action_result()->add_output_files();
    file.set_path("output");
    *file.mutable_digest() = output;
    reapi::ActionResult response;
    return actions->UpdateActionResult(&context, request, &response).error_code();
  }

  StatusCode get(const reapi::Digest& action, reapi::ActionResult& result,
                 const std::string& token = {}) {
    grpc::ClientContext context;
    authorize(context, token);
    reapi::GetActionResultRequest request;
    *request.mutable_action_digest() = action;
    request.add_inline_output_files("output");
    return actions->GetActionResult(&context, request, &result).error_code();
  }

  std::pair<StatusCode, std::string> read(const std::string& name, std::int64_t offset = 0,
                                          std::int64_t limit = 0) {
    grpc::ClientContext context;
    google::bytestream::ReadRequest request;
    request.set_resource_name(name);
    request.set_read_offset(offset);
    request.set_read_limit(limit);
    const auto reader = streams->Read(&context, request);
    std::string bytes;
    google::bytestream::ReadResponse part;
    while (reader->Read(&part)) bytes += part.data();
    return {reader->Finish().error_code(), bytes};
  }

  static std::string name_of(const RemoteBlob& blob) {
    return "blobs/" + blob.digest.hash() + '/' + std::to_string(blob.digest.size_bytes());
  }

  TestSpace space_;
  std::unique_ptr<reapi::ActionCache::Stub> actions;
  std::unique_ptr<reapi::ContentAddressableStorage::Stub> blobs;
  std::unique_ptr<google::bytestream::ByteStream::Stub> streams;
  std::unique_ptr<reapi::Capabilities::Stub> about;
  MemoryCache memory;
  SharedStore store{memory};
  const Access access;
  CacheServer server{store, access};

 private:
  CapabilitiesService capabilities_{server};
  ActionCacheService action_cache_{server};
  StorageService storage_{server};
  StreamService byte_streams_{server};
  std::unique_ptr<grpc::Server> grpc_server_;  // stops first
};

const RemoteBlob blob{Blob(std::string("bytes"))};
const RemoteBlob action{Blob(std::string("an action"))};
const RemoteBlob empty{Blob()};

TEST_F(CacheServicesTest, ABlobIsMissingUntilItWasWritten) {
  EXPECT_EQ(missing(blob.digest), 1);
  EXPECT_EQ(write(blob.digest, "bytes"), StatusCode::OK);
  EXPECT_EQ(missing(blob.digest), 0);
  EXPECT_EQ(missing(blob.digest, "another/instance"), 1);
  EXPECT_EQ(read(name_of(blob)).second, "bytes");
}

TEST_F(CacheServicesTest, TheEmptyBlobIsAlwaysThere) {
  EXPECT_EQ(missing(empty.digest), 0);
  EXPECT_EQ(read(name_of(empty)).first, StatusCode::OK);
  EXPECT_EQ(write(empty.digest, ""), StatusCode::OK);
}

TEST_F(CacheServicesTest, OtherBytesThanTheDigestNamesAreRefused) {
  EXPECT_EQ(write(blob.digest, "other"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(write(blob.digest, "bytes and more"), StatusCode::INVALID_ARGUMENT);
  reapi::Digest wrong = blob.digest;
  wrong.set_hash("B" + wrong.hash().substr(1));
  EXPECT_EQ(write(wrong, "bytes"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(missing(blob.digest), 1);
}

TEST_F(CacheServicesTest, AResultIsGivenOnlyWhileAllThatItNamesIsThere) {
  reapi::ActionResult result;
  EXPECT_EQ(get(action.digest, result), StatusCode::NOT_FOUND);
  EXPECT_EQ(put(action.digest, blob.digest), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(write(blob.digest, "bytes"), StatusCode::OK);
  EXPECT_EQ(put(action.digest, blob.digest), StatusCode::OK);
  EXPECT_EQ(get(action.digest, result), StatusCode::OK);
  EXPECT_EQ(result.output_files(0).contents(), "bytes");
  EXPECT_FALSE(store.action("another instance", action.digest).value().has_value());
}

class SmallCacheServicesTest : public CacheServicesTest {
 protected:
  SmallCacheServicesTest() : CacheServicesTest(Access({}, {}), 100'000) {}
};

// The result has been used last, so that its output goes first.
TEST_F(SmallCacheServicesTest, AResultWhoseBlobWasEvictedIsAMiss) {
  const std::string large(60'000, 'x');
  const RemoteBlob output{Blob(large)};
  EXPECT_EQ(write(output.digest, large), StatusCode::OK);
  EXPECT_EQ(put(action.digest, output.digest), StatusCode::OK);
  const std::string other(60'000, 'y');
  EXPECT_EQ(write(RemoteBlob{Blob(other)}.digest, other), StatusCode::OK);
  reapi::ActionResult result;
  EXPECT_EQ(get(action.digest, result), StatusCode::NOT_FOUND);
  EXPECT_EQ(missing(output.digest), 1);
}

TEST_F(CacheServicesTest, StreamsInPartsAndFromOffsets) {
  const std::string large(3'000'001, 'x');
  const RemoteBlob big{Blob(large)};
  grpc::ClientContext context;
  google::bytestream::WriteResponse response;
  const auto writer = streams->Write(&context, &response);
  google::bytestream::WriteRequest request;
  request.set_resource_name("uploads/id/" + name_of(big) + "/a/name");
  for (std::size_t at = 0; at < large.size(); at += 1'000'000) {
    request.set_write_offset(static_cast<std::int64_t>(at));
    request.set_data(large.substr(at, 1'000'000));
    request.set_finish_write(at + 1'000'000 >= large.size());
    EXPECT_TRUE(writer->Write(request));
    request.clear_resource_name();
  }
  writer->WritesDone();
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.committed_size(), big.digest.size_bytes());
  EXPECT_EQ(read(name_of(big)).second, large);
  EXPECT_EQ(read(name_of(big), 3'000'000).second, "x");
  EXPECT_EQ(read(name_of(big), 1, 2).second, "xx");
  EXPECT_EQ(read(name_of(big), 3'000'002).first, StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(read(name_of(big), -1).first, StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(read(name_of(blob)).first, StatusCode::NOT_FOUND);
}

TEST_F(CacheServicesTest, AStreamWithAnotherOffsetOrTooManyBytesIsRefused) {
  const auto status_of = [&](std::int64_t offset, const std::string& bytes) {
    grpc::ClientContext context;
    google::bytestream::WriteResponse response;
    const auto writer = streams->Write(&context, &response);
    google::bytestream::WriteRequest request;
    request.set_resource_name("uploads/id/" + name_of(blob));
    request.set_write_offset(offset);
    request.set_data(bytes);
    request.set_finish_write(true);
    writer->Write(request);
    writer->WritesDone();
    return writer->Finish().error_code();
  };
  EXPECT_EQ(status_of(1, "ytes"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_of(0, "bytes and more"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_of(0, "byte"), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_of(0, "bytes"), StatusCode::OK);
}

// A base of its own, as it must be there before the one whose server reads the files.
struct Tokens {
  TestSpace space;
  std::filesystem::path readers = space.write("readers", "reader\n\nsecond reader\n");
  std::filesystem::path writers = space.write("writers", "writer\n");
};

class GuardedCacheServicesTest : private Tokens, public CacheServicesTest {
 protected:
  GuardedCacheServicesTest() : CacheServicesTest(Access(readers, writers)) {}

  bool may_write(const std::string& token) {
    grpc::ClientContext context;
    authorize(context, token);
    reapi::ServerCapabilities response;
    EXPECT_TRUE(about->GetCapabilities(&context, {}, &response).ok()) << token;
    return response.cache_capabilities().action_cache_update_capabilities().update_enabled();
  }

  void admit(const std::string& token) { space.write("readers", token + "\n"); }
};

TEST_F(GuardedCacheServicesTest, TokensSayWhoMayReadAndWrite) {
  reapi::ActionResult result;
  EXPECT_EQ(write(blob.digest, "bytes", "writer"), StatusCode::OK);
  EXPECT_EQ(put(action.digest, blob.digest, "writer"), StatusCode::OK);
  EXPECT_TRUE(may_write("writer"));
  for (const char* const reader : {"reader", "second reader"}) {
    EXPECT_EQ(get(action.digest, result, reader), StatusCode::OK);
    EXPECT_EQ(write(blob.digest, "bytes", reader), StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(put(action.digest, blob.digest, reader), StatusCode::PERMISSION_DENIED);
    EXPECT_FALSE(may_write(reader));
  }
  for (const char* const stranger : {"", "write", "writer2"}) {
    EXPECT_EQ(get(action.digest, result, stranger), StatusCode::UNAUTHENTICATED) << stranger;
    EXPECT_EQ(write(blob.digest, "bytes", stranger), StatusCode::UNAUTHENTICATED) << stranger;
  }
  EXPECT_EQ(read(name_of(blob)).first, StatusCode::UNAUTHENTICATED);
}

TEST_F(GuardedCacheServicesTest, AChangedFileOfTokensNeedsNoRestart) {
  reapi::ActionResult result;
  EXPECT_EQ(get(action.digest, result, "newcomer"), StatusCode::UNAUTHENTICATED);
  admit("newcomer");
  EXPECT_EQ(get(action.digest, result, "newcomer"), StatusCode::NOT_FOUND);
  EXPECT_EQ(get(action.digest, result, "reader"), StatusCode::UNAUTHENTICATED);
}

TEST_F(CacheServicesTest, UploadsShareALimitOfMemory) {
  EXPECT_TRUE(server.reserve(std::int64_t{1} << 30));
  EXPECT_TRUE(server.reserve(std::int64_t{1} << 30));
  EXPECT_FALSE(server.reserve(1));
  server.release(std::int64_t{1} << 30);
  EXPECT_TRUE(server.reserve(1));
}

TEST(ResourceNameTest, IsReadFromTheRight) {
  const std::string hash(64, 'a');
  const auto instance_of = [&](const std::string& name, bool is_upload) {
    const auto parsed = parse_resource(name, is_upload);
    return parsed ? parsed.value().instance : "refused";
  };
  EXPECT_EQ(instance_of("blobs/" + hash + "/5", false), "");
  EXPECT_EQ(instance_of("a/b/blobs/" + hash + "/5", false), "a/b");
  EXPECT_EQ(instance_of("a/b/uploads/id/blobs/" + hash + "/5", true), "a/b");
  EXPECT_EQ(instance_of("uploads/id/blobs/" + hash + "/5/more/of/it", true), "");
  for (const char* const name :
       {"", "blobs", "blobs//", "blobs/abc/5", "compressed-blobs/zstd/x/1"}) {
    EXPECT_EQ(instance_of(name, false), "refused") << name;
    EXPECT_EQ(instance_of(name, true), "refused") << name;
  }
  EXPECT_EQ(instance_of("blobs/" + hash + "/-1", false), "refused");
  EXPECT_EQ(instance_of("blobs/" + hash + "/5x", false), "refused");
  EXPECT_EQ(instance_of("blobs/" + hash + "/99999999999", false), "refused");
  EXPECT_EQ(instance_of("blobs/" + hash + "/5/more", false), "refused");
}

}  // namespace
}  // namespace cbundle

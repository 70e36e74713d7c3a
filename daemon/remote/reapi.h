// What client and server of the Remote Execution API have in common.
#pragma once

#include <cstdint>
#include <string_view>

#include "build/bazel/remote/execution/v2/remote_execution.pb.h"

namespace cbundle {

namespace reapi = build::bazel::remote::execution::v2;

// Of blobs in one message: gRPC accepts 4 MiB, of which this leaves room for digests and framing.
inline constexpr std::int64_t max_batch_bytes = (4 << 20) - (256 << 10);

// Of one blob: no bundle is larger, and a peer that says otherwise is wrong.
inline constexpr std::int64_t max_blob_bytes = 1 << 30;

// Of the data in one message of a stream.
inline constexpr std::size_t chunk_bytes = 1 << 20;

reapi::Digest digest_of(std::string_view bytes);

// Whether it is their size and SHA-256.
bool is_digest_of(const reapi::Digest& digest, std::string_view bytes);

}  // namespace cbundle

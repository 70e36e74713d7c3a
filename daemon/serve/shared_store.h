// What a cache server keeps: blobs by the SHA-256 of their bytes, and results by that of their
// action, for each instance on its own.
//
// It is the disk cache with other keys: a row's key is the first 16 bytes of a SHA-256 over
// instance, kind and hash, and the whole hash is in the row. Blobs are verified by it when they are
// written and when they are read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/remote/reapi.h"
#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace cbundle {

// Many threads may call. An Error is that of the disk, or bad_request where a digest is malformed
// or is not that of the bytes.
class SharedStore {
 public:
  explicit SharedStore(Store& store) : store_(store) {}

  // Counts as a use, so that it is not evicted soon. The empty blob is always there.
  Result<bool> has(const std::string& instance, const reapi::Digest& digest);

  Result<std::optional<Blob>> read(const std::string& instance, const reapi::Digest& digest);

  // Found from then on; on the disk after flush().
  Result<void> write(const std::string& instance, const reapi::Digest& digest, const Blob& bytes);

  // Nothing unless all that the result names is there.
  Result<std::optional<reapi::ActionResult>> action(const std::string& instance,
                                                    const reapi::Digest& digest);
  Result<void> put_action(const std::string& instance, const reapi::Digest& digest,
                          const reapi::ActionResult& result);

  // Returns when all that was written before is committed. Callers that wait at the same time share
  // one commit.
  Result<void> flush() { return store_.flush(); }

 private:
  Result<bool> is_complete(const std::string& instance, const reapi::ActionResult& result);

  Store& store_;
};

// Error{bad_request} unless it is a SHA-256 in lower-case hex, and a size from 0 to max_blob_bytes.
Result<void> check(const reapi::Digest& digest);

}  // namespace cbundle

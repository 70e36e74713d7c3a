#include "daemon/remote/reapi.h"

#include "engine/digest/sha256.h"

namespace cbundle {

reapi::Digest digest_of(std::string_view bytes) {
  reapi::Digest digest;
  digest.set_hash(sha256_of(bytes).hex());
  digest.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  return digest;
}

bool is_digest_of(const reapi::Digest& digest, std::string_view bytes) {
  return digest.size_bytes() == static_cast<std::int64_t>(bytes.size()) &&
         digest.hash() == sha256_of(bytes).hex();
}

}  // namespace cbundle

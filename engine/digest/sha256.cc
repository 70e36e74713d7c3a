#include "engine/digest/sha256.h"

#include <openssl/evp.h>

#include <new>

namespace cbundle {

Sha256 sha256_of(std::string_view bytes) {
  Sha256 digest;
  unsigned size = 0;
  // OpenSSL reports no other failure here than that of an allocation.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), &size, EVP_sha256(), nullptr) !=
      1) {
    throw std::bad_alloc();
  }
  return digest;
}

}  // namespace cbundle

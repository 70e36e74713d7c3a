// `cbundled serve`: a cache server for other machines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace cbundle {

struct ServeOptions {
  std::string listen;  // "HOST:PORT", or "unix:/path"
  std::filesystem::path cache_dir;
  std::uint64_t max_size = std::uint64_t{50} << 30;  // bytes; 0: no limit
  std::filesystem::path certificate, key;            // PEM; both or neither
  std::filesystem::path client_ca;                   // PEM; clients must have a certificate of it
  std::filesystem::path read_tokens, write_tokens;
  bool insecure = false;  // plaintext to other machines is meant
};

// `argv` begins with "serve". Returns the status to exit with.
int run_serve(int argc, const char* const* argv);

// Error{bad_request} with what to do.
Result<void> check(const ServeOptions& options);

}  // namespace cbundle

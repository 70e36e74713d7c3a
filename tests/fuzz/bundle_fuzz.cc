// Fuzzes the reading of combined bundles from the cache: any bytes are refused, or are a bundle
// that is the same after packing and unpacking.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/bundle/bundle.h"

namespace cbundle {
namespace {

void read(std::string_view bytes) {
  const auto bundle = unpack_bundle(bytes);
  if (!bundle) {
    if (bundle.error().kind == ErrorKind::corrupt) return;
    std::fputs("bundle_fuzz: an error of another kind\n", stderr);
    std::abort();
  }
  const std::string packed = pack(bundle.value());
  const auto again = unpack_bundle(packed);
  if (again && pack(again.value()) == packed) return;
  std::fputs("bundle_fuzz: the unpacked bundle differs\n", stderr);
  std::abort();
}

}  // namespace
}  // namespace cbundle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cbundle::read({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include "engine/pipeline/result_origin.h"

#include "engine/base/diagnostic.h"
#include "engine/base/pack.h"

namespace cbundle {
namespace {

constexpr std::uint64_t mark = 0x6e6967697263626c;  // no count or length of warnings is as large
constexpr std::size_t packed_size = 24;

}  // namespace

std::string with_origin(std::string packed_warnings, const ResultOrigin& origin) {
  if (packed_warnings.empty()) packed_warnings = pack(Diagnostics());
  Packer out;
  out << mark << origin.made << origin.took.count();
  return packed_warnings + out.take();
}

ResultOrigin origin_of(std::string_view warnings) {
  if (warnings.size() < packed_size) return {};
  Unpacker in(warnings.substr(warnings.size() - packed_size));
  std::uint64_t found = 0;
  ResultOrigin origin;
  std::int64_t took = 0;
  in >> found >> origin.made >> took;
  origin.took = std::chrono::microseconds(took);
  return found == mark ? origin : ResultOrigin();
}

bool has_warnings(std::string_view warnings) { return !unpack_diagnostics(warnings).empty(); }

}  // namespace cbundle

#include "engine/pipeline/previous_build.h"

#include <charconv>

#include "engine/base/pack.h"

namespace cbundle {
namespace {

// "object 2 changed" -> "b.o changed".
std::string with_name(std::string reason, const std::vector<std::string>& names) {
  static constexpr std::string_view word = "object ";
  if (!reason.starts_with(word)) return reason;
  std::size_t number = 0;
  const char* end = reason.data() + reason.size();
  const auto parsed = std::from_chars(reason.data() + word.size(), end, number);
  if (parsed.ec != std::errc() || number == 0 || number > names.size()) return reason;
  return names[number - 1] + std::string(parsed.ptr, end);
}

}  // namespace

StageKey previous_build_key(const std::filesystem::path& output) {
  Manifest manifest;
  manifest.field("stage", "previous build");
  manifest.field("output", output.native());
  return manifest.key();
}

std::string pack(const StageManifests& manifests) {
  Packer out;
  out << std::vector(manifests.begin(), manifests.end());
  return out.take();
}

StageManifests unpack_manifests(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<std::pair<StageKind, std::vector<Manifest::Field>>> manifests;
  in >> manifests;
  if (!in.good()) return {};
  return {manifests.begin(), manifests.end()};
}

std::string reason_to_run(StageKind stage, const std::vector<Manifest::Field>& now,
                          const StageManifests& previous, const std::vector<std::string>& names) {
  const auto before = previous.find(stage);
  if (before == previous.end()) return previous.empty() ? "first build" : "new in this build";
  const std::string difference = first_difference(before->second, now);
  if (difference.empty()) return "its result is no longer in the cache";
  return with_name(difference, names);
}

}  // namespace cbundle

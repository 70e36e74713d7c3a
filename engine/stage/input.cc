#include "engine/stage/input.h"

#include "engine/digest/manifest.h"

namespace cbundle {
namespace {

Result<void> require_unchanged(const std::filesystem::path& path, const Stamp& stamp) {
  if (TRY(stamp_of(path)) == stamp) return {};
  return Error{ErrorKind::bad_input, path.string() + " changed while it was linked",
               "run the build again, and make the rule depend on that file"};
}

}  // namespace

Digest digest_of_absent() {
  Manifest manifest;
  manifest.field("file", "absent");
  return manifest.key().digest;
}

Result<void> require_unchanged(const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    TRY(require_unchanged(input.path, input.stamp));
    for (const Input::Member& member : input.members) {
      TRY(require_unchanged(member.path, member.stamp));
    }
  }
  return {};
}

}  // namespace cbundle

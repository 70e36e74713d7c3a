#include "engine/stage/input.h"

#include "engine/digest/manifest.h"

namespace cbundle {
namespace {

Result<void> require_unchanged(const Input::File& file) {
  const bool is_same = TRY(stamp_of(file.path)) == file.stamp &&
                       (file.is_quiet || Digest::of(TRY(read_file(file.path))) == file.content);
  if (is_same) return {};
  return Error{ErrorKind::bad_input, file.path.string() + " changed while it was linked",
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
    TRY(require_unchanged(input.file));
    for (const Input::File& member : input.members) TRY(require_unchanged(member));
  }
  return {};
}

}  // namespace cbundle

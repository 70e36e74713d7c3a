#include "engine/stage/input.h"

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

Result<void> require_unchanged(const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    TRY(require_unchanged(input.file));
    for (const Input::File& member : input.members) TRY(require_unchanged(member));
  }
  return {};
}

}  // namespace cbundle

#include "engine/stage/input.h"

namespace cbundle {

Result<void> require_unchanged(const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    if (TRY(stamp_of(input.path)) == input.stamp) continue;
    return Error{ErrorKind::bad_input, input.path.string() +
                                           " changed while it was linked; run the build again, "
                                           "and make the rule depend on that file"};
  }
  return {};
}

}  // namespace cbundle

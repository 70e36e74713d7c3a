// The message that explains a build.
#pragma once

#include "cbundle/v1/admin.pb.h"
#include "engine/pipeline/build_history.h"

namespace cbundle {

v1::ExplainResponse message_of(const Explanation& explanation);

}  // namespace cbundle

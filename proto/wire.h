// Conversions between the protocol's messages and the engine's types.
#pragma once

#include "cbundle/v1/build.pb.h"
#include "engine/pipeline/builder.h"
#include "proto/errors.h"

namespace cbundle {

// A name given twice counts once. Error{bad_request} where the directory is not absolute, no object
// is named, an enumerator is unknown, or a name is imported as two kinds.
Result<Request> request_of(const v1::BuildRequest& message);

v1::StageFinished message_of(const StageFinished& finished);
v1::BuildEvent message_of(const Event& event);

// Without the bundle's bytes, which may be too many for one message.
v1::Built message_of(const Built& built, bool with_inputs);

}  // namespace cbundle

// Errors and diagnostics as messages of the protocol, and back.
#pragma once

#include "cbundle/v1/build.pb.h"
#include "engine/base/result.h"

namespace cbundle {

// Kinds that have no number become FAILURE_KIND_INTERNAL.
v1::Diagnostic message_of(const Diagnostic& diagnostic);
v1::Failed message_of(const Error& error);

// Numbers that this version does not know become `internal` and `error`.
Diagnostic diagnostic_of(const v1::Diagnostic& message);
Error error_of(const v1::Failed& message);

}  // namespace cbundle

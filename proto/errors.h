// Errors and diagnostics as messages of the protocol, and back.
#pragma once

#include <optional>

#include "cbundle/v1/build.pb.h"
#include "engine/base/result.h"

namespace cbundle {

// Kinds without a number of their own become FAILURE_KIND_INTERNAL.
v1::FailureKind wire_of(ErrorKind kind);
v1::Severity wire_of(Severity severity);

// Nothing for a number that this version does not know.
std::optional<ErrorKind> from_wire(v1::FailureKind kind);
std::optional<Severity> from_wire(v1::Severity severity);

v1::Diagnostic message_of(const Diagnostic& diagnostic);
v1::Failed message_of(const Error& error);

// Unknown kinds become `internal`, unknown severities `error`.
Diagnostic diagnostic_of(const v1::Diagnostic& message);
Error error_of(const v1::Failed& message);

}  // namespace cbundle

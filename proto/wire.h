// Between messages and the engine's own types. A small table for each enumeration, read both ways.
#pragma once

#include <optional>

#include "cbundle/v1/build.pb.h"
#include "engine/pipeline/progress.h"
#include "engine/pipeline/request.h"

namespace cbundle {

v1::ImportKind wire_of(ImportKind kind);
v1::Mode wire_of(Mode mode);
v1::Form wire_of(Form form);
v1::Verify wire_of(Verify verify);
v1::Outcome wire_of(Outcome outcome);
// Kinds that only the engine tells apart become FAILURE_KIND_INTERNAL.
v1::FailureKind wire_of(ErrorKind kind);
v1::Severity wire_of(Severity severity);

// Nothing for a number that this version does not know.
std::optional<ImportKind> from_wire(v1::ImportKind kind);
std::optional<Mode> from_wire(v1::Mode mode);
std::optional<Form> from_wire(v1::Form form);
std::optional<Verify> from_wire(v1::Verify verify);
std::optional<Outcome> from_wire(v1::Outcome outcome);
std::optional<ErrorKind> from_wire(v1::FailureKind kind);
std::optional<Severity> from_wire(v1::Severity severity);

// What the caller asked for; a name given twice counts once. Error{bad_request} where the
// directory is not absolute, no object is named, an enumerator is unknown, or one name is
// imported as two kinds.
Result<Request> request_of(const v1::BuildRequest& message);

v1::StageFinished message_of(const StageFinished& finished);
v1::BuildEvent message_of(const Event& event);
v1::Diagnostic message_of(const Diagnostic& diagnostic);
v1::Failed message_of(const Error& error);

// All but the bundle's bytes, for those may be too many for one message.
v1::Built message_of(const Built& built, bool with_inputs);

}  // namespace cbundle

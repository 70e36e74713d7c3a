#include "proto/errors.h"

#include <utility>

namespace cbundle {
namespace {

constexpr std::pair<Severity, v1::Severity> severities[] = {
    {Severity::error, v1::SEVERITY_ERROR},
    {Severity::warning, v1::SEVERITY_WARNING},
    {Severity::note, v1::SEVERITY_NOTE},
};
// Read from the wire, the first line of a kind counts.
constexpr std::pair<ErrorKind, v1::FailureKind> failure_kinds[] = {
    {ErrorKind::internal, v1::FAILURE_KIND_INTERNAL},
    {ErrorKind::bad_request, v1::FAILURE_KIND_BAD_REQUEST},
    {ErrorKind::bad_input, v1::FAILURE_KIND_BAD_INPUT},
    {ErrorKind::tool_failed, v1::FAILURE_KIND_TOOL_FAILED},
    {ErrorKind::unavailable, v1::FAILURE_KIND_UNAVAILABLE},
    {ErrorKind::cancelled, v1::FAILURE_KIND_CANCELLED},
    {ErrorKind::no_daemon, v1::FAILURE_KIND_INTERNAL},
    {ErrorKind::evicted, v1::FAILURE_KIND_INTERNAL},
    {ErrorKind::corrupt, v1::FAILURE_KIND_INTERNAL},
};

}  // namespace

v1::FailureKind wire_of(ErrorKind kind) {
  for (const auto& [ours, wire] : failure_kinds) {
    if (ours == kind) return wire;
  }
  return v1::FAILURE_KIND_INTERNAL;
}

v1::Severity wire_of(Severity severity) {
  for (const auto& [ours, wire] : severities) {
    if (ours == severity) return wire;
  }
  return v1::SEVERITY_ERROR;
}

std::optional<ErrorKind> from_wire(v1::FailureKind kind) {
  for (const auto& [ours, wire] : failure_kinds) {
    if (wire == kind) return ours;
  }
  return std::nullopt;
}

std::optional<Severity> from_wire(v1::Severity severity) {
  for (const auto& [ours, wire] : severities) {
    if (wire == severity) return ours;
  }
  return std::nullopt;
}

v1::Diagnostic message_of(const Diagnostic& diagnostic) {
  v1::Diagnostic message;
  message.set_severity(wire_of(diagnostic.severity));
  message.set_message(diagnostic.message);
  message.set_hint(diagnostic.hint);
  message.set_file(diagnostic.file);
  message.set_line(diagnostic.line);
  message.set_object(diagnostic.object);
  message.set_symbol(diagnostic.symbol);
  message.set_section(diagnostic.section);
  message.set_offset(diagnostic.offset);
  message.set_relocation(diagnostic.relocation);
  message.set_target(diagnostic.target);
  message.set_similar(diagnostic.similar);
  return message;
}

v1::Failed message_of(const Error& error) {
  v1::Failed message;
  message.set_kind(wire_of(error.kind));
  for (const Diagnostic& d : error.diagnostics) *message.add_diagnostics() = message_of(d);
  return message;
}

Diagnostic diagnostic_of(const v1::Diagnostic& message) {
  return {.severity = from_wire(message.severity()).value_or(Severity::error),
          .message = message.message(),
          .hint = message.hint(),
          .file = message.file(),
          .line = message.line(),
          .object = message.object(),
          .symbol = message.symbol(),
          .section = message.section(),
          .offset = message.offset(),
          .relocation = message.relocation(),
          .target = message.target(),
          .similar = message.similar()};
}

Error error_of(const v1::Failed& message) {
  Diagnostics diagnostics;
  for (const v1::Diagnostic& d : message.diagnostics()) diagnostics.push_back(diagnostic_of(d));
  return {from_wire(message.kind()).value_or(ErrorKind::internal), std::move(diagnostics)};
}

}  // namespace cbundle

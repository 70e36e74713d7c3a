#include "proto/errors.h"

#include <utility>

namespace cbundle {
namespace {

// A value that is not in its table is converted like the first line.
constexpr std::pair<Severity, v1::Severity> severities[] = {
    {Severity::error, v1::SEVERITY_ERROR},
    {Severity::warning, v1::SEVERITY_WARNING},
    {Severity::note, v1::SEVERITY_NOTE},
};
constexpr std::pair<ErrorKind, v1::FailureKind> failure_kinds[] = {
    {ErrorKind::internal, v1::FAILURE_KIND_INTERNAL},
    {ErrorKind::bad_request, v1::FAILURE_KIND_BAD_REQUEST},
    {ErrorKind::bad_input, v1::FAILURE_KIND_BAD_INPUT},
    {ErrorKind::tool_failed, v1::FAILURE_KIND_TOOL_FAILED},
    {ErrorKind::unavailable, v1::FAILURE_KIND_UNAVAILABLE},
    {ErrorKind::cancelled, v1::FAILURE_KIND_CANCELLED},
};

template <class Ours, class Wire, std::size_t size>
Wire to_wire(const std::pair<Ours, Wire> (&table)[size], Ours value) {
  for (const auto& [ours, wire] : table) {
    if (ours == value) return wire;
  }
  return table[0].second;
}

template <class Ours, class Wire, std::size_t size>
Ours from_wire(const std::pair<Ours, Wire> (&table)[size], Wire value) {
  for (const auto& [ours, wire] : table) {
    if (wire == value) return ours;
  }
  return table[0].first;
}

}  // namespace

v1::Diagnostic message_of(const Diagnostic& diagnostic) {
  v1::Diagnostic message;
  message.set_severity(to_wire(severities, diagnostic.severity));
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
  message.set_kind(to_wire(failure_kinds, error.kind));
  for (const Diagnostic& d : error.diagnostics) *message.add_diagnostics() = message_of(d);
  return message;
}

Diagnostic diagnostic_of(const v1::Diagnostic& message) {
  return {.severity = from_wire(severities, message.severity()),
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
  return {from_wire(failure_kinds, message.kind()), std::move(diagnostics)};
}

}  // namespace cbundle

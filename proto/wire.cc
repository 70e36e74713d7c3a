// The tables between messages and the engine's types, and the checks on what comes in.
#include "proto/wire.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace cbundle {
namespace {

template <class Ours, class Wire, std::size_t size>
using Table = std::array<std::pair<Ours, Wire>, size>;

constexpr Table<ImportKind, v1::ImportKind, 3> import_kinds{{
    {ImportKind::data, v1::IMPORT_KIND_DATA},
    {ImportKind::func, v1::IMPORT_KIND_FUNC},
    {ImportKind::thumb, v1::IMPORT_KIND_THUMB},
}};
constexpr Table<Mode, v1::Mode, 2> modes{{
    {Mode::pic, v1::MODE_PIC},
    {Mode::selfreloc, v1::MODE_SELFRELOC},
}};
constexpr Table<Form, v1::Form, 6> forms{{
    {Form::object, v1::FORM_OBJECT},
    {Form::assembly, v1::FORM_ASSEMBLY},
    {Form::image, v1::FORM_IMAGE},
    {Form::description, v1::FORM_DESCRIPTION},
    {Form::c_source, v1::FORM_C_SOURCE},
    {Form::c_header, v1::FORM_C_HEADER},
}};
constexpr Table<Verify, v1::Verify, 2> verifications{{
    {Verify::none, v1::VERIFY_NONE},
    {Verify::relink, v1::VERIFY_RELINK},
}};
constexpr Table<Outcome, v1::Outcome, 3> outcomes{{
    {Outcome::hit, v1::OUTCOME_HIT},
    {Outcome::ran, v1::OUTCOME_RAN},
    {Outcome::shared, v1::OUTCOME_SHARED},
}};

template <class Ours, class Wire, std::size_t size>
Wire look_up(const Table<Ours, Wire, size>& table, Ours ours) {
  for (const auto& [mine, wire] : table) {
    if (mine == ours) return wire;
  }
  return Wire{};
}

template <class Ours, class Wire, std::size_t size>
std::optional<Ours> look_up(const Table<Ours, Wire, size>& table, Wire wire) {
  for (const auto& [ours, theirs] : table) {
    if (theirs == wire) return ours;
  }
  return std::nullopt;
}

Error bad_request(std::string message) { return {ErrorKind::bad_request, std::move(message)}; }

// The value, or an error for a client newer than this daemon.
template <class Ours, class Wire>
Result<Ours> known(Wire wire, std::string_view what) {
  if (const std::optional<Ours> ours = from_wire(wire)) return *ours;
  return bad_request("unknown " + std::string(what) + " " + std::to_string(static_cast<int>(wire)));
}

Result<std::vector<Import>> imports_of(const v1::BuildRequest& message) {
  std::vector<Import> imports;
  std::set<std::string_view> names;
  for (const v1::Import& import : message.imports()) {
    const ImportKind kind = TRY(known<ImportKind>(import.kind(), "kind of import"));
    if (names.insert(import.name()).second) {
      imports.push_back({import.name(), kind});
    } else if (std::ranges::find(imports, Import{import.name(), kind}) == imports.end()) {
      return bad_request("import " + import.name() + " is declared twice, as different kinds");
    }
  }
  return imports;
}

std::vector<std::string> exports_of(const v1::BuildRequest& message) {
  std::vector<std::string> exports;
  std::set<std::string_view> names;
  for (const std::string& name : message.exports()) {
    if (names.insert(name).second) exports.push_back(name);
  }
  return exports;
}

Result<Spec> spec_of(const v1::BuildRequest& message) {
  Spec spec;
  spec.imports = TRY(imports_of(message));
  spec.exports = exports_of(message);
  spec.mode = TRY(known<Mode>(message.mode(), "mode"));
  spec.form = TRY(known<Form>(message.form(), "form"));
  spec.verify = TRY(known<Verify>(message.verify(), "verification"));
  if (!message.section().empty()) spec.section = message.section();
  spec.prefix = message.prefix();
  return spec;
}

}  // namespace

v1::ImportKind wire_of(ImportKind kind) { return look_up(import_kinds, kind); }
v1::Mode wire_of(Mode mode) { return look_up(modes, mode); }
v1::Form wire_of(Form form) { return look_up(forms, form); }
v1::Verify wire_of(Verify verify) { return look_up(verifications, verify); }
v1::Outcome wire_of(Outcome outcome) { return look_up(outcomes, outcome); }

std::optional<ImportKind> from_wire(v1::ImportKind kind) { return look_up(import_kinds, kind); }
std::optional<Mode> from_wire(v1::Mode mode) { return look_up(modes, mode); }
std::optional<Form> from_wire(v1::Form form) { return look_up(forms, form); }
std::optional<Verify> from_wire(v1::Verify verify) { return look_up(verifications, verify); }
std::optional<Outcome> from_wire(v1::Outcome outcome) { return look_up(outcomes, outcome); }

Result<Request> request_of(const v1::BuildRequest& message) {
  if (!message.directory().starts_with('/')) {
    return bad_request("the request's directory must be absolute, not '" + message.directory() +
                       "'");
  }
  if (message.objects().empty()) return bad_request("no object is named");
  Request request;
  request.directory = message.directory();
  request.objects.assign(message.objects().begin(), message.objects().end());
  request.script = message.script();
  request.defines.assign(message.defines().begin(), message.defines().end());
  request.linker = message.linker();
  request.path = message.search_path();
  request.output = message.output();
  request.spec = TRY(spec_of(message));
  return request;
}

v1::StageFinished message_of(const StageFinished& finished) {
  v1::StageFinished message;
  message.set_stage(std::string(name_of(finished.stage)));
  message.set_outcome(wire_of(finished.outcome));
  message.set_microseconds(static_cast<std::uint64_t>(finished.took.count()));
  message.set_reason(finished.reason);
  return message;
}

v1::BuildEvent message_of(const Event& event) {
  v1::BuildEvent message;
  if (const auto* finished = std::get_if<StageFinished>(&event)) {
    *message.mutable_stage_finished() = message_of(*finished);
  } else if (const auto* warning = std::get_if<Warning>(&event)) {
    *message.mutable_warning() = message_of(warning->diagnostic);
  } else {
    *message.mutable_cache_warning() = message_of(std::get<CacheWarning>(event).diagnostic);
  }
  return message;
}

v1::Built message_of(const Built& built, bool with_inputs) {
  v1::Built message;
  message.set_digest(std::string(built.digest.raw()));
  message.set_size(built.object.size());
  if (with_inputs) {
    for (const auto& input : built.inputs) message.add_inputs(input.native());
  }
  return message;
}

}  // namespace cbundle

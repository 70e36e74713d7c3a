#include "proto/wire.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "proto/file_view.h"

namespace cbundle {
namespace {

constexpr std::pair<v1::ImportKind, ImportKind> import_kinds[] = {
    {v1::IMPORT_KIND_DATA, ImportKind::data},
    {v1::IMPORT_KIND_FUNC, ImportKind::func},
    {v1::IMPORT_KIND_THUMB, ImportKind::thumb},
};
constexpr std::pair<v1::Mode, Mode> modes[] = {
    {v1::MODE_PIC, Mode::pic},
    {v1::MODE_SELFRELOC, Mode::selfreloc},
};
constexpr std::pair<v1::Form, Form> forms[] = {
    {v1::FORM_OBJECT, Form::object},     {v1::FORM_ASSEMBLY, Form::assembly},
    {v1::FORM_IMAGE, Form::image},       {v1::FORM_DESCRIPTION, Form::description},
    {v1::FORM_C_SOURCE, Form::c_source}, {v1::FORM_C_HEADER, Form::c_header},
};
constexpr std::pair<v1::Verify, Verify> verifications[] = {
    {v1::VERIFY_NONE, Verify::none},
    {v1::VERIFY_RELINK, Verify::relink},
};
constexpr std::pair<Outcome, v1::Outcome> outcomes[] = {
    {Outcome::hit, v1::OUTCOME_HIT},
    {Outcome::ran, v1::OUTCOME_RAN},
    {Outcome::shared, v1::OUTCOME_SHARED},
    {Outcome::remote, v1::OUTCOME_REMOTE},
};

template <class From, class To, std::size_t size>
std::optional<To> find(const std::pair<From, To> (&table)[size], From value) {
  for (const auto& [from, to] : table) {
    if (from == value) return to;
  }
  return std::nullopt;
}

Error bad_request(std::string message) { return {ErrorKind::bad_request, std::move(message)}; }

// An unknown enumerator is from a client newer than this daemon.
template <class From, class To, std::size_t size>
Result<To> known(const std::pair<From, To> (&table)[size], From value, std::string_view what) {
  if (const std::optional<To> to = find(table, value)) return *to;
  return bad_request("unknown " + std::string(what) + " " +
                     std::to_string(static_cast<int>(value)));
}

Result<std::vector<Import>> imports_of(const v1::BuildRequest& message) {
  std::vector<Import> imports;
  std::set<std::string_view> names;
  for (const v1::Import& import : message.imports()) {
    const ImportKind kind = TRY(known(import_kinds, import.kind(), "kind of import"));
    if (names.insert(import.name()).second) {
      imports.push_back({import.name(), kind});
    } else if (std::ranges::find(imports, Import{import.name(), kind}) == imports.end()) {
      return bad_request("import '" + import.name() + "' is declared as two kinds");
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
  spec.mode = TRY(known(modes, message.mode(), "mode"));
  spec.form = TRY(known(forms, message.form(), "form"));
  spec.verify = TRY(known(verifications, message.verify(), "verification"));
  if (!message.section().empty()) spec.section = message.section();
  spec.prefix = message.prefix();
  return spec;
}

}  // namespace

Result<Request> request_of(const v1::BuildRequest& message) {
  if (!message.directory().starts_with('/')) {
    return bad_request("the directory '" + message.directory() + "' is not absolute");
  }
  if (message.objects().empty()) return bad_request("no objects are named");
  Request request;
  request.directory = message.directory();
  request.objects.assign(message.objects().begin(), message.objects().end());
  request.script = message.script();
  request.defines.assign(message.defines().begin(), message.defines().end());
  request.linker = message.linker();
  request.path = message.search_path();
  request.output = message.output();
  request.outputs.assign(message.outputs().begin(), message.outputs().end());
  request.wants_everything_used = !is_same_view(message.view(), process_file_view());
  request.spec = TRY(spec_of(message));
  return request;
}

v1::StageFinished message_of(const StageFinished& finished) {
  v1::StageFinished message;
  message.set_stage(std::string(name_of(finished.stage)));
  message.set_outcome(*find(outcomes, finished.outcome));
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
  add_stamps(built.everything_used, message);
  return message;
}

}  // namespace cbundle

// cbundle build: asks for a bundle and writes it, with all that belongs to it.
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "client/build_options.h"
#include "client/command.h"
#include "client/depfile.h"
#include "client/output.h"
#include "client/report.h"
#include "client/service.h"
#include "client/terminal.h"
#include "client/utf8.h"

namespace cbundle {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view build_method = "/cbundle.v1.BuildService/Build";

class Build {
 public:
  explicit Build(BuildOptions options);

  ExitCode run(const Environment& environment);

 private:
  // A file to make, and what to ask for it.
  struct Product {
    v1::Form form;
    Output output;
  };

  std::optional<Failure> look_around();
  CallEnd attempt(Connection& connection);
  CallEnd ask(Connection& connection, Product& product);
  bool on_event(v1::BuildEvent& event, Product& product);
  bool on_built(v1::Built& built, Product& product);
  void on_failed(const v1::Failed& failed);
  bool keep(std::optional<Failure> failure);
  std::optional<Failure> write();
  ExitCode report_end(const std::optional<Failure>& failure);
  void say_unless_quiet(Tone tone, std::string_view text) const;

  steady_clock::time_point begin_ = steady_clock::now();
  BuildOptions options_;
  std::vector<Product> products_;  // the output, then what lies beside it
  BuildReport report_;
  std::vector<std::string> inputs_;
  bool is_done_ = false;                // the answer came to its end, good or bad
  std::optional<CallEnd> unavailable_;  // its end was that somebody else should be asked
  std::optional<Failure> failure_;
};

Build::Build(BuildOptions options) : options_(std::move(options)) {
  const WhenEqual when_equal = options_.if_changed ? WhenEqual::leave : WhenEqual::refresh;
  products_.push_back({options_.request.form(), Output(options_.output, when_equal)});
  if (!options_.description.empty()) {
    const bool is_image = options_.request.form() == v1::FORM_IMAGE;
    products_.push_back({is_image ? v1::FORM_DESCRIPTION : v1::FORM_C_HEADER,
                         Output(options_.description, when_equal)});
  }
  report_.output = options_.output;
}

void Build::say_unless_quiet(Tone tone, std::string_view text) const {
  if (options_.loudness != Loudness::quiet) say(tone, text);
}

std::optional<Failure> Build::look_around() {
  char directory[4096];
  if (::getcwd(directory, sizeof directory) == nullptr) {
    return Failure{ExitCode::build_failed,
                   std::string("cannot tell the current directory: ") + std::strerror(errno)};
  }
  if (!is_utf8(directory)) {
    return Failure{ExitCode::usage,
                   std::string("the current directory's name is not UTF-8: ") + directory};
  }
  options_.request.set_directory(directory);
  options_.request.set_search_path(std::string(process_variable("PATH")));
  return std::nullopt;
}

ExitCode Build::run(const Environment& environment) {
  auto failure = look_around();
  if (!failure) {
    const ServiceNeeds needs{.quiet = options_.loudness == Loudness::quiet};
    failure =
        serve(environment, needs, [this](Connection& connection) { return attempt(connection); });
  }
  if (failure_) failure = std::move(failure_);  // the build's own words say more
  if (!failure) failure = write();
  return report_end(failure);
}

// Begins anew each time: what another server sent before it failed is void.
CallEnd Build::attempt(Connection& connection) {
  report_.stages.clear();
  inputs_.clear();
  failure_.reset();
  for (Product& product : products_) product.output.discard();
  for (Product& product : products_) {
    CallEnd end = ask(connection, product);
    if (!end.is_ok()) return end;
  }
  return {.how = CallEnd::How::answered};
}

CallEnd Build::ask(Connection& connection, Product& product) {
  v1::BuildRequest& request = options_.request;
  request.set_form(product.form);
  request.set_output(product.output.path());
  is_done_ = false;
  unavailable_.reset();
  CallEnd end =
      connection.call(build_method, request.SerializeAsString(), [&](std::string_view message) {
        v1::BuildEvent event;
        return event.ParseFromArray(message.data(), static_cast<int>(message.size())) &&
               on_event(event, product);
      });
  if (unavailable_) return *unavailable_;
  if (failure_) return {.how = CallEnd::How::abandoned};
  const bool is_nonsense = end.is_ok() ? !is_done_ : end.how == CallEnd::How::abandoned;
  if (is_nonsense) return {CallEnd::How::garbled, 0, "its answer makes no sense"};
  return end;
}

// Keeps what ends the build; false, so that nothing more is read.
bool Build::keep(std::optional<Failure> failure) {
  failure_ = std::move(failure);
  return !failure_;
}

bool Build::on_event(v1::BuildEvent& event, Product& product) {
  if (is_done_) return false;
  // What lies beside the output is of the same build; all has been told with that.
  const bool is_told = &product != &products_.front();
  switch (event.event_case()) {
    case v1::BuildEvent::kStageFinished:
      if (!is_told) report_.stages.push_back(std::move(*event.mutable_stage_finished()));
      return true;
    case v1::BuildEvent::kWarning:
      if (!is_told) say_unless_quiet(Tone::warning, event.warning().message());
      return true;
    case v1::BuildEvent::kCacheWarning:
      if (!is_told) say_unless_quiet(Tone::note, event.cache_warning().message());
      return true;
    case v1::BuildEvent::kChunk: return keep(product.output.append(event.chunk()));
    case v1::BuildEvent::kBuilt: return on_built(*event.mutable_built(), product);
    case v1::BuildEvent::kFailed: on_failed(event.failed()); return true;
    case v1::BuildEvent::EVENT_NOT_SET: return true;  // of a later version
  }
  return true;
}

bool Build::on_built(v1::Built& built, Product& product) {
  is_done_ = true;
  if (!built.object().empty()) product.output.hold(std::move(*built.mutable_object()));
  if (!keep(product.output.verify(built.size(), built.digest()))) return false;
  if (&product != &products_.front()) return true;
  report_.digest = built.digest();
  for (v1::StageFinished& stage : *built.mutable_stages()) {
    report_.stages.push_back(std::move(stage));
  }
  inputs_.assign(built.inputs().begin(), built.inputs().end());
  return true;
}

// A daemon that cannot just now, or that cancels since it leaves, is no reason to fail.
void Build::on_failed(const v1::Failed& failed) {
  is_done_ = true;
  std::string message;
  for (const v1::Diagnostic& d : failed.diagnostics()) {
    if (!message.empty()) message += '\n';
    if (!d.file().empty()) message += d.file() + ":" + std::to_string(d.line()) + ": ";
    message += d.message();
    if (!d.hint().empty()) message += "\n  " + d.hint();
  }
  failure_ = Failure{exit_code_of(failed.kind()), message};
  if (failed.kind() == v1::FAILURE_KIND_CANCELLED) {
    unavailable_ = CallEnd{CallEnd::How::answered, grpc_unavailable, message};
  } else if (failed.kind() == v1::FAILURE_KIND_UNAVAILABLE) {
    unavailable_ = CallEnd{CallEnd::How::answered, grpc_resource_exhausted, message};
  }
}

// The output last: it must not be newer than what make knows of it and what belongs to it.
std::optional<Failure> Build::write() {
  if (!options_.depfile.empty()) {
    auto failure = write_output(options_.depfile, depfile_of(options_.output, inputs_));
    if (failure) return failure;
  }
  for (std::size_t i = products_.size(); i-- > 0;) {
    if (auto failure = products_[i].output.commit()) return failure;
  }
  return std::nullopt;
}

ExitCode Build::report_end(const std::optional<Failure>& failure) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  const auto took = duration_cast<microseconds>(steady_clock::now() - begin_);
  report_.microseconds = static_cast<std::uint64_t>(took.count());
  if (options_.loudness == Loudness::verbose) say_plainly(table_of(report_));
  if (failure) {
    say(Tone::error, failure->message);
    report_.error = failure->message;
  }
  const bool is_told = !options_.json || print(json_of(report_));
  if (failure) return failure->code;
  return is_told ? ExitCode::done : ExitCode::build_failed;
}

}  // namespace

ExitCode run_build(const Arguments& arguments, const Environment& environment) {
  auto options = build_options_of(arguments);
  if (!options) {
    say(Tone::error, options.failure().message);
    return options.failure().code;
  }
  return Build(std::move(*options)).run(environment);
}

}  // namespace cbundle

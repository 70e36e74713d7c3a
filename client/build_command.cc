// cbundle build: asks for a bundle, and writes it with its description and depfile.
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "client/build_options.h"
#include "client/command.h"
#include "client/depfile.h"
#include "client/output.h"
#include "client/report.h"
#include "client/service.h"
#include "client/terminal.h"
#include "engine/base/text.h"
#include "proto/errors.h"
#include "proto/file_view.h"

namespace cbundle {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view build_method = "/cbundle.v1.BuildService/Build";

class Build {
 public:
  explicit Build(BuildOptions options);

  Result<ExitCode> run(const Environment& environment);

 private:
  // A file to make, and the form to ask for.
  struct Product {
    v1::Form form;
    Output output;
  };

  Result<void> build(const Environment& environment);
  Result<void> complete_request(const Paths& paths);
  CallEnd attempt(Connection& connection);
  CallEnd request(Connection& connection, Product& product);
  Result<void> on_event(v1::BuildEvent& event, Product& product);
  void on_warning(const v1::Diagnostic& message);
  void on_cache_warning(const v1::Diagnostic& message);
  Result<void> on_built(v1::Built& built, Product& product);
  void on_failed(const v1::Failed& failed);
  Result<void> write();

  steady_clock::time_point begin_ = steady_clock::now();
  BuildOptions options_;
  std::vector<Product> products_;  // the output, then the file that describes it
  BuildReport report_;
  std::vector<std::string> inputs_;
  bool is_done_ = false;          // the last event came
  bool is_private_ = false;       // the daemon serves this client only
  std::optional<CallEnd> retry_;  // how the call ended if another server should be asked
  std::optional<Error> error_;    // of the build or of writing its output
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

Result<ExitCode> Build::run(const Environment& environment) {
  const Result<void> built = build(environment);
  report_.succeeded = static_cast<bool>(built);
  report_.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin_);
  if (options_.verbosity == Verbosity::verbose) print_on_stderr(table_of(report_));
  if (built) {
    if (options_.json) TRY(print(json_of(report_)));
    return ExitCode::done;
  }
  const Diagnostics& errors = built.error().diagnostics;
  report_.diagnostics.insert(report_.diagnostics.end(), errors.begin(), errors.end());
  const Result<void> printed = options_.json ? print(json_of(report_)) : Result<void>();
  if (!printed) print_diagnostics(printed.error().diagnostics);
  return built.error();
}

Result<void> Build::build(const Environment& environment) {
  TRY(complete_request(environment.paths));
  const CallOptions call_options{.verbosity = options_.verbosity};
  const Result<void> served = call_daemon(
      environment, call_options, [this](Connection& connection) { return attempt(connection); });
  if (options_.verbosity != Verbosity::quiet && !report_.diagnostics.empty()) {
    print_diagnostics(report_.diagnostics);
  }
  if (error_) return *std::move(error_);  // says more than the error of the call
  TRY(served);
  return write();
}

Result<void> Build::complete_request(const Paths& paths) {
  char directory[4096];
  if (::getcwd(directory, sizeof directory) == nullptr) {
    return Error{ErrorKind::bad_input,
                 "cannot determine the current directory: " + errno_message(errno)};
  }
  if (!is_utf8(directory)) {
    return Error{ErrorKind::bad_request,
                 std::string("the current directory's name is not UTF-8: ") + directory};
  }
  options_.request.set_directory(directory);
  for (const Product& product : products_) {
    options_.request.add_outputs(product.output.path());
  }
  if (!options_.depfile.empty()) options_.request.add_outputs(options_.depfile);
  *options_.request.mutable_view() = own_file_view();
  for (std::string& setting : settings_in(process_variable, paths)) {
    options_.request.add_settings(std::move(setting));
  }
  options_.request.set_search_path(std::string(process_variable("PATH")));
  return {};
}

// Starts from the beginning each time, without what a server sent before it failed.
CallEnd Build::attempt(Connection& connection) {
  report_.stages.clear();
  report_.diagnostics.clear();
  report_.notes.clear();
  is_private_ = connection.is_private();
  inputs_.clear();
  error_.reset();
  for (Product& product : products_) product.output.discard();
  for (Product& product : products_) {
    CallEnd end = request(connection, product);
    if (!end.is_ok()) return end;
  }
  return {.how = CallEnd::How::answered};
}

CallEnd Build::request(Connection& connection, Product& product) {
  v1::BuildRequest& request = options_.request;
  request.set_form(product.form);
  request.set_output(product.output.path());
  is_done_ = false;
  retry_.reset();
  CallEnd end =
      connection.call(build_method, request.SerializeAsString(), [&](std::string_view message) {
        v1::BuildEvent event;
        const bool is_valid =
            !is_done_ && event.ParseFromArray(message.data(), static_cast<int>(message.size()));
        if (!is_valid) return false;
        const Result<void> handled = on_event(event, product);
        if (!handled) error_ = handled.error();
        return static_cast<bool>(handled);
      });
  if (retry_) return *retry_;
  if (error_) return {.how = CallEnd::How::stopped};
  const bool is_malformed = end.is_ok() ? !is_done_ : end.how == CallEnd::How::stopped;
  return is_malformed ? malformed_response() : end;
}

Result<void> Build::on_event(v1::BuildEvent& event, Product& product) {
  // The second product is of the same build; the first one's events have been reported.
  const bool is_first = &product == &products_.front();
  switch (event.event_case()) {
    case v1::BuildEvent::kStageFinished:
      if (is_first) report_.stages.push_back(std::move(*event.mutable_stage_finished()));
      return {};
    case v1::BuildEvent::kWarning:
      if (is_first) on_warning(event.warning());
      return {};
    case v1::BuildEvent::kCacheWarning:
      if (is_first) on_cache_warning(event.cache_warning());
      return {};
    case v1::BuildEvent::kChunk: return product.output.append(event.chunk());
    case v1::BuildEvent::kBuilt: return on_built(*event.mutable_built(), product);
    case v1::BuildEvent::kFailed: on_failed(event.failed()); return {};
    case v1::BuildEvent::EVENT_NOT_SET: return {};  // of a later version
  }
  return {};
}

// Printed when the answer is accepted: another daemon may be asked yet.
void Build::on_warning(const v1::Diagnostic& message) {
  report_.diagnostics.push_back(diagnostic_of(message));
}

// A private daemon lives for this build only, so that its troubles would be reported by each.
void Build::on_cache_warning(const v1::Diagnostic& message) {
  report_.notes.push_back(diagnostic_of(message));
  const bool is_shown = options_.verbosity == Verbosity::verbose ||
                        (options_.verbosity == Verbosity::normal && !is_private_);
  if (is_shown) print_diagnostics({report_.notes.back()});
}

Result<void> Build::on_built(v1::Built& built, Product& product) {
  is_done_ = true;
  if (!built.object().empty()) product.output.hold(std::move(*built.mutable_object()));
  const Digest digest = TRY(product.output.verify(built.size(), built.digest()));
  if (const std::string other = first_other_file(built); !other.empty()) {
    retry_ = CallEnd{CallEnd::How::answered, grpc_resource_exhausted,
                     "it sees other files, in another mount namespace or root directory"};
    return {};
  }
  if (&product != &products_.front()) return {};
  report_.digest = digest;
  for (v1::StageFinished& stage : *built.mutable_stages()) {
    report_.stages.push_back(std::move(stage));
  }
  inputs_.assign(built.inputs().begin(), built.inputs().end());
  return {};
}

// A daemon that is overloaded, or that cancels because it is leaving, does not fail the build.
void Build::on_failed(const v1::Failed& failed) {
  is_done_ = true;
  error_ = error_of(failed);
  if (failed.other_view()) {
    retry_ = CallEnd{CallEnd::How::answered, grpc_resource_exhausted,
                     "it may see other files, in another mount namespace or root directory"};
  } else if (error_->kind == ErrorKind::cancelled) {
    retry_ = CallEnd{CallEnd::How::answered, grpc_unavailable, error_->text()};
  } else if (error_->kind == ErrorKind::unavailable) {
    retry_ = CallEnd{CallEnd::How::answered, grpc_resource_exhausted, error_->text()};
  }
}

// The output last: it must not be older than its depfile and its description.
Result<void> Build::write() {
  if (!options_.depfile.empty()) {
    TRY(write_output(options_.depfile, depfile_of(options_.output, inputs_)));
  }
  for (std::size_t i = products_.size(); i-- > 0;) TRY(products_[i].output.commit());
  return {};
}

}  // namespace

Result<ExitCode> run_build(const Arguments& arguments, const Environment& environment) {
  return Build(TRY(build_options_of(arguments))).run(environment);
}

}  // namespace cbundle

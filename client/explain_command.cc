// cbundle explain: what the last build of an output did, and what had changed.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include "client/admin_call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/quantity.h"
#include "client/report.h"
#include "client/service.h"
#include "client/terminal.h"
#include "proto/private_runs.h"

namespace cbundle {
namespace {

// Builds without this daemon, of any output, since the last one that it knows of.
using PrivateRuns = std::vector<PrivateRun>;

PrivateRuns private_runs_since(const Environment& environment, std::int64_t time) {
  PrivateRuns runs = private_runs(environment.paths);
  std::erase_if(runs, [&](const PrivateRun& run) { return run.time <= time; });
  return runs;
}

std::string json_of(const v1::Change& change) {
  JsonObject json;
  json.text("kind", change.kind()).text("how", change.how()).text("file", change.file());
  json.number("line", change.line()).text("name", change.name());
  json.text("was", change.was()).text("is", change.is()).number("more", change.more());
  return json.text("text", change.text()).take();
}

std::string json_of(const v1::RecordedBuild& build) {
  JsonObject json;
  json.number("ended", build.ended()).raw("milliseconds", milliseconds(build.microseconds()));
  json.boolean("private", build.is_private())
      .text("directory", build.directory())
      .number("made", build.made());
  json.number("repeats", build.repeats()).number("last_repeat", build.last_repeat());
  json.raw("stages", json_array(build.stages(), json_of_stage));
  return json.take();
}

std::string json_of(const std::string& output, const v1::ExplainResponse& response,
                    const PrivateRuns& runs) {
  const auto changes_of = [](const auto& changes) {
    return json_array(changes, [](const v1::Change& change) { return json_of(change); });
  };
  JsonObject json;
  json.text("output", output).raw("build", json_of(response.last()));
  json.raw("before", response.has_before() ? json_of(response.before()) : "null");
  json.raw("changes", changes_of(response.changes()));
  json.raw("since", changes_of(response.since()));
  json.raw("private_runs", json_array(runs, [](const PrivateRun& run) {
             return JsonObject().number("time", run.time).text("reason", run.reason).take();
           }));
  return json.take() + '\n';
}

std::string ago(std::int64_t time, std::int64_t now) {
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now - time, 0));
  return format_duration(seconds) + " ago";
}

std::string list_of(const google::protobuf::RepeatedPtrField<v1::Change>& changes) {
  std::string text;
  for (const v1::Change& change : changes) text += "  " + wrapped(change.text(), 4) + '\n';
  return text;
}

bool is_found_as_a_whole(const v1::RecordedBuild& build) {
  return build.stages_size() == 1 && build.stages(0).stage() == "bundle";
}

std::string at(std::int64_t time, std::int64_t now) {
  return "at " + format_time(time, now) + " (" + ago(time, now) + ")";
}

std::string text_of_build(const std::string& output, const v1::RecordedBuild& build,
                          std::int64_t now) {
  std::string text;
  if (build.repeats() > 0) {
    text = output + " was last built " + at(build.last_repeat(), now) +
           ": all of it came from the cache, as\nnothing had changed since the build described "
           "here" +
           (build.repeats() > 1 ? " (" + std::to_string(build.repeats()) + " times)" : "") + ".\n";
  }
  text += output + " was built " + at(build.ended(), now);
  if (build.is_private()) text += " by a private daemon";
  if (is_found_as_a_whole(build)) {
    text += ": all of it came from the cache";
    if (build.made() != 0) text += ",\nand was made " + at(build.made(), now);
    return text + ".\n";
  }
  text += " in " + milliseconds(build.microseconds()) + " ms:\n";
  for (const v1::StageFinished& stage : build.stages()) {
    const std::string outcome = "  " + outcome_of(stage) + "  ";
    text += outcome + wrapped(stage.reason(), outcome.size());
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

std::string text_of_changes(const v1::ExplainResponse& response, std::int64_t now) {
  if (!response.has_before()) return "No earlier build is known to compare with.\n";
  const std::int64_t ended = std::max(response.before().ended(), response.before().last_repeat());
  const std::string before = "the build before, at " + format_time(ended, now);
  if (response.changes().empty()) return "Nothing had changed since " + before + ".\n";
  return "Changed since " + before + ":\n" + list_of(response.changes());
}

std::string text_of_later(const v1::ExplainResponse& response, const PrivateRuns& runs,
                          std::int64_t now) {
  std::string text;
  if (!runs.empty()) {
    text += std::to_string(runs.size()) + (runs.size() == 1 ? " build was" : " builds were") +
            " private since then, perhaps of another file; last at " +
            format_time(runs.back().time, now) + ", as " + runs.back().reason + ".\n";
  }
  if (response.since().empty()) {
    text += "No input has changed since then.\n";
  } else {
    text +=
        "Changed since then, so the next build will not be the same:\n" + list_of(response.since());
  }
  return text;
}

Result<std::string> absolute(std::string_view file) {
  if (file.starts_with('/')) return std::string(file);
  char directory[4096];
  if (::getcwd(directory, sizeof directory) == nullptr) {
    return Error{ErrorKind::bad_input,
                 "cannot determine the current directory: " + errno_message(errno)};
  }
  return std::string(directory) + '/' + std::string(file);
}

}  // namespace

Result<ExitCode> run_explain(const Arguments& arguments, const Environment& environment) {
  if (arguments.operands.size() != 1) {
    return Error{ErrorKind::bad_request, "explain needs one file",
                 "name the output of a build: cbundle explain out.o"};
  }
  const std::string output(arguments.operands.front());
  v1::ExplainRequest request;
  request.set_output(TRY(absolute(output)));
  v1::ExplainResponse response;
  TRY(call_daemon(environment, {.may_start = false}, [&](Connection& connection) {
    response.Clear();
    return call_admin(connection, "Explain", request, response, std::nullopt);
  }));
  if (!response.has_last()) {
    return Error{ErrorKind::bad_input, "no build of " + output + " is known",
                 "name the file that 'cbundle build -o' wrote, and use the same cache"};
  }
  const std::int64_t now = std::time(nullptr);
  const std::int64_t last = std::max(response.last().ended(), response.last().last_repeat());
  const PrivateRuns runs = private_runs_since(environment, last);
  if (arguments.has(Option::json)) {
    TRY(print(json_of(output, response, runs)));
  } else {
    TRY(print(text_of_build(output, response.last(), now) + text_of_changes(response, now) +
              text_of_later(response, runs, now)));
  }
  return ExitCode::done;
}

}  // namespace cbundle

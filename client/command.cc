#include "client/command.h"

#include <unistd.h>

#include <string>

#include "client/response_file.h"
#include "client/terminal.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

using Command = Result<ExitCode> (*)(const Arguments&, const Environment&);

Command command_of(CommandName name) {
  switch (name) {
    case CommandName::build: return run_build;
    case CommandName::script: return run_script;
    case CommandName::combine: return run_combine;
    case CommandName::explain: return run_explain;
    case CommandName::doctor: return run_doctor;
    case CommandName::stats: return run_stats;
    case CommandName::clear: return run_clear;
    case CommandName::verify: return run_verify;
    case CommandName::status: return run_status;
    case CommandName::stop: return run_stop;
    case CommandName::trim: return run_trim;
  }
  return run_build;
}

bool takes_operands(CommandName name) {
  return name == CommandName::build || name == CommandName::explain;
}

Result<ExitCode> show(std::string_view text) {
  TRY(print(text));
  return ExitCode::done;
}

Result<ExitCode> run_command(CommandName name, std::span<char* const> given) {
  const Arguments arguments = TRY(parse_arguments(name, given));
  if (arguments.has(Option::help)) return show(help_of(name));
  if (!takes_operands(name) && !arguments.operands.empty()) {
    return Error{ErrorKind::bad_request,
                 "unexpected argument " + quote(arguments.operands.front())};
  }
  TRY(check_variables(environ));
  return command_of(name)(arguments, TRY(environment_of(process_variable, ::geteuid())));
}

bool asks_for_help(std::string_view word) {
  return word == "help" || word == "--help" || word == "-h";
}

bool asks_for_version(std::string_view word) {
  return word == "version" || word == "--version" || word == "-V";
}

Result<ExitCode> run_help(std::span<char* const> commands) {
  const bool is_of_program =
      commands.empty() || asks_for_help(commands.front()) || asks_for_version(commands.front());
  if (is_of_program) return show(help_of_program());
  if (commands.size() > 1) {
    return Error{ErrorKind::bad_request, "unexpected argument " + quote(commands[1])};
  }
  return show(help_of(TRY(command_named(commands.front()))));
}

Result<ExitCode> run_expanded(std::span<char* const> arguments) {
  if (arguments.empty()) {
    print_on_stderr(help_of_program());
    return ExitCode::usage;
  }
  const std::string_view first = arguments.front();
  if (asks_for_help(first)) return run_help(arguments.subspan(1));
  if (asks_for_version(first)) return show("cbundle " CBUNDLE_VERSION "\n");
  return run_command(TRY(command_named(first)), arguments.subspan(1));
}

Result<ExitCode> run_arguments(std::span<char* const> arguments) {
  std::vector<std::string> expanded = TRY(expand_response_files(arguments));
  std::vector<char*> pointers;
  for (std::string& argument : expanded) pointers.push_back(argument.data());
  return run_expanded(pointers);
}

ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_request: return ExitCode::usage;
    case ErrorKind::bad_input:
    case ErrorKind::tool_failed:
    case ErrorKind::unavailable: return ExitCode::build_failed;
    case ErrorKind::no_daemon: return ExitCode::no_daemon;
    case ErrorKind::evicted:
    case ErrorKind::corrupt:
    case ErrorKind::cancelled:
    case ErrorKind::internal: break;
  }
  return ExitCode::internal;
}

}  // namespace

ExitCode run(std::span<char* const> arguments) {
  const Result<ExitCode> code = run_arguments(arguments);
  if (code) return code.value();
  print_diagnostics(code.error().diagnostics);
  return exit_code_of(code.error().kind);
}

}  // namespace cbundle

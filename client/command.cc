// From words to a command.
#include "client/command.h"

#include <algorithm>
#include <optional>
#include <string>

#include "client/response_file.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

using Command = ExitCode (*)(const Arguments&, const Environment&);

Command command_of(CommandName name) {
  switch (name) {
    case CommandName::build: return run_build;
    case CommandName::script: return run_script;
    case CommandName::combine: return run_combine;
    case CommandName::stats: return run_stats;
    case CommandName::status: return run_status;
    case CommandName::stop: return run_stop;
    case CommandName::trim: return run_trim;
  }
  return run_build;
}

ExitCode fail(const Failure& failure) {
  say(Tone::error, failure.message);
  return failure.code;
}

ExitCode show(std::string_view text) {
  return print(text) ? ExitCode::done : ExitCode::build_failed;
}

bool asks_for_help(const Arguments& arguments) {
  return std::ranges::any_of(arguments.options,
                             [](const GivenOption& given) { return given.option == Option::help; });
}

ExitCode run_command(CommandName name, std::span<char* const> words) {
  auto arguments = parse(name, words);
  if (!arguments) return fail(arguments.failure());
  if (asks_for_help(*arguments)) return show(help_of(name));
  if (name != CommandName::build && !arguments->operands.empty()) {
    return fail({ExitCode::usage, "there is nothing to do with " +
                                      std::string(arguments->operands.front()) +
                                      "\n  only build takes operands"});
  }
  auto environment = environment_of_process();
  if (!environment) return fail(environment.failure());
  return command_of(name)(*arguments, *environment);
}

ExitCode run_words(std::span<char* const> words) {
  if (words.empty()) {
    say_plainly(help_of_program());
    return ExitCode::usage;
  }
  const std::string_view first = words.front();
  if (first == "--help" || first == "-h") return show(help_of_program());
  if (first == "--version") return show("cbundle " CBUNDLE_VERSION "\n");
  auto name = command_named(first);
  if (!name) return fail(name.failure());
  return run_command(*name, words.subspan(1));
}

}  // namespace

ExitCode run(std::span<char* const> words) {
  if (!has_response_file(words)) return run_words(words);
  auto expanded = expand_response_files(words);
  if (!expanded) return fail(expanded.failure());
  std::vector<char*> pointers;
  for (std::string& word : *expanded) pointers.push_back(word.data());
  return run_words(pointers);
}

}  // namespace cbundle

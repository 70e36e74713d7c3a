// cbundle combine: has a cbundled of its own combine two flat images, and writes the text.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "client/command.h"
#include "client/output.h"
#include "client/program.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

// Our own option; all others are the program's.
std::optional<std::string> output_of(const Arguments& arguments) {
  std::optional<std::string> output;
  for (const GivenOption& given : arguments.options) {
    if (given.option == Option::output) output = given.value;
  }
  return output;
}

std::vector<std::string> words_for_program(const Arguments& arguments) {
  std::vector<std::string> words{"combine"};
  const std::vector<OptionRow> rows = options_of(CommandName::combine);
  for (const GivenOption& given : arguments.options) {
    if (given.option == Option::output) continue;
    for (const OptionRow& row : rows) {
      if (row.option != given.option) continue;
      words.push_back(std::string("--") + row.name + '=' + std::string(given.value));
    }
  }
  return words;
}

Failure cannot_read(int code) {
  return {ExitCode::internal,
          std::string("cannot read what cbundled says: ") + std::strerror(code)};
}

Expected<std::string> read_all(int fd) {
  std::string text;
  char piece[65536];
  for (;;) {
    const ssize_t got = ::read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(errno);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

// What the program wrote, if it did well; its words for what is wrong, if it did not.
Expected<std::string> verdict(pid_t process, std::string answer) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return cannot_read(errno);
  }
  if (WIFSIGNALED(status)) {
    return Failure{ExitCode::internal,
                   std::string("cbundled was killed: ") + ::strsignal(WTERMSIG(status))};
  }
  switch (const int code = WEXITSTATUS(status)) {
    case 0: return answer;
    case static_cast<int>(ExitCode::build_failed):
    case static_cast<int>(ExitCode::usage):
      return Failure{static_cast<ExitCode>(code), std::move(answer)};
    default:
      return Failure{ExitCode::internal, "cbundled ended with status " + std::to_string(code)};
  }
}

Expected<std::string> text_of_program(const Arguments& arguments, const Environment& environment) {
  auto program = find_program(environment);
  if (!program) return program.failure();
  auto ends = make_pipe();
  if (!ends) return ends.failure();
  auto process = start_program({*program, words_for_program(arguments), ends->theirs.get()});
  if (!process) return process.failure();
  ends->theirs = Descriptor();  // so that the pipe ends with the program
  auto answer = read_all(ends->ours.get());
  if (!answer) return answer.failure();
  return verdict(*process, std::move(*answer));
}

std::optional<Failure> combine(const Arguments& arguments, const Environment& environment) {
  const auto output = output_of(arguments);
  if (output && output->empty()) {
    return Failure{ExitCode::usage, "--output is empty: it needs FILE"};
  }
  auto text = text_of_program(arguments, environment);
  if (!text) return text.failure();
  if (output) return write_output(*output, std::move(*text));
  const int code = write_all(STDOUT_FILENO, *text);
  if (code == 0) return std::nullopt;
  return Failure{ExitCode::build_failed,
                 std::string("cannot write to standard output: ") + std::strerror(code)};
}

}  // namespace

ExitCode run_combine(const Arguments& arguments, const Environment& environment) {
  const auto failure = combine(arguments, environment);
  if (!failure) return ExitCode::done;
  say(Tone::error, failure->message);
  return failure->code;
}

}  // namespace cbundle

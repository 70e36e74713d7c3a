// Writes to standard output and standard error, without a library's buffers.
#include "client/terminal.h"

#include <unistd.h>

#include <cstring>

#include "client/descriptor.h"
#include "client/environment.h"

namespace cbundle {
namespace {

struct Dress {
  std::string_view word;
  std::string_view colour;
};

constexpr Dress dresses[] = {
    {"error: ", "\033[1;31m"}, {"warning: ", "\033[1;35m"}, {"note: ", "\033[1;36m"}};

}  // namespace

std::string dressed(Tone tone, std::string_view message, bool colour) {
  const Dress& dress = dresses[static_cast<std::size_t>(tone)];
  std::string prefix = "cbundle: ";
  if (colour) prefix += dress.colour;
  prefix += dress.word;
  if (colour) prefix += "\033[0m";
  while (message.ends_with('\n')) message.remove_suffix(1);

  std::string text = prefix;
  for (std::size_t i = 0; i < message.size(); ++i) {
    text += message[i];
    const bool begins_another =
        message[i] == '\n' && message[i + 1] != ' ' && message[i + 1] != '\n';
    if (begins_another) text += prefix;
  }
  return text + '\n';
}

bool wants_colour(const GetVariable& variable, bool is_terminal) {
  const std::string_view terminal = variable("TERM");
  return is_terminal && variable("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb";
}

void say(Tone tone, std::string_view message) {
  const bool colour = wants_colour(process_variable, ::isatty(STDERR_FILENO) == 1);
  say_plainly(dressed(tone, message, colour));
}

void say_plainly(std::string_view lines) { write_all(STDERR_FILENO, lines); }

bool print(std::string_view lines) {
  const int code = write_all(STDOUT_FILENO, lines);
  if (code == 0) return true;
  say(Tone::error, std::string("cannot write to standard output: ") + std::strerror(code));
  return false;
}

}  // namespace cbundle

#include "client/terminal.h"

#include "client/environment.h"
#include "engine/base/fd.h"
#include "engine/base/text.h"

namespace cbundle {

bool wants_colour(const GetVariable& variable, bool is_terminal) {
  const std::string_view terminal = variable("TERM");
  return is_terminal && variable("NO_COLOR").empty() && !terminal.empty() && terminal != "dumb";
}

void print_diagnostics(const Diagnostics& diagnostics) {
  const bool colour = wants_colour(process_variable, ::isatty(STDERR_FILENO) == 1);
  print_on_stderr(render(diagnostics, "cbundle", colour));
}

void print_on_stderr(std::string_view lines) { write_all(STDERR_FILENO, lines); }

Result<void> print(std::string_view lines) {
  const int code = write_all(STDOUT_FILENO, lines);
  if (code == 0) return {};
  return Error{ErrorKind::bad_input, "cannot write to standard output: " + errno_message(code)};
}

}  // namespace cbundle

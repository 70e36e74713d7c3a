#include "client/response_file.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "engine/base/fd.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr int max_depth = 16;  // of files that name files; more is taken for a cycle

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Result<std::string> read_response_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  const int code = file ? read_all(file.get(), text) : errno;
  if (code == 0) return text;
  return Error{ErrorKind::bad_request,
               "cannot read the response file " + path + ": " + errno_message(code),
               "an object whose name begins with @ is written ./@NAME"};
}

// Whether a backslash quotes `next`; `quote` is the open quote, or 0.
bool is_escape(char quote, char next) {
  if (quote == '"') return std::strchr("\"\\$`\n", next) != nullptr;
  return quote == 0;
}

// Appends what `argument` stands for.
Result<void> expand(std::string argument, int depth, std::vector<std::string>& expanded) {
  if (argument.size() < 2 || argument.front() != '@') {
    expanded.push_back(std::move(argument));
    return {};
  }
  const std::string path = argument.substr(1);
  if (depth == max_depth) {
    return Error{ErrorKind::bad_request, "the response file " + path + " includes itself"};
  }
  Result<std::vector<std::string>> split = split_arguments(TRY(read_response_file(path)));
  if (!split) {
    Error error = std::move(split).error();
    error.diagnostics.front().file = path;
    return error;
  }
  for (std::string& each : split.value()) TRY(expand(std::move(each), depth + 1, expanded));
  return {};
}

}  // namespace

Result<std::vector<std::string>> split_arguments(std::string_view text) {
  std::vector<std::string> arguments;
  std::string argument;
  bool in_argument = false;  // '' is an argument too
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size() && is_escape(quote, text[i + 1])) {
      if (text[++i] == '\n') continue;
      argument += text[i];
      in_argument = true;
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        argument += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_argument = true;
    } else if (is_space(c)) {
      if (in_argument) arguments.push_back(std::exchange(argument, {}));
      in_argument = false;
    } else {
      argument += c;
      in_argument = true;
    }
  }
  if (quote != 0) {
    return Error{ErrorKind::bad_request, std::string("a quote (") + quote + ") is not closed"};
  }
  if (in_argument) arguments.push_back(std::move(argument));
  return arguments;
}

Result<std::vector<std::string>> expand_response_files(std::span<char* const> arguments) {
  std::vector<std::string> expanded;
  for (const char* argument : arguments) TRY(expand(argument, 0, expanded));
  return expanded;
}

}  // namespace cbundle

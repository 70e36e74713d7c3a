// cbundle combine: has `cbundled combine` combine two flat images, and writes the text.
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "client/command.h"
#include "client/output.h"
#include "client/program.h"
#include "client/terminal.h"
#include "engine/base/text.h"
#include "proto/errors.h"

namespace cbundle {
namespace {

Error bad_request(std::string message, std::string hint = {}) {
  return {ErrorKind::bad_request, std::move(message), std::move(hint)};
}

// As Python reads it: 0x, 0o and 0b are prefixes, and a leading zero has no meaning.
Result<std::uint32_t> parse_number(const std::string& option, std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  constexpr std::pair<std::string_view, int> prefixes[] = {{"0x", 16}, {"0X", 16}, {"0o", 8},
                                                           {"0O", 8},  {"0b", 2},  {"0B", 2}};
  for (const auto& [prefix, its_base] : prefixes) {
    if (!digits.starts_with(prefix)) continue;
    digits.remove_prefix(prefix.size());
    base = its_base;
  }
  std::uint32_t value = 0;  // addresses have 32 bits
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, value, base);
  if (code == std::errc() && rest == end) return value;
  return bad_request(option + ": invalid number " + quote(text) +
                     " (use 32 bits, such as 0x10200)");
}

// A list in a makefile may contain empty names; they are ignored.
void add_names(std::string_view list, v1::CombineRequest& request) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) request.add_exports(std::string(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

struct CombineOptions {
  v1::CombineRequest request;
  std::optional<std::string> output;
  std::optional<std::uint32_t> gap;
  std::optional<std::uint32_t> text_diff;
};

Result<void> apply(const GivenOption& given, CombineOptions& options) {
  v1::CombineRequest& request = options.request;
  const std::string value(given.value);
  switch (given.option) {
    case Option::output: options.output = value; break;
    case Option::script: request.set_script(value); break;
    case Option::first_image: request.set_first_image(value); break;
    case Option::second_image: request.set_second_image(value); break;
    case Option::map: request.set_map(value); break;
    case Option::section_header: request.set_section_header(value); break;
    case Option::verbose: request.set_want_positions(true); break;
    case Option::export_names:
      request.clear_exports();
      add_names(value, request);
      break;
    case Option::gap: options.gap = TRY(parse_number("--gap", value)); break;
    case Option::text_diff: options.text_diff = TRY(parse_number("--text-diff", value)); break;
    default: break;  // of other commands
  }
  return {};
}

Result<void> check(const CombineOptions& options) {
  const v1::CombineRequest& request = options.request;
  const std::pair<const char*, const std::string&> needed[] = {{"--script", request.script()},
                                                               {"--bin1", request.first_image()},
                                                               {"--bin2", request.second_image()}};
  for (const auto& [name, value] : needed) {
    if (value.empty())
      return bad_request(std::string(name) + " is missing", std::string("add ") + name + " FILE");
  }
  if (options.output && options.output->empty()) return bad_request("--output needs a value: FILE");
  if (!request.exports().empty() && request.map().empty()) {
    return bad_request("--exports needs --map, which has their addresses");
  }
  if (options.gap.has_value() != options.text_diff.has_value()) {
    return bad_request(options.gap ? "--gap needs --text-diff" : "--text-diff needs --gap",
                       "give both as in the script; without either they are 0x10200 and 0x408020");
  }
  return {};
}

Error internal(std::string message) { return {ErrorKind::internal, std::move(message)}; }

// How the program ended, in case it has not answered.
Result<std::string> wait_for_end(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return internal("cannot wait for cbundled: " + errno_message(errno));
  }
  if (WIFSIGNALED(status)) return std::string("was killed: ") + ::strsignal(WTERMSIG(status));
  return "exited with status " + std::to_string(WEXITSTATUS(status));
}

Result<v1::CombineResponse> ask_program(const v1::CombineRequest& request,
                                        const Environment& environment) {
  std::string program = TRY(find_daemon_program(environment));
  SocketPair sockets = TRY(make_socket_pair());
  const pid_t process = TRY(start_program({std::move(program), {"combine"}, sockets.theirs.get()}));
  sockets.theirs = Fd();  // so that the stream ends with the program
  const int socket = sockets.ours.get();
  const std::string message = request.SerializeAsString();
  ::send(socket, message.data(), message.size(), MSG_NOSIGNAL);
  ::shutdown(socket, SHUT_WR);
  std::string answer;
  const int code = read_all(socket, answer);
  const std::string end = TRY(wait_for_end(process));
  if (code != 0) return internal("cannot read from cbundled: " + errno_message(code));
  v1::CombineResponse response;
  const bool is_valid = response.ParseFromString(answer) &&
                        response.result_case() != v1::CombineResponse::RESULT_NOT_SET;
  if (!is_valid) return internal("cbundled combine did not answer; it " + end);
  return response;
}

}  // namespace

Result<ExitCode> run_combine(const Arguments& arguments, const Environment& environment) {
  CombineOptions options;
  for (const GivenOption& given : arguments.options) TRY(apply(given, options));
  TRY(check(options));
  if (options.gap) {
    options.request.mutable_shift()->set_gap(*options.gap);
    options.request.mutable_shift()->set_text_diff(*options.text_diff);
  }
  v1::CombineResponse response = TRY(ask_program(options.request, environment));
  std::string positions;
  for (const std::string& position : response.positions()) positions += position + '\n';
  print_on_stderr(positions);
  if (response.has_failed()) return error_of(response.failed());
  TRY(options.output ? write_output(*options.output, std::move(*response.mutable_text()))
                     : print(response.text()));
  return ExitCode::done;
}

}  // namespace cbundle

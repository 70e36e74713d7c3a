#include "engine/tool/tool_diagnostics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace cbundle {
namespace {

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_noise(std::string_view line) {
  static constexpr std::array noise{"LOAD segment with RWX permissions",
                                    "missing .note.GNU-stack section",
                                    "requires executable stack",
                                    "NOTE: This behaviour is deprecated",
                                    "section `.cbundle.writable' type changed",
                                    "compilation terminated."};
  // "    3 | #include <x.h>"
  const std::size_t bar = line.find('|');
  const bool is_source = bar != line.npos && line.starts_with(' ') &&
                         line.substr(0, bar).find_first_not_of(" 0123456789") == line.npos;
  return is_source ||
         std::ranges::any_of(noise, [&](const char* text) { return line.find(text) != line.npos; });
}

void take_severity(std::string_view& line, Diagnostic& d) {
  if (remove_prefix(line, "error: ") || remove_prefix(line, "fatal error: ")) {
    d.severity = Severity::error;
  } else if (remove_prefix(line, "warning: ")) {
    d.severity = Severity::warning;
  } else if (remove_prefix(line, "note: ")) {
    d.severity = Severity::note;
  }
}

// "layout.lds:14: ", "boot.lds.S:3:10: "
void take_line(std::string_view& line, Diagnostic& d) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == line.npos) return;
  const char* end = line.data() + line.size();
  std::uint32_t number = 0;
  const char* next = std::from_chars(line.data() + colon + 1, end, number).ptr;
  if (number == 0 || next == end || *next != ':') return;
  std::uint32_t column = 0;
  const char* after = std::from_chars(next + 1, end, column).ptr;
  if (after != next + 1 && after != end && *after == ':') next = after;
  d.file = line.substr(0, colon);
  d.line = number;
  line.remove_prefix(static_cast<std::size_t>(next + 1 - line.data()));
  remove_prefix(line, " ");
}

// "in/1.o: ", "in/2.a(div.o): ", as PartialLink names the inputs.
void take_object(std::string_view& line, Diagnostic& d) {
  const std::size_t colon = line.find(':');
  if (!line.starts_with("in/") || colon == line.npos) return;
  d.object = line.substr(0, colon);
  line.remove_prefix(colon + 1);
  remove_prefix(line, " ");
}

Diagnostic parsed(std::string_view line, std::string_view program, Severity severity) {
  Diagnostic d{.severity = severity};
  const std::string_view name = program.substr(program.rfind('/') + 1);
  const bool has_name = remove_prefix(line, std::string(program) + ":") ||
                        remove_prefix(line, std::string(name) + ":");
  if (has_name) remove_prefix(line, " ");
  take_severity(line, d);
  take_line(line, d);
  take_object(line, d);
  take_severity(line, d);
  d.message = line;
  if (has_name && d.file.empty() && d.object.empty()) d.message.insert(0, std::string(name) + ": ");
  return d;
}

std::string_view without_blanks(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

// "In file included from a.h:3," and "                 from b.S:1:", before the line that matters:
// they have absolute paths, which another checkout's build must not show.
bool names_includer(std::string_view line) {
  const bool is_indented = line.starts_with(' ');
  return line.starts_with("In file included from ") ||
         (is_indented && without_blanks(line).starts_with("from "));
}

}  // namespace

Diagnostics tool_diagnostics(std::string_view output, std::string_view program, Severity severity) {
  Diagnostics diagnostics;
  std::optional<Diagnostic> context;
  while (!output.empty()) {
    std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.empty() || is_noise(line) || names_includer(line)) continue;
    if (remove_prefix(line, ">>> ") && !diagnostics.empty()) {
      diagnostics.back().message.append("; ").append(without_blanks(line));
      continue;
    }
    Diagnostic d = parsed(line, program, severity);
    if (context) {
      d.message.insert(0, context->message + " ");
      if (d.object.empty()) d.object = context->object;
      context.reset();
    }
    if (d.message.ends_with(':')) {
      context = std::move(d);
    } else {
      diagnostics.push_back(std::move(d));
    }
  }
  if (context) diagnostics.push_back(*std::move(context));
  return diagnostics;
}

}  // namespace cbundle

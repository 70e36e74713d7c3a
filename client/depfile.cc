#include "client/depfile.h"

#include <set>
#include <vector>

namespace cbundle {
namespace {

// As gcc does: backslashes are doubled only before a character that is escaped itself.
std::string escaped(std::string_view name) {
  std::string text;
  std::size_t backslashes = 0;
  for (const char c : name) {
    if (c == ' ' || c == '\t' || c == '#' || c == ':') {
      text.append(backslashes + 1, '\\');
    }
    if (c == '$') text += '$';
    text += c;
    backslashes = c == '\\' ? backslashes + 1 : 0;
  }
  return text;
}

// Make has no way to escape the others.
bool can_be_written(std::string_view name) {
  return !name.empty() && !name.ends_with('\\') && name.find('\n') == std::string_view::npos;
}

}  // namespace

std::string depfile_of(std::string_view output, std::span<const std::string> inputs) {
  std::set<std::string_view> seen;
  std::vector<std::string> names;
  for (const std::string& input : inputs) {
    if (can_be_written(input) && seen.insert(input).second) names.push_back(escaped(input));
  }
  std::string text = escaped(output) + ':';
  for (const std::string& name : names) text += " \\\n  " + name;
  text += '\n';
  for (const std::string& name : names) text += '\n' + name + ":\n";
  return text;
}

}  // namespace cbundle

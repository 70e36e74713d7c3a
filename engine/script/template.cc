#include "engine/script/template.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cbundle {
namespace {

// What gcc 12 defines without a leading underscore, for the machines we know.
constexpr std::array predefined{"linux",  "unix",   "i386", "mips",
                                "MIPSEB", "MIPSEL", "sun",  "sparc"};

}  // namespace

bool is_template(const std::filesystem::path& script) { return script.extension() == ".S"; }

std::vector<std::string> preprocessor_arguments(const Preprocessing& what, Layout layout) {
  std::vector<std::string> arguments{"-E", "-x", "assembler-with-cpp"};
  for (const std::string name : predefined) arguments.push_back("-U" + name);
  for (const std::string name : {"__ASSEMBLY__", "LINKER_SCRIPT", "FINAL", "CBUNDLE"}) {
    arguments.push_back("-D" + name);
  }
  arguments.emplace_back(layout == Layout::a ? "-DCBUNDLE_LAYOUT=0" : "-DCBUNDLE_LAYOUT=1");
  for (const std::string& define : what.defines) arguments.push_back("-D" + define);
  if (!what.prefix.empty()) arguments.push_back("-fmacro-prefix-map=" + what.prefix + "=");
  arguments.insert(arguments.end(), {"-Wp,-v", "-MD", "-MF", what.dependencies.string(), "-MT",
                                     "script", "-o", what.output.string(), what.source.string()});
  return arguments;
}

// A blank or '#' is part of a name after an odd number of backslashes, half of which are part of it
// too; `$$` is a dollar; all other characters are literal.
std::vector<std::filesystem::path> files_of_rule(std::string_view rule) {
  std::vector<std::filesystem::path> files;
  std::string file;
  const auto finish = [&] {
    const std::filesystem::path path = std::exchange(file, {});
    if (!path.empty() && std::ranges::find(files, path) == files.end()) files.push_back(path);
  };
  if (rule.empty()) return files;
  rule.remove_prefix(std::min(rule.find(':'), rule.size() - 1) + 1);
  while (!rule.empty()) {
    const std::size_t slashes = std::min(rule.find_first_not_of('\\'), rule.size());
    const char c = slashes < rule.size() ? rule[slashes] : '\n';
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    const bool halves = is_blank || c == '#';
    file.append(halves ? slashes / 2 : slashes, '\\');
    if (is_blank && (slashes % 2 == 0 || c == '\n' || c == '\r')) {
      finish();
    } else {
      file += c;
    }
    rule.remove_prefix(
        std::min(slashes + (rule.substr(slashes).starts_with("$$") ? 2 : 1), rule.size()));
  }
  finish();
  return files;
}

}  // namespace cbundle

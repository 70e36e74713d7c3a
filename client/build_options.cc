#include "client/build_options.h"

#include <sys/stat.h>

#include <set>
#include <vector>

#include "engine/base/nearest.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

Error bad_request(std::string message, std::string hint = {}) {
  return {ErrorKind::bad_request, std::move(message), std::move(hint)};
}

template <class T>
using NamedValue = std::pair<std::string_view, T>;

// The value called `name`; `kind` is what it names, for the error.
template <class T, std::size_t N>
Result<T> parse_name(const std::string& kind, std::string_view name,
                     const NamedValue<T> (&known)[N]) {
  std::vector<std::string_view> names;
  std::string list;
  for (const auto& [its_name, value] : known) {
    if (its_name == name) return value;
    names.push_back(its_name);
    list.append(list.empty() ? "" : ", ").append(its_name);
  }
  return bad_request("invalid " + kind + ' ' + quote(name) + " (use one of " + list + ")",
                     did_you_mean(name, names));
}

constexpr NamedValue<v1::ImportKind> import_kinds[] = {{"data", v1::IMPORT_KIND_DATA},
                                                       {"func", v1::IMPORT_KIND_FUNC},
                                                       {"thumb", v1::IMPORT_KIND_THUMB}};
constexpr NamedValue<v1::Mode> modes[] = {{"pic", v1::MODE_PIC}, {"selfreloc", v1::MODE_SELFRELOC}};
constexpr NamedValue<v1::Form> forms[] = {{"object", v1::FORM_OBJECT},
                                          {"asm", v1::FORM_ASSEMBLY},
                                          {"image", v1::FORM_IMAGE},
                                          {"c", v1::FORM_C_SOURCE}};
constexpr NamedValue<v1::Verify> verifications[] = {{"none", v1::VERIFY_NONE},
                                                    {"relink", v1::VERIFY_RELINK}};

std::vector<std::string_view> split_at_commas(std::string_view list) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

Result<void> add_exports(std::string_view list, v1::BuildRequest& request) {
  for (const std::string_view name : split_at_commas(list)) {
    if (name.empty()) return bad_request("--export " + quote(list) + " contains an empty name");
    request.add_exports(std::string(name));
  }
  return {};
}

Result<void> add_imports(std::string_view list, v1::BuildRequest& request) {
  for (const std::string_view part : split_at_commas(list)) {
    const std::size_t colon = part.find(':');
    const std::string_view name = part.substr(0, colon);
    if (name.empty()) return bad_request("--import " + quote(list) + " contains an empty name");
    v1::Import& import = *request.add_imports();
    import.set_name(std::string(name));
    if (colon == std::string_view::npos) continue;
    import.set_kind(TRY(parse_name("import kind", part.substr(colon + 1), import_kinds)));
  }
  return {};
}

Result<void> set_verbosity(Verbosity verbosity, BuildOptions& options) {
  const bool conflicts = options.verbosity != Verbosity::normal && options.verbosity != verbosity;
  if (conflicts) return bad_request("-v and -q exclude each other");
  options.verbosity = verbosity;
  return {};
}

Result<void> apply(const GivenOption& given, BuildOptions& options) {
  v1::BuildRequest& request = options.request;
  const std::string value(given.value);
  switch (given.option) {
    case Option::output: options.output = value; break;
    case Option::export_names: return add_exports(value, request);
    case Option::import_names: return add_imports(value, request);
    case Option::script: request.set_script(value); break;
    case Option::section: request.set_section(value); break;
    case Option::mode: request.set_mode(TRY(parse_mode(value))); break;
    case Option::linker: request.set_linker(value); break;
    case Option::define: request.add_defines(value); break;
    case Option::prefix: request.set_prefix(value); break;
    case Option::depfile: options.depfile = value; break;
    case Option::if_changed: options.if_changed = true; break;
    case Option::emit: request.set_form(TRY(parse_name("form", value, forms))); break;
    case Option::verify:
      request.set_verify(TRY(parse_name("verification", value, verifications)));
      break;
    case Option::json: options.json = true; break;
    case Option::verbose: return set_verbosity(Verbosity::verbose, options);
    case Option::quiet: return set_verbosity(Verbosity::quiet, options);
    default: break;  // of other commands
  }
  return {};
}

// An empty value is most often a variable that a makefile did not set.
Result<void> check_values(const Arguments& arguments) {
  for (const OptionRow& row : options_of(CommandName::build)) {
    for (const GivenOption& given : arguments.options) {
      if (given.option != row.option || row.value.empty()) continue;
      const std::string name = std::string("--") + row.name;
      if (given.value.empty())
        return bad_request(name + " needs a value: " + std::string(row.value));
      const bool is_path = row.value == "FILE" || row.value == "PATH";
      if (!is_path && !is_utf8(given.value)) return bad_request(name + " is not UTF-8");
    }
  }
  for (const std::string_view operand : arguments.operands) {
    if (operand.empty()) return bad_request("an object's name is empty");
  }
  return {};
}

Result<void> check_needs(const BuildOptions& options) {
  if (options.output.empty()) {
    return bad_request("no output is given", "name the output: -o FILE");
  }
  if (options.output == "-") {
    return bad_request("a bundle cannot be written to standard output",
                       "a file of that name is -o ./-");
  }
  if (options.request.objects().empty()) {
    return bad_request("no objects are given",
                       "name them: cbundle build -o " + options.output + " OBJECT...");
  }
  return {};
}

Result<void> check_names(const v1::BuildRequest& request) {
  std::set<std::string_view> imports;
  for (const v1::Import& import : request.imports()) {
    if (!imports.insert(import.name()).second)
      return bad_request("import " + quote(import.name()) + " is given twice");
  }
  std::set<std::string_view> exports;
  for (const std::string& name : request.exports()) {
    if (!exports.insert(name).second)
      return bad_request("export " + quote(name) + " is given twice");
  }
  return {};
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Only files of the same name are examined, which saves a warm build a system call per object.
bool is_same_file(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (last_part(a) != last_part(b)) return false;
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// "out.h" for "out.c".
std::string header_beside(const std::string& source) {
  return (source.ends_with(".c") ? source.substr(0, source.size() - 2) : source) + ".h";
}

Result<void> check_overlaps(const BuildOptions& options) {
  const bool is_source = options.request.form() == v1::FORM_C_SOURCE;
  const std::pair<std::string_view, const std::string&> written[] = {
      {"the output", options.output},
      {is_source ? "the header" : "the image's description", options.description},
      {"the depfile", options.depfile}};
  for (const auto& [what, path] : written) {
    if (path.empty()) continue;
    for (const std::string& object : options.request.objects()) {
      if (!is_same_file(path, object)) continue;
      return bad_request(std::string(what) + ' ' + path + " is also one of the objects");
    }
    const bool is_script = is_same_file(path, options.request.script());
    if (is_script) return bad_request(std::string(what) + ' ' + path + " is also the script");
  }
  const bool is_twice = is_same_file(options.depfile, options.output) ||
                        is_same_file(options.depfile, options.description);
  if (!options.depfile.empty() && is_twice) {
    return bad_request("the depfile " + options.depfile + " is also an output");
  }
  return {};
}

}  // namespace

Result<v1::Mode> parse_mode(std::string_view text) { return parse_name("mode", text, modes); }

Result<BuildOptions> build_options_of(const Arguments& arguments) {
  TRY(check_values(arguments));
  BuildOptions options;
  for (const GivenOption& given : arguments.options) TRY(apply(given, options));
  v1::BuildRequest& request = options.request;
  for (const std::string_view object : arguments.operands) request.add_objects(std::string(object));
  request.set_output(options.output);
  request.set_want_inputs(!options.depfile.empty());
  if (request.form() == v1::FORM_IMAGE) options.description = options.output + ".json";
  if (request.form() == v1::FORM_C_SOURCE) options.description = header_beside(options.output);

  TRY(check_needs(options));
  TRY(check_names(request));
  TRY(check_overlaps(options));
  return options;
}

}  // namespace cbundle

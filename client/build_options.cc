// Makes sense of a build's arguments.
#include "client/build_options.h"

#include <sys/stat.h>

#include <optional>
#include <set>
#include <vector>

#include "client/suggestion.h"
#include "client/utf8.h"

namespace cbundle {
namespace {

Failure usage(std::string message) { return {ExitCode::usage, std::move(message)}; }

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

// The value that `word` names in a small vocabulary; `what` is what it should be.
template <class T>
struct Word {
  std::string_view word;
  T value;
};

template <class T, std::size_t N>
Expected<T> look_up(std::string_view what, std::string_view word, const Word<T> (&known)[N]) {
  std::vector<std::string_view> words;
  for (const Word<T>& entry : known) {
    if (entry.word == word) return entry.value;
    words.push_back(entry.word);
  }
  std::string message = "no such " + std::string(what) + ": " + std::string(word) +
                        did_you_mean(word, words) + "\n  known are";
  for (const std::string_view one : words) message += ' ' + std::string(one);
  return usage(std::move(message));
}

constexpr Word<v1::ImportKind> import_kinds[] = {{"data", v1::IMPORT_KIND_DATA},
                                                 {"func", v1::IMPORT_KIND_FUNC},
                                                 {"thumb", v1::IMPORT_KIND_THUMB}};
constexpr Word<v1::Mode> modes[] = {{"pic", v1::MODE_PIC}, {"selfreloc", v1::MODE_SELFRELOC}};
constexpr Word<v1::Form> forms[] = {{"object", v1::FORM_OBJECT},
                                    {"asm", v1::FORM_ASSEMBLY},
                                    {"image", v1::FORM_IMAGE},
                                    {"c", v1::FORM_C_SOURCE}};

constexpr Word<v1::Verify> verifications[] = {{"none", v1::VERIFY_NONE},
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

std::optional<Failure> add_exports(std::string_view list, v1::BuildRequest& request) {
  for (const std::string_view name : split_at_commas(list)) {
    if (name.empty()) return usage("--export " + quote(list) + " has an empty name");
    request.add_exports(std::string(name));
  }
  return std::nullopt;
}

std::optional<Failure> add_imports(std::string_view list, v1::BuildRequest& request) {
  for (const std::string_view part : split_at_commas(list)) {
    const std::size_t colon = part.find(':');
    const std::string_view name = part.substr(0, colon);
    if (name.empty()) return usage("--import " + quote(list) + " has an empty name");
    v1::Import& import = *request.add_imports();
    import.set_name(std::string(name));
    if (colon == std::string_view::npos) continue;
    auto kind = look_up("import kind", part.substr(colon + 1), import_kinds);
    if (!kind) return kind.failure();
    import.set_kind(*kind);
  }
  return std::nullopt;
}

std::optional<Failure> set_mode(std::string_view word, v1::BuildRequest& request) {
  auto mode = mode_named(word);
  if (!mode) return mode.failure();
  request.set_mode(*mode);
  return std::nullopt;
}

std::optional<Failure> set_form(std::string_view word, v1::BuildRequest& request) {
  auto form = look_up("form to emit", word, forms);
  if (!form) return form.failure();
  request.set_form(*form);
  return std::nullopt;
}

std::optional<Failure> set_verify(std::string_view word, v1::BuildRequest& request) {
  auto verify = look_up("way to verify", word, verifications);
  if (!verify) return verify.failure();
  request.set_verify(*verify);
  return std::nullopt;
}

std::optional<Failure> set_loudness(Loudness loudness, BuildOptions& options) {
  const bool conflicts = options.loudness != Loudness::usual && options.loudness != loudness;
  if (conflicts) return usage("-v and -q exclude each other");
  options.loudness = loudness;
  return std::nullopt;
}

std::optional<Failure> apply(const GivenOption& given, BuildOptions& options) {
  v1::BuildRequest& request = options.request;
  const std::string value(given.value);
  switch (given.option) {
    case Option::output: options.output = value; break;
    case Option::export_names: return add_exports(value, request);
    case Option::import_names: return add_imports(value, request);
    case Option::script: request.set_script(value); break;
    case Option::section: request.set_section(value); break;
    case Option::mode: return set_mode(value, request);
    case Option::linker: request.set_linker(value); break;
    case Option::define: request.add_defines(value); break;
    case Option::prefix: request.set_prefix(value); break;
    case Option::depfile: options.depfile = value; break;
    case Option::if_changed: options.if_changed = true; break;
    case Option::emit: return set_form(value, request);
    case Option::verify: return set_verify(value, request);
    case Option::json: options.json = true; break;
    case Option::verbose: return set_loudness(Loudness::verbose, options);
    case Option::quiet: return set_loudness(Loudness::quiet, options);
    case Option::print_default:
    case Option::max_size:
    case Option::first_image:
    case Option::second_image:
    case Option::gap:
    case Option::text_diff:
    case Option::map:
    case Option::section_header:
    case Option::help: break;
  }
  return std::nullopt;
}

// An empty value is most often a variable that a makefile forgot to set.
std::optional<Failure> check_values(const Arguments& arguments) {
  for (const OptionRow& row : options_of(CommandName::build)) {
    for (const GivenOption& given : arguments.options) {
      if (given.option != row.option || row.value.empty()) continue;
      const std::string name = std::string("--") + row.name;
      if (given.value.empty()) return usage(name + " is empty: it needs " + std::string(row.value));
      const bool is_path = row.value == "FILE" || row.value == "PATH";
      if (!is_path && !is_utf8(given.value)) return usage(name + " is not UTF-8");
    }
  }
  for (const std::string_view operand : arguments.operands) {
    if (operand.empty()) return usage("the name of an object is empty");
  }
  return std::nullopt;
}

std::optional<Failure> check_needs(const BuildOptions& options) {
  if (options.output.empty()) {
    return usage("there is no output\n  say where the bundle is to go: -o FILE");
  }
  if (options.output == "-") {
    return usage("a bundle cannot go to standard output\n  -o ./- is the file of that name");
  }
  if (options.request.objects().empty()) {
    return usage("there are no objects\n  name those that make up the bundle: cbundle build -o " +
                 options.output + " OBJECT...");
  }
  return std::nullopt;
}

std::optional<Failure> check_names(const v1::BuildRequest& request) {
  std::set<std::string_view> imports;
  for (const v1::Import& import : request.imports()) {
    if (!imports.insert(import.name()).second) return usage(import.name() + " is imported twice");
  }
  std::set<std::string_view> exports;
  for (const std::string& name : request.exports()) {
    if (!exports.insert(name).second) return usage(name + " is exported twice");
  }
  return std::nullopt;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Only files of one name are looked at, so that a warm build does without a call for each object.
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

std::optional<Failure> check_overlaps(const BuildOptions& options) {
  const bool is_source = options.request.form() == v1::FORM_C_SOURCE;
  const std::pair<std::string_view, const std::string&> written[] = {
      {"the output", options.output},
      {is_source ? "the header" : "the image's description", options.description},
      {"the depfile", options.depfile}};
  for (const auto& [what, path] : written) {
    if (path.empty()) continue;
    for (const std::string& object : options.request.objects()) {
      if (!is_same_file(path, object)) continue;
      return usage(std::string(what) + ' ' + path + " is also one of the objects");
    }
    const bool is_script = is_same_file(path, options.request.script());
    if (is_script) return usage(std::string(what) + ' ' + path + " is also the script");
  }
  const bool is_twice = is_same_file(options.depfile, options.output) ||
                        is_same_file(options.depfile, options.description);
  if (!options.depfile.empty() && is_twice) {
    return usage("the depfile " + options.depfile + " is also an output");
  }
  return std::nullopt;
}

}  // namespace

Expected<v1::Mode> mode_named(std::string_view word) { return look_up("mode", word, modes); }

Expected<BuildOptions> build_options_of(const Arguments& arguments) {
  if (auto failure = check_values(arguments)) return *failure;
  BuildOptions options;
  for (const GivenOption& given : arguments.options) {
    if (auto failure = apply(given, options)) return *failure;
  }
  v1::BuildRequest& request = options.request;
  for (const std::string_view object : arguments.operands) request.add_objects(std::string(object));
  request.set_output(options.output);
  request.set_want_inputs(!options.depfile.empty());
  if (request.form() == v1::FORM_IMAGE) options.description = options.output + ".json";
  if (request.form() == v1::FORM_C_SOURCE) options.description = header_beside(options.output);

  if (auto failure = check_needs(options)) return *failure;
  if (auto failure = check_names(request)) return *failure;
  if (auto failure = check_overlaps(options)) return *failure;
  return options;
}

}  // namespace cbundle

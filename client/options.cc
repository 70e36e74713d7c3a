#include "client/options.h"

#include <getopt.h>

#include <algorithm>

#include "engine/base/nearest.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr unsigned bit(CommandName command) { return 1U << static_cast<unsigned>(command); }
constexpr unsigned build = bit(CommandName::build);
constexpr unsigned script = bit(CommandName::script);
constexpr unsigned combine = bit(CommandName::combine);
constexpr unsigned stats = bit(CommandName::stats);
constexpr unsigned explain = bit(CommandName::explain);
constexpr unsigned doctor = bit(CommandName::doctor);
constexpr unsigned status = bit(CommandName::status);
constexpr unsigned verify = bit(CommandName::verify);
constexpr unsigned trim = bit(CommandName::trim);
constexpr unsigned every = ~0U;

constexpr CommandRow command_rows[] = {
    {CommandName::build, "build", "-o FILE [OPTION]... [--] OBJECT...",
     "link objects into one bundle"},
    {CommandName::script, "script", "--default [--mode MODE]",
     "print the built-in template to start a script from"},
    {CommandName::combine, "combine", "--script FILE --bin1 FILE --bin2 FILE [OPTION]...",
     "combine two flat images into assembly text"},
    {CommandName::explain, "explain", "[--json] FILE",
     "say what the last build of FILE did, and why"},
    {CommandName::doctor, "doctor", "[--json]", "list what is broken, and what costs time"},
    {CommandName::stats, "stats", "[--json] [--zero]", "show what the cache holds and has saved"},
    {CommandName::status, "status", "[--json]", "show whether a daemon runs, and its settings"},
    {CommandName::stop, "stop", "", "let the running daemon finish its builds and exit"},
    {CommandName::trim, "trim", "[--max-size SIZE]", "evict the least recently used results"},
    {CommandName::clear, "clear", "", "remove all results from the cache"},
    {CommandName::verify, "verify", "[--json]", "check every result in the cache"},
};

constexpr OptionRow option_rows[] = {
    {Option::output, build, 'o', "output", "FILE", "write the bundle to FILE"},
    {Option::export_names, build, 0, "export", "NAME[,NAME...]", "symbols that the bundle exports"},
    {Option::import_names, build, 0, "import", "NAME[:KIND][,...]",
     "symbols it may use from outside; KIND is data (the\ndefault), func or thumb"},
    {Option::script, build, 0, "script", "FILE", "linker script, or a template of one (.lds.S)"},
    {Option::define, build, 0, "define", "NAME[=VALUE]", "define a macro for the template"},
    {Option::section, build, 0, "section", "NAME", "section of the emitted object (.text.cbundle)"},
    {Option::prefix, build, 0, "prefix", "NAME",
     "begin the symbols start, end and fixups with NAME_"},
    {Option::print_default, script, 0, "default", "", "print the built-in template"},
    {Option::mode, build | script, 0, "mode", "pic|selfreloc",
     "pic: no absolute reference to itself (the default);\nselfreloc: such references go to a "
     "fixup table"},
    {Option::linker, build, 0, "linker", "PATH", "link with PATH instead of the default GNU ld"},
    {Option::emit, build, 0, "emit", "object|asm|image|c",
     "form of the bundle: an ELF object (the default),\nassembly text, a raw image with "
     "FILE.json beside it,\nor a C array with a header beside it"},
    {Option::verify, build, 0, "verify", "none|relink",
     "relink: link the object alone, and compare the bytes\nwith a link of its inputs"},
    {Option::depfile, build, 0, "depfile", "FILE", "write a make rule that lists all inputs"},
    {Option::if_changed, build, 0, "if-changed", "",
     "do not touch an output that is equal (Ninja: restat = 1)"},
    {Option::json, build | explain | doctor | stats | status | verify, 0, "json", "",
     "print one JSON object"},
    {Option::zero, stats, 0, "zero", "", "set the counters to zero, and show what they were"},
    {Option::verbose, build, 'v', "verbose", "", "list the stages on standard error"},
    {Option::quiet, build, 'q', "quiet", "", "do not print warnings"},
    {Option::script, combine, 0, "script", "FILE",
     "script of the layout at 0, preprocessed, which declares\nthe imports"},
    {Option::first_image, combine, 0, "bin1", "FILE", "flat image of one layout"},
    {Option::second_image, combine, 0, "bin2", "FILE", "flat image of the other layout"},
    {Option::gap, combine, 0, "gap", "N", "bytes between imports and code in the moved layout"},
    {Option::text_diff, combine, 0, "text-diff", "N", "bytes between the starts of the layouts"},
    {Option::output, combine, 0, "output", "FILE", "write to FILE instead of standard output"},
    {Option::map, combine, 0, "map", "FILE", "symbols of the layout at 0, from nm or ld -Map"},
    {Option::export_names, combine, 0, "exports", "NAME[,NAME...]",
     "symbols that the bundle exports"},
    {Option::section_header, combine, 0, "section-header", "TEXT",
     "directive that begins the bundle's section"},
    {Option::verbose, combine, 'v', "verbose", "", "list the references on standard error"},
    {Option::max_size, trim, 0, "max-size", "SIZE",
     "evict down to SIZE (500M, 5G) instead of the\nconfigured limit"},
    {Option::help, every, 'h', "help", "", "print this text"},
};

constexpr int long_option = 256;  // values of options in getopt: this, plus their row

const OptionRow* row_of_value(std::span<const OptionRow> rows, int value) {
  for (std::size_t i = 0; value != 0 && i < rows.size(); ++i) {
    if (value == long_option + static_cast<int>(i) || value == rows[i].letter) return &rows[i];
  }
  return nullptr;
}

std::string letters_of(std::span<const OptionRow> rows) {
  std::string letters = ":";  // getopt returns ":" for a missing value, and prints nothing
  for (const OptionRow& row : rows) {
    if (row.letter == 0) continue;
    letters += row.letter;
    if (!row.value.empty()) letters += ':';
  }
  return letters;
}

std::vector<option> long_options_of(std::span<const OptionRow> rows) {
  std::vector<option> options;
  for (const OptionRow& row : rows) {
    const int takes_value = row.value.empty() ? no_argument : required_argument;
    options.push_back(
        {row.name, takes_value, nullptr, long_option + static_cast<int>(options.size())});
  }
  options.push_back({});
  return options;
}

std::string with_dashes(const OptionRow& row) { return std::string("--") + row.name; }

// The error for an option that getopt does not know, or an ambiguous prefix of a name.
Error unknown_option(CommandName command, std::span<const OptionRow> rows,
                     std::string_view argument) {
  const std::string name(argument.substr(0, argument.find('=')));
  std::string matches;
  std::vector<std::string> names;
  for (const OptionRow& row : rows) {
    names.push_back(with_dashes(row));
    if (!names.back().starts_with(name)) continue;
    matches += (matches.empty() ? "" : " or ") + names.back();
  }
  if (!matches.empty()) {
    return {ErrorKind::bad_request, "ambiguous option " + quote(name),
            "did you mean " + matches + "?"};
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) {
    hint = "see cbundle " + std::string(all_commands()[static_cast<std::size_t>(command)].name) +
           " --help";
  }
  return {ErrorKind::bad_request, "unknown option " + quote(name), std::move(hint)};
}

// getopt leaves the option in optopt, but 0 for an unknown long one, which is `argument`.
Error bad_option(CommandName command, std::span<const OptionRow> rows, int result,
                 std::string_view argument) {
  if (optopt == 0) return unknown_option(command, rows, argument);
  const OptionRow* row = row_of_value(rows, optopt);
  const std::string letter = std::string("-") + static_cast<char>(optopt);
  if (row == nullptr) return unknown_option(command, rows, letter);
  const std::string name = optopt >= long_option ? with_dashes(*row) : letter;
  if (result == ':') {
    return {ErrorKind::bad_request,
            name + " needs a value: " + name + ' ' + std::string(row->value)};
  }
  return {ErrorKind::bad_request, name + " takes no value"};
}

// "  -o, --output FILE", padded; the help's further lines stand below its first.
std::string help_line(const OptionRow& row) {
  constexpr std::size_t help_column = 30;
  std::string line = row.letter != 0 ? std::string("  -") + row.letter + ", " : "      ";
  line += with_dashes(row);
  if (!row.value.empty()) line += ' ' + std::string(row.value);
  if (line.size() >= help_column) {
    line += '\n' + std::string(help_column, ' ');
  } else {
    line.resize(help_column, ' ');
  }
  for (const char c : row.help) {
    line += c;
    if (c == '\n') line.append(help_column, ' ');
  }
  return line + '\n';
}

std::string usage_line(const CommandRow& row) {
  std::string line = "Usage: cbundle " + std::string(row.name);
  if (!row.synopsis.empty()) line += ' ' + std::string(row.synopsis);
  return line + '\n';
}

constexpr std::string_view build_notes = R"(
@FILE among the arguments is replaced by the arguments in FILE.
)";

constexpr std::string_view combine_notes = R"(
Replaces combine_two_binaries.py: with --gap and --text-diff its merged form, without them
its first form, whose gap is 0x10200 and whose layouts are 0x408020 apart.
)";

constexpr std::string_view program_notes = R"(
  cbundle help [COMMAND]        this text, or the options of a command
  cbundle version               the version

Environment:
  CBUNDLE_CACHE_DIR             the cache's directory (~/.cache/cbundle)
  CBUNDLE_SOCKET                the daemon's socket
  CBUNDLE_DAEMON                auto (the default): start a daemon if none runs, and build
                                without one if that fails; required: fail instead; never:
                                always build without one
  CBUNDLE_DISABLE               1: build without daemon and cache
  CBUNDLED                      the daemon's program, if it is not beside this one
  NO_COLOR                      no colour in messages

Exit codes: 0 done, 1 the build failed, 2 invalid usage or setting, 3 no daemon though one is
required, 4 internal error. See cbundle(1) for more.
)";

}  // namespace

std::span<const CommandRow> all_commands() { return command_rows; }

std::vector<OptionRow> options_of(CommandName command) {
  std::vector<OptionRow> rows;
  std::copy_if(std::begin(option_rows), std::end(option_rows), std::back_inserter(rows),
               [&](const OptionRow& row) { return (row.commands & bit(command)) != 0; });
  return rows;
}

bool Arguments::has(Option option) const {
  return std::ranges::any_of(options,
                             [&](const GivenOption& given) { return given.option == option; });
}

Result<Arguments> parse_arguments(CommandName command, std::span<char* const> given) {
  const std::vector<OptionRow> rows = options_of(command);
  const std::vector<option> long_options = long_options_of(rows);
  const std::string letters = letters_of(rows);
  static char program[] = "cbundle";
  std::vector<char*> argv{program};
  argv.insert(argv.end(), given.begin(), given.end());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size()) - 1;

  Arguments arguments;
  optind = 0;  // start again
  opterr = 0;
  for (;;) {
    const int value = getopt_long(argc, argv.data(), letters.c_str(), long_options.data(), nullptr);
    if (value == -1) break;
    if (value == '?' || value == ':') {
      return bad_option(command, rows, value, argv[static_cast<std::size_t>(optind - 1)]);
    }
    const OptionRow* row = row_of_value(rows, value);
    arguments.options.push_back({row->option, optarg != nullptr ? optarg : ""});
  }
  arguments.operands.assign(argv.begin() + optind, argv.end() - 1);
  return arguments;
}

Result<CommandName> command_named(std::string_view name) {
  std::vector<std::string_view> names{"help", "version"};
  for (const CommandRow& row : command_rows) {
    if (row.name == name) return row.command;
    names.push_back(row.name);
  }
  const std::string near = did_you_mean(name, names);
  return Error{ErrorKind::bad_request, "unknown command " + quote(name),
               near.empty() ? "see cbundle help" : near};
}

std::string help_of(CommandName command) {
  const CommandRow& row = command_rows[static_cast<std::size_t>(command)];
  std::string text = usage_line(row);
  text += "cbundle " + std::string(row.name) + ": " + std::string(row.summary) + ".\n\n";
  for (const OptionRow& option : options_of(command)) text += help_line(option);
  if (command == CommandName::build) text += build_notes;
  if (command == CommandName::combine) text += combine_notes;
  return text;
}

std::string help_of_program() {
  std::string text = "Usage: cbundle COMMAND [ARGUMENT]...\n\n";
  for (const CommandRow& row : command_rows) {
    std::string line = "  cbundle " + std::string(row.name);
    line.resize(32, ' ');
    text += line + std::string(row.summary) + '\n';
  }
  return text + std::string(program_notes);
}

}  // namespace cbundle

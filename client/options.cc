// The tables of commands and options, and what is made of them.
#include "client/options.h"

#include <getopt.h>

#include <algorithm>

#include "client/suggestion.h"

namespace cbundle {
namespace {

constexpr unsigned bit(CommandName command) { return 1U << static_cast<unsigned>(command); }
constexpr unsigned build = bit(CommandName::build);
constexpr unsigned script = bit(CommandName::script);
constexpr unsigned combine = bit(CommandName::combine);
constexpr unsigned stats = bit(CommandName::stats);
constexpr unsigned status = bit(CommandName::status);
constexpr unsigned stop = bit(CommandName::stop);
constexpr unsigned trim = bit(CommandName::trim);
constexpr unsigned every = build | script | combine | stats | status | stop | trim;

constexpr CommandRow command_rows[] = {
    {CommandName::build, "build", "-o FILE [OPTION]... [--] OBJECT...",
     "turn objects into one bundle"},
    {CommandName::script, "script", "--default [--mode MODE]",
     "print the built-in template to start a script from"},
    {CommandName::combine, "combine", "--script FILE --bin1 FILE --bin2 FILE [OPTION]...",
     "make assembly text of two flat images"},
    {CommandName::stats, "stats", "[--json]", "what the cache holds and has done"},
    {CommandName::status, "status", "", "whether a daemon runs, and how it is set up"},
    {CommandName::stop, "stop", "", "let the running daemon finish its builds and leave"},
    {CommandName::trim, "trim", "[--max-size SIZE]", "evict the least recently used results"},
};

constexpr OptionRow option_rows[] = {
    {Option::output, build, 'o', "output", "FILE", "write the bundle to FILE"},
    {Option::export_names, build, 0, "export", "NAME[,NAME...]", "symbols that the bundle offers"},
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
    {Option::linker, build, 0, "linker", "PATH", "link with PATH, not the machine's own ld"},
    {Option::emit, build, 0, "emit", "object|asm|image|c",
     "form of the bundle: an ELF object (the default),\nassembly text, a raw image with "
     "FILE.json beside it,\nor a C array with a header beside it"},
    {Option::verify, build, 0, "verify", "none|relink",
     "relink: link the object alone, and compare the bytes\nwith a link of its inputs"},
    {Option::depfile, build, 0, "depfile", "FILE", "write a make rule that lists all inputs"},
    {Option::if_changed, build, 0, "if-changed", "",
     "leave an equal output alone (Ninja: restat = 1)"},
    {Option::json, build | stats, 0, "json", "", "print one JSON object"},
    {Option::verbose, build, 'v', "verbose", "", "list the stages on standard error"},
    {Option::quiet, build, 'q', "quiet", "", "no warnings and notes"},
    {Option::script, combine, 0, "script", "FILE",
     "script of the layout at 0, preprocessed, which declares\nthe imports"},
    {Option::first_image, combine, 0, "bin1", "FILE", "flat image of one layout"},
    {Option::second_image, combine, 0, "bin2", "FILE", "flat image of the other layout"},
    {Option::gap, combine, 0, "gap", "N", "bytes between imports and code in the moved layout"},
    {Option::text_diff, combine, 0, "text-diff", "N", "how far apart the layouts begin"},
    {Option::output, combine, 0, "output", "FILE", "write to FILE, not to standard output"},
    {Option::map, combine, 0, "map", "FILE", "symbols of the layout at 0, from nm or ld -Map"},
    {Option::export_names, combine, 0, "exports", "NAME[,NAME...]",
     "symbols that the bundle offers"},
    {Option::section_header, combine, 0, "section-header", "TEXT",
     "directive that begins the bundle's section"},
    {Option::verbose, combine, 'v', "verbose", "", "list the references on standard error"},
    {Option::max_size, trim, 0, "max-size", "SIZE",
     "evict down to SIZE (500M, 5G), not to the\nconfigured limit"},
    {Option::help, every, 'h', "help", "", "this text"},
};

constexpr int long_option = 256;  // values of options in getopt: this, plus their row

const OptionRow* row_of_value(std::span<const OptionRow> rows, int value) {
  for (std::size_t i = 0; value != 0 && i < rows.size(); ++i) {
    if (value == long_option + static_cast<int>(i) || value == rows[i].letter) return &rows[i];
  }
  return nullptr;
}

std::string letters_of(std::span<const OptionRow> rows) {
  std::string letters = ":";  // a missing value is told apart, and nothing is printed
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

// Where getopt said no to `word`, though not for its value: unknown, or not enough of a name.
Failure unknown_option(CommandName command, std::span<const OptionRow> rows,
                       std::string_view word) {
  const std::string name(word.substr(0, word.find('=')));
  std::string begun;
  std::vector<std::string> names;
  for (const OptionRow& row : rows) {
    names.push_back(with_dashes(row));
    if (!names.back().starts_with(name)) continue;
    begun += (begun.empty() ? "" : " or ") + names.back();
  }
  if (!begun.empty()) return {ExitCode::usage, name + " is ambiguous: " + begun + "?"};
  const std::vector<std::string_view> known(names.begin(), names.end());
  return {ExitCode::usage,
          "no such option: " + name + did_you_mean(name, known) + "\n  see cbundle " +
              std::string(all_commands()[static_cast<std::size_t>(command)].name) + " --help"};
}

// getopt leaves the option in optopt; for a long one that it does not know, 0, and `word` is it.
Failure bad_option(CommandName command, std::span<const OptionRow> rows, int verdict,
                   std::string_view word) {
  if (optopt == 0) return unknown_option(command, rows, word);
  const OptionRow* row = row_of_value(rows, optopt);
  const std::string letter = std::string("-") + static_cast<char>(optopt);
  if (row == nullptr) return unknown_option(command, rows, letter);
  const std::string name = optopt >= long_option ? with_dashes(*row) : letter;
  if (verdict == ':') {
    return {ExitCode::usage, name + " needs a value: " + name + ' ' + std::string(row->value)};
  }
  return {ExitCode::usage, name + " takes no value"};
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
@FILE among the arguments stands for the words in FILE.
)";

constexpr std::string_view combine_notes = R"(
Takes the place of combine_two_binaries.py: with --gap and --text-diff of its merged form,
without them of its first, whose gap is 0x10200 and whose layouts are 0x408020 apart.
)";

constexpr std::string_view program_notes = R"(
  cbundle COMMAND --help        the options of a command
  cbundle --version             the version

Environment:
  CBUNDLE_CACHE_DIR             where the cache lives (~/.cache/cbundle)
  CBUNDLE_SOCKET                the daemon's socket
  CBUNDLE_DAEMON                auto: start one where none runs, do without one where that
                                fails (the default); required: fail instead; never: do without
  CBUNDLE_DISABLE               1: build without daemon and cache
  CBUNDLED                      the daemon's program, where it is not beside this one
  NO_COLOR                      no colour in messages

Exit codes: 0 done, 1 the build failed, 2 wrong usage or setting, 3 no daemon though
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

Expected<Arguments> parse(CommandName command, std::span<char* const> words) {
  const std::vector<OptionRow> rows = options_of(command);
  const std::vector<option> long_options = long_options_of(rows);
  const std::string letters = letters_of(rows);
  static char program[] = "cbundle";
  std::vector<char*> argv{program};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(argv.size()) - 1;

  Arguments arguments;
  optind = 0;  // begin anew
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
  for (int i = optind; i < argc; ++i)
    arguments.operands.emplace_back(argv[static_cast<std::size_t>(i)]);
  return arguments;
}

Expected<CommandName> command_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CommandRow& row : command_rows) {
    if (row.name == name) return row.command;
    names.push_back(row.name);
  }
  return Failure{ExitCode::usage, "no such command: " + std::string(name) +
                                      did_you_mean(name, names) + "\n  see cbundle --help"};
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

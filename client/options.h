// The tables of commands and options, from which parsing, help and suggestions follow.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

enum class CommandName {
  build,
  script,
  combine,
  explain,
  doctor,
  stats,
  status,
  stop,
  trim,
  clear,
  verify,
};

struct CommandRow {
  CommandName command;
  std::string_view name;
  std::string_view synopsis;  // what follows the name in a usage line
  std::string_view summary;   // one line
};

std::span<const CommandRow> all_commands();

enum class Option {
  output,
  export_names,
  import_names,
  script,
  section,
  mode,
  print_default,
  linker,
  define,
  prefix,
  depfile,
  if_changed,
  emit,
  verify,
  json,
  verbose,
  quiet,
  max_size,
  zero,
  first_image,
  second_image,
  gap,
  text_diff,
  map,
  section_header,
  help,
};

struct OptionRow {
  Option option;
  unsigned commands;       // that have it: 1 << CommandName, or-ed
  char letter;             // 0: none
  const char* name;        // without the dashes
  std::string_view value;  // placeholder in help; empty: takes none
  std::string_view help;
};

// The rows of one command, in the order of its help.
std::vector<OptionRow> options_of(CommandName command);

struct GivenOption {
  Option option;
  std::string_view value;
};

struct Arguments {
  std::vector<GivenOption> options;        // in order
  std::vector<std::string_view> operands;  // in order; options may stand between them

  bool has(Option option) const;
};

// Parses the arguments after the command's name, which must outlive the result. Uses getopt_long (a
// library took 0.18 ms of a warm hit's 1 ms), so only one thread may parse at a time.
// Error{bad_request} names the option, and the most similar one.
Result<Arguments> parse_arguments(CommandName command, std::span<char* const> given);

// Error{bad_request} if there is no such command.
Result<CommandName> command_named(std::string_view name);

std::string help_of(CommandName command);
std::string help_of_program();

}  // namespace cbundle

// cbundle script: prints the built-in template, for a person to start a script from.
#include "client/build_options.h"
#include "client/command.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

// The engine makes its own from the names of an object's sections; these wildcards choose the same
// of ordinary objects, in the same order, so that both give the same bundle.
constexpr std::string_view beginning = R"(/*
 * The script of a bundle. Addresses begin at zero: the bundle is linked at two paths
 * far apart, and every address written here moves with it.
 *
 * Imports can be declared with --import, or inside an output section of a template:
 *   name = . + (__LINE__ * 0);
 */
SECTIONS
{
  .cbundle : {
    /* Code first: the bundle's first byte is the first of these. */
    *(.text .text.*)

    /* Read-only data. A table of your own, with its bounds:
     *   . = ALIGN(8);
     *   __start_table = .;  *(table)  __stop_table = .;
     */
    *(.rodata .rodata.*)
    *(.data.rel.ro .data.rel.ro.*)

)";

constexpr std::string_view writable = R"(    /* Writable data; zeros come last and take up bytes. */
    *(.data .data.* .sdata .sdata.*)
    *(.bss .bss.* .sbss .sbss.*)
    *(COMMON)
)";

constexpr std::string_view nothing_writable =
    "    /* Writable data has no place in a bundle that may be mapped read-only. */\n";

constexpr std::string_view end = "  }\n}\n";

std::string default_script(v1::Mode mode) {
  std::string text(beginning);
  text += mode == v1::MODE_SELFRELOC ? writable : nothing_writable;
  return text + std::string(end);
}

// The mode, if the words ask for a script at all.
Expected<v1::Mode> mode_of(const Arguments& arguments) {
  v1::Mode mode = v1::MODE_PIC;
  bool is_asked_for = false;
  for (const GivenOption& given : arguments.options) {
    if (given.option == Option::print_default) is_asked_for = true;
    if (given.option != Option::mode) continue;
    auto named = mode_named(given.value);
    if (!named) return named.failure();
    mode = *named;
  }
  if (is_asked_for) return mode;
  return Failure{ExitCode::usage,
                 "which script?\n  cbundle script --default prints the built-in template"};
}

}  // namespace

ExitCode run_script(const Arguments& arguments, const Environment&) {
  auto mode = mode_of(arguments);
  if (!mode) {
    say(Tone::error, mode.failure().message);
    return mode.failure().code;
  }
  return print(default_script(*mode)) ? ExitCode::done : ExitCode::build_failed;
}

}  // namespace cbundle

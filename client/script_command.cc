// cbundle script: prints the built-in template, to start a script from.
#include "client/build_options.h"
#include "client/command.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

// The engine generates its own from the names of an object's sections; for ordinary objects these
// wildcards select the same sections in the same order, so that both give the same bundle.
constexpr std::string_view beginning = R"(/*
 * The script of a bundle. Addresses begin at zero: the bundle is linked at two
 * addresses far apart, and every address written here moves with it.
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

constexpr std::string_view not_writable =
    "    /* Writable data has no place in a bundle that may be mapped read-only. */\n";

constexpr std::string_view end = "  }\n}\n";

std::string default_script(v1::Mode mode) {
  std::string text(beginning);
  text += mode == v1::MODE_SELFRELOC ? writable : not_writable;
  return text + std::string(end);
}

}  // namespace

Result<ExitCode> run_script(const Arguments& arguments, const Environment&) {
  v1::Mode mode = v1::MODE_PIC;
  for (const GivenOption& given : arguments.options) {
    if (given.option == Option::mode) mode = TRY(parse_mode(given.value));
  }
  if (!arguments.has(Option::print_default)) {
    return Error{ErrorKind::bad_request, "no script is selected",
                 "cbundle script --default prints the built-in template"};
  }
  TRY(print(default_script(mode)));
  return ExitCode::done;
}

}  // namespace cbundle

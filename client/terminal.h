// What the client says: whole lines, each message in one write, so that those of parallel jobs
// do not mix; with colour where a person reads them.
#pragma once

#include <string>
#include <string_view>

#include "proto/paths.h"

namespace cbundle {

enum class Tone { error, warning, note };

// "cbundle: error: …", each line that is not set in with words of its own, as compilers do; ends
// with a newline.
std::string dressed(Tone tone, std::string_view message, bool colour);

// Colour is for terminals, unless $NO_COLOR is set or $TERM is dumb or missing.
bool wants_colour(const GetVariable& variable, bool is_terminal);

// To standard error; if that is closed, nobody wanted to know.
void say(Tone tone, std::string_view message);
void say_plainly(std::string_view lines);

// To standard output. False where it could not be written; that has been said then.
[[nodiscard]] bool print(std::string_view lines);

}  // namespace cbundle

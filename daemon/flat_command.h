// `cbundled combine`: what `cbundle combine` runs, without a socket, a cache or a log.
#pragma once

#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "engine/flat_image/flat_combine.h"

namespace cbundle {

// From "--script=x.lds --bin1=a.bin --gap=0x10200", each word an option with its value; the last
// one counts. Error{bad_request} names the word, or what is missing.
Result<FlatRequest> parse_flat_request(std::span<const char* const> words);

// Reads the files, and writes the assembly text, or why there is none, to descriptor 3; positions
// to standard error. Exit status: 0, 1 for bad input or a failed write, 2 for wrong usage.
int run_flat_command(std::span<const char* const> words);

}  // namespace cbundle

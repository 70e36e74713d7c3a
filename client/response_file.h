// Response files: @FILE on the command line is replaced by the arguments in FILE.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

// Splits `text` as a shell does: at white space (newlines too), but not within '…' or "…"; a
// backslash quotes the next character, within "…" only one of "\$`, and within '…' none. A
// backslash before a newline joins the lines. Error{bad_request} for a quote that is not closed.
Result<std::vector<std::string>> split_arguments(std::string_view text);

// `arguments` with each @FILE replaced by the arguments in FILE, which may name more files.
// Error{bad_request} names a file that cannot be read, or that includes itself.
Result<std::vector<std::string>> expand_response_files(std::span<char* const> arguments);

}  // namespace cbundle

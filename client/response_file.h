// Words from files: @FILE on the command line stands for the words in FILE.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.h"

namespace cbundle {

// The words of `text`, split as a shell does it: at white space (newlines too), but not within
// '…' or "…"; a backslash takes the next character as it is, within "…" only one of "\$`, and
// within '…' none. A backslash before a newline joins the lines.
Expected<std::vector<std::string>> split_words(std::string_view text);

// `words` with each @FILE replaced by the words of FILE, which may name further files.
// Failure{usage} names a file that cannot be read, or that leads back to itself.
Expected<std::vector<std::string>> expand_response_files(std::span<char* const> words);

// Whether there is anything to expand; most command lines are used as they are.
bool has_response_file(std::span<char* const> words);

}  // namespace cbundle

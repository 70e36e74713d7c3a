// Imports that a linker script declares: `NAME = . + (LINE * FACTOR);`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/expression.h"

namespace cbundle {

struct ImportDeclaration {
  std::string name;     // without quotes
  std::string written;  // as the script has it, with quotes
  SourceLocation location;
  std::uint64_t line = 0;    // as written, in decimal; usually __LINE__
  std::uint64_t factor = 0;  // as written, in decimal: 0 unless the script shifts its imports
  bool operator==(const ImportDeclaration&) const = default;
};

// What the assignment `name = value` declares; nothing for any other assignment.
std::optional<ImportDeclaration> import_declaration(std::string_view name,
                                                    const SourceLocation& location,
                                                    const Expression& value);

// All declarations of a script, in its order, at any level. The rest of the script is not
// checked, except for Error{bad_input} where it cannot be split into tokens. `path` is for
// messages.
Result<std::vector<ImportDeclaration>> import_declarations(std::string_view script,
                                                           const std::string& path);

}  // namespace cbundle

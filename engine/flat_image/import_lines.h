// The imports that a linker script declares by the line each is on: `NAME = . + (42 * 0);`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/script/import_declaration.h"

namespace cbundle {

class ImportLines {
 public:
  // `script` after the preprocessor, of the layout that is not moved: its line numbers are
  // multiplied by 0. Error{bad_input} with file and line: two imports on one line, one declared
  // twice, a line 0, a name that is a macro's value.
  static Result<ImportLines> parse(std::string_view script, const std::string& path);

  // In the order of the script; the moved layout shifts each import by `line` bytes.
  std::span<const ImportDeclaration> all() const { return imports_; }
  // The import declared on this line, in all(), or null.
  const ImportDeclaration* on_line(std::uint64_t line) const;
  bool has(const std::string& name) const { return names_.contains(name); }
  // Whether all declarations are multiplied by another number, as in the other layout's script.
  bool is_of_moved_layout() const { return imports_.empty() && has_factors_; }

 private:
  Result<void> add(ImportDeclaration import);

  std::vector<ImportDeclaration> imports_;
  std::unordered_map<std::uint64_t, std::size_t> by_line_;  // indices
  std::unordered_set<std::string> names_;
  bool has_factors_ = false;
};

}  // namespace cbundle

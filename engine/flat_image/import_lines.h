// The imports that a linker script declares by the line each stands on: `name = . + (42 * 0);`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

struct ImportLine {
  std::string name;    // as the script has it, quotes included
  std::uint64_t line;  // bytes by which the moved layout shifts it

  std::string bare_name() const;
};

class ImportLines {
 public:
  // `script` as the preprocessor left it: of the layout that shifts nothing, so that each line
  // number is multiplied by 0. Error{bad_input} with `path` and line: two imports on one line,
  // one declared twice, a line 0, a name that is a macro's value.
  static Result<ImportLines> parse(std::string_view script, const std::string& path);

  std::span<const ImportLine> all() const { return imports_; }
  // Its place in all(), or -1.
  std::int64_t on_line(std::uint64_t line) const;
  bool has(const std::string& name) const { return names_.contains(name); }
  // No import, but some that are multiplied by another number: the other layout's script.
  bool is_of_moved_layout() const { return imports_.empty() && has_factors_; }

 private:
  Result<void> add(ImportLine import, const std::string& place);

  std::vector<ImportLine> imports_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_line_;
  std::unordered_set<std::string> names_;  // without quotes
  bool has_factors_ = false;
};

}  // namespace cbundle

#include "engine/flat_image/import_lines.h"

#include "engine/base/text.h"

namespace cbundle {

std::int64_t ImportLines::on_line(std::uint64_t line) const {
  const auto found = by_line_.find(line);
  return found == by_line_.end() ? -1 : static_cast<std::int64_t>(found->second);
}

Result<void> ImportLines::add(ImportDeclaration import) {
  const std::string name = "import " + quote(import.name);
  if (import.name.front() >= '0' && import.name.front() <= '9') {
    return error_at(import.location, name + " has the name of a number",
                    "the preprocessor replaced a macro such as 'linux': run it with -undef");
  }
  if (import.line == 0) {
    return error_at(import.location, name + " is declared with line 0", "declare it with __LINE__");
  }
  if (const std::int64_t other = on_line(import.line); other >= 0) {
    return error_at(import.location,
                    "imports " + quote(imports_[static_cast<std::size_t>(other)].name) + " and " +
                        quote(import.name) + " are both declared on line " +
                        std::to_string(import.line) + " and cannot be distinguished",
                    "declare each on a line of its own");
  }
  if (!names_.insert(import.name).second) {
    return error_at(import.location, name + " is declared twice");
  }
  by_line_.emplace(import.line, static_cast<std::uint32_t>(imports_.size()));
  imports_.push_back(std::move(import));
  return {};
}

Result<ImportLines> ImportLines::parse(std::string_view script, const std::string& path) {
  ImportLines lines;
  std::vector<ImportDeclaration> declarations = TRY(import_declarations(script, path));
  for (ImportDeclaration& import : declarations) {
    if (import.factor != 0) {
      lines.has_factors_ = true;
    } else {
      TRY(lines.add(std::move(import)));
    }
  }
  return lines;
}

}  // namespace cbundle

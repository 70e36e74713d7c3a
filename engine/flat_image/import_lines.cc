#include "engine/flat_image/import_lines.h"

#include "engine/base/text.h"

namespace cbundle {

const ImportDeclaration* ImportLines::on_line(std::uint64_t line) const {
  const auto found = by_line_.find(line);
  return found == by_line_.end() ? nullptr : &imports_[found->second];
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
  if (const ImportDeclaration* other = on_line(import.line)) {
    return error_at(import.location,
                    "imports " + quote(other->name) + " and " + quote(import.name) +
                        " are both declared on line " + std::to_string(import.line) +
                        " and cannot be distinguished",
                    "declare each on a line of its own");
  }
  if (!names_.insert(import.name).second) {
    return error_at(import.location, name + " is declared twice");
  }
  by_line_.emplace(import.line, imports_.size());
  imports_.push_back(std::move(import));
  return {};
}

namespace {

// What GNU ld ignores: lines that the preprocessor leaves, such as #pragma, and other bytes than
// ASCII. Offsets and lines stay the same.
std::string without_ignored(std::string_view script) {
  std::string text(script);
  bool starts_line = true;
  bool is_ignored = false;
  for (char& c : text) {
    is_ignored = c != '\n' && (is_ignored || (starts_line && c == '#'));
    starts_line = c == '\n' || (starts_line && (c == ' ' || c == '\t'));
    if (is_ignored || static_cast<unsigned char>(c) > 0x7f) c = ' ';
  }
  return text;
}

}  // namespace

Result<ImportLines> ImportLines::parse(std::string_view script, const std::string& path) {
  ImportLines lines;
  const std::string text = without_ignored(script);
  for (ImportDeclaration& import : TRY(import_declarations(text, path))) {
    lines.has_factors_ |= import.factor != 0;
    if (import.factor == 0) TRY(lines.add(std::move(import)));
  }
  return lines;
}

}  // namespace cbundle

#include "engine/flat_image/import_lines.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::string_view space = " \t\r\n\v\f";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Comments become spaces, so that places stay what they are.
std::string without_comments(std::string_view script) {
  std::string text(script);
  for (std::size_t begin = text.find("/*"); begin != text.npos; begin = text.find("/*", begin)) {
    const std::size_t close = text.find("*/", begin + 2);
    const std::size_t end = close == text.npos ? text.size() : close + 2;
    for (; begin < end; ++begin) {
      if (text[begin] != '\n') text[begin] = ' ';
    }
  }
  return text;
}

// Reads the signs and numbers behind an equals sign.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  bool sign(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::uint64_t> number() {
    skip_space();
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (end == rest_.data() || code != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

 private:
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(space), rest_.size())); }

  std::string_view rest_;
};

struct Offset {
  std::uint64_t line;
  std::uint64_t factor;
};

// ". + (LINE * FACTOR);"
std::optional<Offset> offset_of(std::string_view value) {
  Reader reader(value);
  if (!reader.sign('.') || !reader.sign('+') || !reader.sign('(')) return std::nullopt;
  const auto line = reader.number();
  if (!line || !reader.sign('*')) return std::nullopt;
  const auto factor = reader.number();
  if (!factor || !reader.sign(')') || !reader.sign(';')) return std::nullopt;
  return Offset{*line, *factor};
}

// The name that `before`, all up to an equals sign, ends with; empty where that assigns nothing.
std::string_view name_at_end(std::string_view before) {
  const std::size_t last = before.find_last_not_of(space);
  if (last == before.npos) return {};
  before = before.substr(0, last + 1);
  if (before.ends_with('"')) {
    const std::size_t open = before.substr(0, last).rfind('"');
    return open == before.npos || open + 1 == last ? std::string_view() : before.substr(open);
  }
  const std::size_t border = before.find_last_of(" \t\r\n\v\f;{}(),=\"");
  const std::string_view name = before.substr(border + 1);  // npos + 1 is 0
  constexpr std::string_view operators = "+-*/&|<>!";       // that `=` belongs to
  return name.empty() || operators.find(name.back()) != name.npos ? std::string_view() : name;
}

}  // namespace

std::string ImportLine::bare_name() const {
  return name.starts_with('"') ? name.substr(1, name.size() - 2) : name;
}

std::int64_t ImportLines::on_line(std::uint64_t line) const {
  const auto found = by_line_.find(line);
  return found == by_line_.end() ? -1 : static_cast<std::int64_t>(found->second);
}

Result<void> ImportLines::add(ImportLine import, const std::string& place) {
  const auto refuse = [&](const std::string& text) {
    return Error{ErrorKind::bad_input, place + ": " + text};
  };
  if (is_digit(import.name.front())) {
    return refuse("an import is called " + quote(import.name) +
                  "\n  a macro such as `linux' stood there: preprocess the script with -undef");
  }
  if (import.line == 0) {
    return refuse("import " + quote(import.name) +
                  " is declared with line 0, which moves it "
                  "nowhere\n  declare it with __LINE__");
  }
  if (const std::int64_t other = on_line(import.line); other >= 0) {
    return refuse("imports " + quote(imports_[static_cast<std::size_t>(other)].name) + " and " +
                  quote(import.name) + " are both declared on line " + std::to_string(import.line) +
                  ", so that one cannot be told from the other"
                  "\n  declare each on a line of its own");
  }
  if (!names_.insert(import.bare_name()).second) {
    return refuse("import " + quote(import.name) + " is declared twice");
  }
  by_line_.emplace(import.line, static_cast<std::uint32_t>(imports_.size()));
  imports_.push_back(std::move(import));
  return {};
}

Result<ImportLines> ImportLines::parse(std::string_view script, const std::string& path) {
  const std::string text = without_comments(script);
  ImportLines lines;
  std::size_t line = 1;
  std::size_t counted = 0;
  for (std::size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1)) {
    const auto offset = offset_of(std::string_view(text).substr(at + 1));
    if (!offset) continue;
    if (offset->factor != 0) lines.has_factors_ = true;
    const std::string_view name = name_at_end(std::string_view(text).substr(0, at));
    if (name.empty() || offset->factor != 0) continue;
    const auto from = text.begin() + static_cast<std::ptrdiff_t>(counted);
    const auto to = text.begin() + static_cast<std::ptrdiff_t>(at);
    line += static_cast<std::size_t>(std::count(from, to, '\n'));
    counted = at;
    TRY(lines.add({std::string(name), offset->line}, path + ':' + std::to_string(line)));
  }
  return lines;
}

}  // namespace cbundle

#include "engine/script/include_search.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "engine/base/files.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view asks = "__has_include";

bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// Joins the lines that end with a backslash, behind which gcc allows blanks.
std::string with_joined_lines(std::string_view text) {
  std::string joined;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      std::size_t end = at + 1;
      while (end < text.size() && is_blank(text[end])) ++end;
      if (end < text.size() && text[end] == '\n') {
        at = end;
        continue;
      }
    }
    joined += text[at];
  }
  return joined;
}

std::string_view without_leading_space(std::string_view text) {
  while (true) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    if (!text.starts_with("/*")) return text;
    const std::size_t end = text.find("*/", 2);
    if (end == text.npos) return {};
    text.remove_prefix(end + 2);
  }
}

std::string_view without_trailing_space(std::string_view text) {
  while (true) {
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    if (!text.ends_with("*/") || text.size() < 4) return text;
    const std::size_t start = text.rfind("/*", text.size() - 4);
    if (start == text.npos) return text;
    text = text.substr(0, start);
  }
}

struct Search {
  std::string name;
  bool is_quoted = false;
  bool is_next = false;  // starts somewhere behind the first directory
};

// "name" or <name> at the front.
std::optional<Search> literal(std::string_view text, bool is_next) {
  text = without_leading_space(text);
  if (text.empty() || (text.front() != '"' && text.front() != '<')) return std::nullopt;
  const bool is_quoted = text.front() == '"';
  text.remove_prefix(1);
  const std::size_t end = text.find_first_of(is_quoted ? "\"\n" : ">\n");
  if (end == text.npos || text[end] == '\n') return std::nullopt;
  return Search{std::string(text.substr(0, end)), is_quoted, is_next};
}

struct Scan {
  std::vector<Search> searches;
  bool has_computed = false;  // an #include whose name is the value of a macro
  std::string unknown;
};

// Comments and strings are scanned too: what is found there only adds names.
class Scanner {
 public:
  Scanner(std::string_view text, Scan& scan) : text_(text), scan_(scan) {}

  void scan() {
    for (std::size_t at = 0; at < text_.size();) {
      if (!is_word(text_[at])) {
        ++at;
        continue;
      }
      std::size_t end = at;
      while (end < text_.size() && is_word(text_[end])) ++end;
      word(text_.substr(at, end - at), at, end);
      at = end;
    }
  }

 private:
  void word(std::string_view word, std::size_t at, std::size_t end) {
    const std::string_view rest = text_.substr(end);
    if (word == "include" || word == "include_next" || word == "import") {
      if (is_directive(at)) includes(rest, word == "include_next");
    } else if (word == asks || word == "__has_include_next") {
      asked(rest, at, word != asks);
    } else if (word == "__TIMESTAMP__") {
      scan_.unknown = "__TIMESTAMP__ is the time at which a file was changed";
    } else if (word.size() >= 3 && asks.starts_with(word) && in_directive(at)) {
      scan_.unknown = "a macro may build the name __has_include";
    }
  }

  // Whether '#', or one of the ways to write it, is before the word.
  bool is_directive(std::size_t at) const {
    const std::string_view before = without_trailing_space(text_.substr(0, at));
    return before.ends_with('#') || before.ends_with("%:") || before.ends_with("?\?=");
  }

  std::string_view line_before(std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    const std::size_t start = before.rfind('\n');
    return start == before.npos ? before : before.substr(start + 1);
  }

  bool in_directive(std::size_t at) const {
    const std::string_view line = line_before(at);
    return line.find('#') != line.npos || line.find("%:") != line.npos ||
           line.find("?\?=") != line.npos;
  }

  void includes(std::string_view rest, bool is_next) {
    if (auto search = literal(rest, is_next)) {
      scan_.searches.push_back(*std::move(search));
    } else {
      scan_.has_computed = true;
    }
  }

  void asked(std::string_view rest, std::size_t at, bool is_next) {
    if (!in_directive(at)) return;
    rest = without_leading_space(rest);
    if (rest.starts_with('(')) {
      if (auto search = literal(rest.substr(1), is_next)) {
        scan_.searches.push_back(*std::move(search));
        return;
      }
    } else {
      std::string_view before = without_trailing_space(line_before(at));
      if (before.ends_with('('))
        before = without_trailing_space(before.substr(0, before.size() - 1));
      static constexpr std::array harmless{"ifdef", "ifndef", "defined", "undef"};
      if (std::ranges::any_of(harmless, [&](const char* w) { return before.ends_with(w); })) return;
    }
    scan_.unknown = "__has_include asks for a name that is not written beside it";
  }

  std::string_view text_;
  Scan& scan_;
};

bool is_present(const fs::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

class Collector {
 public:
  explicit Collector(const SearchPath& path) : path_(path) {}

  // Of one search by `file`: every place up to the one where something is.
  void add(const Search& search, const fs::path& file) {
    if (search.name.starts_with('/')) return add(search.name);
    for (const fs::path& directory : path_.missing) add(directory / search.name);
    const auto ends_at = [&](const fs::path& directory) {
      add(directory / search.name);
      return !search.is_next && is_present(directory / search.name);
    };
    if (search.is_quoted && ends_at(file.parent_path())) return;
    static_cast<void>(std::ranges::any_of(path_.directories, ends_at));
  }

  // Of an #include in `file` that found one of `read` under a name that is not known.
  void add_computed(const fs::path& file, const std::vector<fs::path>& read) {
    for (const fs::path& found : read) {
      for (const fs::path& directory : path_.directories) {
        const std::string prefix = (directory / "").native();
        if (!found.native().starts_with(prefix)) continue;
        add(Search{found.native().substr(prefix.size()), true, true}, file);
      }
    }
  }

  std::vector<fs::path> names() const { return {names_.begin(), names_.end()}; }

 private:
  void add(const fs::path& name) { names_.insert(name); }

  const SearchPath& path_;
  std::set<fs::path> names_;
};

}  // namespace

SearchPath take_search_path(std::string& printed) {
  SearchPath path;
  std::string rest;
  bool in_list = false;
  for (std::string_view text = printed; !text.empty();) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    constexpr std::string_view ignoring = "ignoring nonexistent directory \"";
    if (line.starts_with(ignoring) && line.ends_with('"')) {
      line.remove_prefix(ignoring.size());
      path.missing.emplace_back(line.substr(0, line.size() - 1));
    } else if (line.starts_with("#include ") && line.ends_with(" search starts here:")) {
      in_list = true;
    } else if (line == "End of search list.") {
      in_list = false;
      path.is_known = true;
    } else if (in_list && line.starts_with(' ')) {
      path.directories.emplace_back(line.substr(1));
    } else if (!line.starts_with("ignoring duplicate directory ") &&
               !line.starts_with("  as it is a non-system directory that duplicates ") &&
               !line.starts_with("clang -cc1 version ")) {
      rest.append(line).append("\n");
    }
  }
  printed = std::move(rest);
  return path;
}

Result<NamesSearched> names_searched(const std::vector<fs::path>& files,
                                     const std::vector<std::string>& defines,
                                     const SearchPath& path) {
  NamesSearched result;
  Collector collector(path);
  // gcc reads this one before the template, if it is there.
  if (!files.empty()) collector.add(Search{"stdc-predef.h"}, files.front());
  for (const fs::path& file : files) {
    Scan scan{};
    const std::string content = TRY(read_file(file));
    const std::string text = with_joined_lines(content);
    Scanner(text, scan).scan();
    for (const Search& search : scan.searches) collector.add(search, file);
    if (scan.has_computed) collector.add_computed(file, files);
    if (!scan.unknown.empty()) result.unknown = file.string() + ": " + scan.unknown;
  }
  for (const std::string& define : defines) {
    Scan scan{};
    const std::string text = "#define " + define;
    Scanner(text, scan).scan();
    if (!scan.unknown.empty()) result.unknown = "--define " + define + ": " + scan.unknown;
    for (const Search& search : scan.searches) {
      for (const fs::path& file : files) collector.add(search, file);
    }
  }
  if (!path.is_known) result.unknown = "the preprocessor does not tell where it looks for files";
  result.names = collector.names();
  return result;
}

}  // namespace cbundle

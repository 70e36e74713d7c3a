// Reads and splits response files.
#include "client/response_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "client/descriptor.h"

namespace cbundle {
namespace {

constexpr int deepest = 16;  // files within files; more is a circle

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Expected<std::string> read_response_file(const std::string& path) {
  const auto cannot = [&] {
    return Failure{ExitCode::usage, "cannot read the response file " + path + ": " +
                                        std::strerror(errno) +
                                        "\n  an object whose name begins "
                                        "with @ is written ./@NAME"};
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return cannot();
  std::string text;
  char piece[16384];
  for (;;) {
    const ssize_t got = ::read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot();
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

// Within "…" a backslash is a backslash, unless there is something to take as it is.
bool is_escape(char quote, char next) {
  if (quote == '"') return std::strchr("\"\\$`\n", next) != nullptr;
  return quote == 0;
}

// Appends the words that `word` stands for.
std::optional<Failure> expand(std::string word, int depth, std::vector<std::string>& into) {
  if (word.size() < 2 || word.front() != '@') {
    into.push_back(std::move(word));
    return std::nullopt;
  }
  const std::string path = word.substr(1);
  if (depth == deepest) {
    return Failure{ExitCode::usage, "the response file " + path + " leads back to itself"};
  }
  auto text = read_response_file(path);
  if (!text) return text.failure();
  auto words = split_words(*text);
  if (!words) {
    return Failure{ExitCode::usage, "cannot make sense of the response file " + path + ": " +
                                        words.failure().message};
  }
  for (std::string& inner : *words) {
    if (auto failure = expand(std::move(inner), depth + 1, into)) return failure;
  }
  return std::nullopt;
}

}  // namespace

Expected<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;  // '' is a word too
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size() && is_escape(quote, text[i + 1])) {
      if (text[++i] == '\n') continue;
      word += text[i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (is_space(c)) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) {
    return Failure{ExitCode::usage, std::string("a quote (") + quote + ") is never closed"};
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

bool has_response_file(std::span<char* const> words) {
  return std::ranges::any_of(words,
                             [](const char* word) { return word[0] == '@' && word[1] != '\0'; });
}

Expected<std::vector<std::string>> expand_response_files(std::span<char* const> words) {
  std::vector<std::string> expanded;
  for (const char* word : words) {
    if (auto failure = expand(word, 0, expanded)) return *failure;
  }
  return expanded;
}

}  // namespace cbundle

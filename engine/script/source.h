// The source of a script: its file and those it includes, as one stream of tokens.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/script/script.h"

namespace cbundle {

class Source {
 public:
  Source(std::filesystem::path directory, const ReadScript& read)
      : directory_(std::move(directory)), read_(read) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  using Statements = std::function<Result<void>()>;

  // Has `statements` read all of `text`, the content of `path`.
  Result<void> open(std::string_view text, const std::filesystem::path& path,
                    const Statements& statements);
  // The same for a file, which must exist.
  Result<void> open_file(const std::filesystem::path& path, const Statements& statements);

  // Reads `INCLUDE name`, and has `statements` read all of that file.
  Result<void> include(Reading reading, const Statements& statements);

  Result<Token> next(Reading reading) { return current_->lexer.next(reading); }
  Result<Token> peek(Reading reading) { return current_->lexer.peek(reading); }
  Result<Token> peek_second(Reading reading) { return current_->lexer.peek_second(reading); }
  Lexer& lexer() { return current_->lexer; }

  // The next token, which must be this one; `where` completes the message: "after the name 'x'".
  Result<Token> expect(std::string_view sign, Reading reading, std::string_view where = {});
  Result<Token> expect_name(Reading reading, std::string_view what);
  Result<bool> skip(std::string_view sign, Reading reading);  // whether it was there

  std::vector<Dependency>& dependencies() { return dependencies_; }

 private:
  struct File {
    File(std::string_view text, std::string name, const std::filesystem::path& whole)
        : path(whole), lexer(text, std::move(name), whole.string()) {}
    std::filesystem::path path;
    Lexer lexer;
  };

  Result<void> run(std::string_view text, std::string name, const std::filesystem::path& path,
                   const Statements& statements);
  Result<const std::string*> content_of(const std::filesystem::path& path);  // null: absent

  std::filesystem::path directory_;
  const ReadScript& read_;
  File* current_ = nullptr;
  int depth_ = 0;
  int included_ = 0;
  std::deque<std::string> texts_;
  std::vector<Dependency> dependencies_;
};

// "'}'", or "the end of the file".
std::string shown(const Token& token);

}  // namespace cbundle

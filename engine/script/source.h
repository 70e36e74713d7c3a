// A script's file and the files that it includes, as one stream of tokens.
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

  using ReadStatements = std::function<Result<void>()>;

  // Runs `statements` on `text`, the content of `path`; it must read all of it.
  Result<void> open(std::string_view text, const std::filesystem::path& path,
                    const ReadStatements& statements);
  // The same for a file, which must exist.
  Result<void> open_file(const std::filesystem::path& path, const ReadStatements& statements);

  // Reads `INCLUDE name`, and runs `statements` on that file.
  Result<void> include(Reading reading, const ReadStatements& statements);

  Result<Token> next(Reading reading) { return current_->lexer.next(reading); }
  Result<Token> peek(Reading reading) { return current_->lexer.peek(reading); }
  Result<Token> peek_second(Reading reading) { return current_->lexer.peek_second(reading); }
  Lexer& lexer() { return current_->lexer; }

  // Consumes the next token, which must be this one; `where` completes the message: "after FILL".
  Result<Token> expect(std::string_view text, Reading reading, std::string_view where = {});
  Result<Token> expect_name(Reading reading, std::string_view what);
  // Consumes the next token if it is this one, and returns whether it was.
  Result<bool> skip(std::string_view text, Reading reading);

  std::vector<Dependency>& dependencies() { return dependencies_; }

 private:
  struct File {
    File(std::string_view text, std::string name, const std::filesystem::path& whole)
        : path(whole), lexer(text, std::move(name), whole.string()) {}
    std::filesystem::path path;
    Lexer lexer;
  };

  Result<void> run(std::string_view text, std::string name, const std::filesystem::path& path,
                   const ReadStatements& statements);
  Result<const std::string*> read_file(const std::filesystem::path& path);  // null: absent

  std::filesystem::path directory_;
  const ReadScript& read_;
  File* current_ = nullptr;
  int depth_ = 0;
  int included_ = 0;
  std::deque<std::string> texts_;
  std::vector<Dependency> dependencies_;
};

}  // namespace cbundle

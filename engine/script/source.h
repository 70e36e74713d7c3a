// A script's file and the files that it includes, as one stream of tokens.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
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

  // Runs `statements` on the file at `path`, which must exist; or on `text`, which takes its place.
  // All of it must be read.
  Result<void> open(const std::filesystem::path& path, std::optional<std::string_view> text,
                    const ReadStatements& statements);

  // Reads `INCLUDE name`, and runs `statements` on that file.
  Result<void> include(LexMode reading, const ReadStatements& statements);

  Lexer& lexer() { return current_->lexer; }  // of the current file
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

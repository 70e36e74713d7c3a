// A directory of its own for a test, removed with all that it holds, and variables put back.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace cbundle {

class TestSpace {
 public:
  TestSpace() {
    std::string name = std::filesystem::temp_directory_path() / "cbundle-client-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TestSpace() {
    for (const auto& [name, value] : former_) restore(name, value);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestSpace(const TestSpace&) = delete;
  TestSpace& operator=(const TestSpace&) = delete;

  std::string path(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }
  std::string read(const std::string& name) const {
    std::ostringstream content;
    content << std::ifstream(path(name), std::ios::binary).rdbuf();
    return content.str();
  }
  bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }
  // Of everything in it, links and directories too.
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

  // For this test alone; nothing unsets.
  void set(const std::string& name, const std::optional<std::string>& value) {
    const char* former = std::getenv(name.c_str());
    former_.try_emplace(name,
                        former != nullptr ? std::optional<std::string>(former) : std::nullopt);
    restore(name, value);
  }

 private:
  static void restore(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
      ::setenv(name.c_str(), value->c_str(), 1);
    } else {
      ::unsetenv(name.c_str());
    }
  }

  std::filesystem::path path_;
  std::map<std::string, std::optional<std::string>> former_;
};

}  // namespace cbundle

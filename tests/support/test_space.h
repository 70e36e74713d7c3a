// A temporary directory for one test, and commands to run in it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/base/files.h"

namespace cbundle {

// The name of lld on PATH; empty: there is none. Debian's packages lld-14 and lld-19 have names
// with their version, and lld one without.
inline std::string lld_name() {
  for (const std::string name : {"ld.lld", "ld.lld-14", "ld.lld-19"}) {
    if (std::system(("command -v " + name + " >/dev/null").c_str()) == 0) return name;
  }
  return {};
}

class TestSpace {
 public:
  TestSpace() : directory_(TemporaryDirectory::make("cbundle-test").value()) {}

  const std::filesystem::path& path() const { return directory_.path(); }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path() / name; }

  std::filesystem::path write(const std::filesystem::path& name, const std::string& content) {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name, std::ios::binary) << content;
    return path() / name;
  }

  std::string read(const std::filesystem::path& name) const {
    std::ifstream in(path() / name, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }

  // Compiles `source` to `name`; the flags are those of position independent, freestanding code.
  std::filesystem::path compile(const std::string& name, const std::string& source,
                                const std::string& flags = "-m32 -fpic") {
    write(name + ".c", source);
    EXPECT_EQ(run("gcc -O2 -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables "
                  "-fcf-protection=none " +
                  flags + " -c " + name + ".c -o " + name),
              0);
    return path() / name;
  }

  // Runs a shell command there; returns its status.
  int run(const std::string& command) const {
    return std::system(("cd '" + path().string() + "' && " + command).c_str());
  }

  // The output of a shell command.
  std::string output_of(const std::string& command) {
    run(command + " > .output 2>&1");
    return read(".output");
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace cbundle

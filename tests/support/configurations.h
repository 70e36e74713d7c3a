// The table of machines that bundles are tested on, and the objects of their bundle.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "engine/pipeline/request.h"
#include "tests/support/test_space.h"

namespace cbundle {

// A line of tests/targets/configurations.
struct Configuration {
  std::string name;
  std::string tools;  // prefix of the compiler's name
  Mode mode = Mode::pic;
  ImportKind step = ImportKind::func;
  std::string flags;  // of the bundle's objects
};

// For gtest: prints one, and names its tests.
inline void PrintTo(const Configuration& configuration, std::ostream* out) {
  *out << configuration.name;
}
inline std::string name_of_configuration(const testing::TestParamInfo<Configuration>& test) {
  std::string name = test.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

inline std::filesystem::path targets_directory() {
  return std::filesystem::path(CBUNDLE_SOURCE_DIR) / "tests/targets";
}

inline std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

inline std::vector<Configuration> all_configurations() {
  std::vector<Configuration> found;
  std::ifstream table(targets_directory() / "configurations");
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::array<std::string, 7> fields;  // name, tools, mode, granule, step, start, bundle
    std::istringstream words(line);
    for (std::string& field : fields) {
      std::getline(words, field, '|');
      field = trimmed(field);
    }
    const bool is_selfreloc = fields[2] == "selfreloc";
    found.push_back({fields[0], fields[1], is_selfreloc ? Mode::selfreloc : Mode::pic,
                     fields[4] == "thumb" ? ImportKind::thumb : ImportKind::func,
                     fields[6] + (is_selfreloc ? " -DPOINTERS" : "")});
  }
  return found;
}

// Compiles bundle/*.c to NAME.o in the space and sets the request for a bundle of them; false
// without that compiler.
inline bool prepare(const Configuration& configuration, const std::string& level,
                    const TestSpace& space, Request& request) {
  const std::string compiler = configuration.tools + "gcc ";
  if (space.run("echo 'int f(void) { return 0; }' | " + compiler + configuration.flags +
                " -xc -c -o probe.o - 2>.probe") != 0) {
    return false;
  }
  EXPECT_EQ(space.run("rm probe.o && " + compiler + level + " " + configuration.flags +
                      " -ffreestanding -fno-stack-protector -fno-asynchronous-unwind-tables -g0 "
                      "-c '" +
                      (targets_directory() / "bundle").string() + "'/*.c"),
            0);
  request.directory = space.path();
  request.path = "/usr/bin:/bin";
  request.output = space / "out.o";
  request.objects = {"fold.o", "run.o", "tables.o", "words.o"};
  request.spec.mode = configuration.mode;
  request.spec.section = ".proof";
  request.spec.prefix = "proof";
  request.spec.exports = {"proof_run", "proof_fold", "proof_marks"};
  request.spec.imports = {{"host_count", ImportKind::data},
                          {"host_row", ImportKind::data},
                          {"host_step", configuration.step}};
  return true;
}

}  // namespace cbundle

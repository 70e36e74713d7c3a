// Templates: linker scripts that go through the C preprocessor first.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bundle/spec.h"

namespace cbundle {

// Whether the name says so: "boot.lds.S".
bool is_template(const std::filesystem::path& script);

struct Preprocessing {
  std::filesystem::path source;
  std::filesystem::path output;        // the script
  std::filesystem::path dependencies;  // the rule for make that it writes
  std::vector<std::string> defines;    // NAME or NAME=VALUE; they win over ours
};

// What to say to the compiler driver (gcc or clang). Templates see
//   __ASSEMBLY__ LINKER_SCRIPT  as everywhere
//   FINAL                       ask for no offsets of the template's own between the layouts
//   CBUNDLE                     1
//   CBUNDLE_LAYOUT              0 or 1, for what shall differ between them
// but not linux, unix, i386 and their like, which may be names of imports. Line markers are kept,
// so that errors name lines of the template.
std::vector<std::string> preprocessor_arguments(const Preprocessing& what, Layout layout);

// The files that the rule names, in its order, each once.
std::vector<std::filesystem::path> files_of_rule(std::string_view rule);

}  // namespace cbundle

// Templates: linker scripts that are preprocessed by the C preprocessor.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bundle/spec.h"

namespace cbundle {

// By the name's extension: "boot.lds.S".
bool is_template(const std::filesystem::path& script);

struct Preprocessing {
  std::filesystem::path source;
  std::filesystem::path output;        // the script
  std::filesystem::path dependencies;  // the rule for make that it writes
  std::vector<std::string> defines;    // NAME or NAME=VALUE; they override ours
  std::string prefix = {};             // left out of the names that __FILE__ stands for
};

// Arguments for the compiler driver (gcc or clang). Templates see
//   __ASSEMBLY__ LINKER_SCRIPT  as usual
//   FINAL                       so that the template does not shift the second layout itself
//   CBUNDLE                     1
//   CBUNDLE_LAYOUT              0 or 1, for what is to differ between the layouts
// The preprocessor prints where it looks for files: see take_search_path(). Templates do not see
// linux, unix, i386 and the like, which may be names of imports. Line markers are enabled, so
// that errors have lines of the template.
std::vector<std::string> preprocessor_arguments(const Preprocessing& what, Layout layout);

// The files that a make rule names, in its order, without duplicates.
std::vector<std::filesystem::path> files_of_rule(std::string_view rule);

}  // namespace cbundle

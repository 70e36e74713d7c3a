// Where the preprocessor looks for the files that a template includes or asks for, found or not.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace cbundle {

struct SearchPath {
  bool is_known = false;
  std::vector<std::filesystem::path> missing;      // would be searched if they existed
  std::vector<std::filesystem::path> directories;  // in the order of the search
};

// Takes what `-Wp,-v` makes gcc's and clang's preprocessor print out of `printed`.
SearchPath take_search_path(std::string& printed);

struct NamesSearched {
  // What was looked for, whether it exists or not: at least all that the preprocessor saw. A name
  // in a branch that is not compiled is there too, since the names cost less than a second parser.
  std::vector<std::filesystem::path> names;
  std::string unknown;  // why there may be more names; empty: there are none
};

// The names that the preprocessor looked for when it read `files`, which are absolute. Error where
// one of them cannot be read.
Result<NamesSearched> names_searched(const std::vector<std::filesystem::path>& files,
                                     const std::vector<std::string>& defines,
                                     const SearchPath& path);

}  // namespace cbundle

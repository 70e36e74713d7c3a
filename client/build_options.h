// What the command line asks a build to be.
#pragma once

#include <string>
#include <string_view>

#include "cbundle/v1/build.pb.h"
#include "client/failure.h"
#include "client/options.h"

namespace cbundle {

enum class Loudness { quiet, usual, verbose };

struct BuildOptions {
  v1::BuildRequest request;  // all but the directory and the search path
  std::string output;
  std::string description;  // the JSON beside an image, the header beside a C source; or empty
  std::string depfile;      // empty: none
  bool if_changed = false;
  bool json = false;
  Loudness loudness = Loudness::usual;
};

// Failure{usage} says what is missing, unknown, given twice or in conflict.
Expected<BuildOptions> build_options_of(const Arguments& arguments);

// What --mode names. Failure{usage} where it is no mode.
Expected<v1::Mode> mode_named(std::string_view word);

}  // namespace cbundle

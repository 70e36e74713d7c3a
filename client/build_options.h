// The arguments of a build.
#pragma once

#include <string>
#include <string_view>

#include "cbundle/v1/build.pb.h"
#include "client/options.h"
#include "engine/base/result.h"

namespace cbundle {

enum class Verbosity { quiet, normal, verbose };

struct BuildOptions {
  v1::BuildRequest request;  // without the directory and the search path
  std::string output;
  std::string description;  // the JSON beside an image, the header beside a C source; or empty
  std::string depfile;      // empty: none
  bool if_changed = false;
  bool json = false;
  Verbosity verbosity = Verbosity::normal;
};

// Error{bad_request} names what is missing, unknown, given twice or in conflict.
Result<BuildOptions> build_options_of(const Arguments& arguments);

// The value of --mode. Error{bad_request} if it is unknown.
Result<v1::Mode> parse_mode(std::string_view text);

}  // namespace cbundle

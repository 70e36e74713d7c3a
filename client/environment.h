// The client's settings from the environment.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "proto/paths.h"

namespace cbundle {

enum class DaemonUse {
  automatic,  // start one if none runs; build without one if that fails
  required,   // fail if that fails
  never,
};

struct Environment {
  Paths paths;
  DaemonUse daemon = DaemonUse::automatic;
  bool disabled = false;  // neither daemon nor cache
  std::string program;    // cbundled, if $CBUNDLED names it
};

// Error{bad_request} names the variable and its valid values.
Result<Environment> environment_of(const GetVariable& variable, unsigned uid);

// Error{bad_request} for a misspelt or malformed variable of cbundle or cbundled among `variables`,
// "NAME=value", ended by a null: it names the variable, and the nearest right name.
Result<void> check_variables(const char* const* variables);

// The daemon's settings that the environment has: "max_size=5G"; of `paths`, which are those of the
// same environment, the cache alone, where $XDG_CACHE_HOME names it.
std::vector<std::string> settings_in(const GetVariable& variable, const Paths& paths);

// A GetVariable that reads this process's environment.
std::string_view process_variable(const char* name);

}  // namespace cbundle

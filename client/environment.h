// What the environment asks of the client.
#pragma once

#include <string>

#include "client/failure.h"
#include "proto/paths.h"

namespace cbundle {

enum class DaemonUse {
  automatic,  // start one where none runs; do without one where that fails
  required,   // fail where that fails
  never,
};

struct Environment {
  Paths paths;
  DaemonUse daemon = DaemonUse::automatic;
  bool disabled = false;  // neither daemon nor cache
  std::string program;    // cbundled, where $CBUNDLED names one
};

// Failure{usage} names the variable and what it may be.
Expected<Environment> environment_of(const GetVariable& variable, unsigned uid);

// As above, for this process.
Expected<Environment> environment_of_process();

// A GetVariable that reads this process's environment.
std::string_view process_variable(const char* name);

}  // namespace cbundle

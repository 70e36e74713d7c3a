// cbundle doctor: what is broken, and what costs time.
#include "client/command.h"

namespace cbundle {
Result<ExitCode> run_doctor(const Arguments&, const Environment&) { return ExitCode::done; }
Result<ExitCode> run_verify(const Arguments&, const Environment&) { return ExitCode::done; }
}  // namespace cbundle

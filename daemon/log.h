// The daemon's log: one line per fact, on stderr.
//
// Everybody logs through spdlog's default logger; here it is given its form.
#pragma once

namespace cbundle {

enum class LogStyle {
  terse,  // "cbundled: …", warnings and errors only: stderr is somebody's terminal
  full,   // with the time and the process, or the journal's priorities where stderr is its stream
};

void open_log(LogStyle style);

}  // namespace cbundle

// The daemon's log: one line per event, on stderr, through spdlog's default logger.
#pragma once

namespace cbundle {

enum class LogStyle {
  terse,  // "cbundled: …", warnings and errors only: stderr is a user's terminal
  full,   // with time and process, or with the journal's priorities where stderr is its stream
};

void open_log(LogStyle style);

}  // namespace cbundle

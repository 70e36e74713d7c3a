#include "daemon/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace cbundle {
namespace {

// A flag of a line's pattern, written by a function.
template <auto write>
class Flag final : public spdlog::custom_flag_formatter {
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    write(message, line);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Flag>(); }
};

// The journal's priority, as in syslog(3).
void write_priority(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
  const char digit = message.level >= spdlog::level::err    ? '3'
                     : message.level == spdlog::level::warn ? '4'
                                                            : '6';
  for (const char c : {'<', digit, '>'}) line.push_back(c);
}

// The text on one line: "; " stands for each line break and the indentation after it.
void write_one_line(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
  bool skips_blanks = false;
  for (const char c : message.payload) {
    if (skips_blanks && c == ' ') continue;
    skips_blanks = c == '\n';
    line.append(skips_blanks ? std::string_view("; ") : std::string_view(&c, 1));
  }
}

// The variable may be inherited where the stream is not, so both are compared (systemd.exec(5)).
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return stream == std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

const char* pattern_for(LogStyle style) {
  if (stderr_is_the_journal()) return "%J%L";
  return style == LogStyle::terse ? "cbundled: %L" : "%Y-%m-%d %H:%M:%S.%e cbundled[%P] %l: %L";
}

}  // namespace

void open_log(LogStyle style) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Flag<write_priority>>('J').add_flag<Flag<write_one_line>>('L').set_pattern(
      pattern_for(style));
  auto logger = std::make_shared<spdlog::logger>("cbundled",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(style == LogStyle::terse ? spdlog::level::warn : spdlog::level::info);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace cbundle

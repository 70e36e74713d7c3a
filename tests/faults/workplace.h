// A directory with sources, objects, a cache and a socket of its own, and builds in it that are
// compared with what the same command does without a cache.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/faults/process.h"

namespace cbundle::faults {

// What the rule compares: whatever happens around a build, these three are what they are with
// CBUNDLE_DISABLE=1.
struct Answer {
  int status = 0;
  std::string diagnostics;  // as `--json` has them
  std::string object;       // its bytes; empty where the build failed

  bool operator==(const Answer&) const = default;
};

// In a few words, for a report: "exit status 1; object of 0 bytes; […]".
std::string text_of(const Answer& answer);

class Workplace {
 public:
  // `programs`: the directory of cbundle and cbundled.
  explicit Workplace(std::filesystem::path programs);
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();  // kills its daemons

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path cache() const { return path_ / "cache"; }
  std::filesystem::path program(const char* name) const { return programs_ / name; }

  // `cbundle build` of one directory with these arguments, and more variables than the usual ones.
  // Its object is out.o, its temporary files are in temporary().
  Command build(const std::filesystem::path& directory, const std::vector<std::string>& arguments,
                const Variables& more = {}) const;
  Command client(const std::vector<std::string>& arguments) const;
  std::filesystem::path temporary() const { return path_ / "tmp"; }

  // Runs it for at most a minute; one that hangs has the status -1.
  Answer answer(const Command& build) const;
  static Answer answer(const Command& build, const Ended& ended);
  Answer uncached(Command build) const;

  std::vector<pid_t> daemons() const;
  // `cbundle stop`, until the daemon has gone; an empty text, or what was wrong.
  std::string stop() const;
  void kill_daemons() const;
  void remove_cache() const;

  // The processes and temporary files that are left, in words; empty where there are none.
  std::string left_behind() const;
  void clean() const;  // removes it

 private:
  std::filesystem::path programs_;
  std::filesystem::path path_;
  Variables environment_;
};

// The usual build's inputs, compiled once: two objects, a template and the header that it includes.
void make_sources(const std::filesystem::path& directory);
std::vector<std::string> usual_arguments();

void write_file(const std::filesystem::path& path, const std::string& content);
std::string read_file(const std::filesystem::path& path);

}  // namespace cbundle::faults

// A file that a build makes: written beside, checked, and then put in its place at once.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/failure.h"
#include "client/hasher.h"
#include "client/temporary_file.h"

namespace cbundle {

// What becomes of a file that already holds these very bytes.
enum class WhenEqual {
  refresh,  // its time is set to now, so that make sees the rule done
  leave,
};

// A new file gets 0666 less the umask; one that is replaced keeps its mode. Where `path` is a
// symbolic link, the file it leads to is replaced and the link stays. What is no regular file (a
// device, a pipe) is written to directly. One thread.
class Output {
 public:
  Output(std::string path, WhenEqual when_equal);

  const std::string& path() const { return path_; }

  // The next piece; goes to the disk at once. Failure{build_failed} names path and reason.
  std::optional<Failure> append(std::string_view piece);
  // All of it, where no piece came before.
  void hold(std::string bytes);
  // Failure{internal} where what came is not `size` bytes of this digest.
  std::optional<Failure> verify(std::uint64_t size, std::string_view digest);
  // Puts the file in place. Failure as in append(); the old file is untouched then.
  std::optional<Failure> commit();
  // Back to the beginning: nothing has come.
  void discard();

 private:
  void look_at_target();
  bool is_special() const;
  bool is_in_place() const;
  bool refresh() const;
  std::optional<Failure> open();
  std::optional<Failure> write_directly() const;
  Failure cannot_write(int code) const;

  std::string path_;
  WhenEqual when_equal_;

  std::string target_;                   // path_, links followed
  std::optional<struct stat> old_;       // what is there
  std::uint64_t size_ = 0;               // of all that came
  std::string held_;                     // it, in memory,
  std::unique_ptr<TemporaryFile> file_;  // or on disk
  Hasher hasher_;                        // of what is on disk
  std::string digest_;                   // once verified
};

// A whole small file.
std::optional<Failure> write_output(const std::string& path, std::string bytes);

}  // namespace cbundle

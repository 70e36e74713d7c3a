// An output file: written to a temporary file, verified, and then renamed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/temporary_file.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace cbundle {

// What to do with a file that already has this content.
enum class WhenEqual {
  refresh,  // set its time to now, so that make sees the rule done
  leave,
};

// A new file gets mode 0666 less the umask; a replaced one keeps its mode. If `path` is a symbolic
// link, its target is replaced and the link stays. A device or a pipe is written to directly. One
// thread.
class Output {
 public:
  Output(std::string path, WhenEqual when_equal);

  const std::string& path() const { return path_; }

  // The next piece; written to disk at once. Error{bad_input} names the path and the reason.
  Result<void> append(std::string_view piece);
  // The whole content, instead of pieces.
  void hold(std::string bytes);
  // The content's digest. Error{corrupt} unless it is `digest`, 16 bytes, and the content's size is
  // `size`.
  Result<Digest> verify(std::uint64_t size, std::string_view digest);
  // Puts the file in place. Errors as append(); the old file is then unchanged.
  Result<void> commit();
  // Drops all content.
  void discard();

 private:
  void examine_target();
  bool is_special() const;
  bool is_in_place() const;
  bool refresh() const;
  Result<void> open();
  Result<void> write_directly() const;
  Error cannot_write(int code) const;

  std::string path_;
  WhenEqual when_equal_;

  std::string target_;                   // path_, links followed
  std::optional<struct stat> old_;       // the file that exists
  std::uint64_t size_ = 0;               // of the content,
  std::string held_;                     // which is in memory
  std::unique_ptr<TemporaryFile> file_;  // or on disk
  Hasher hasher_;                        // of the content on disk
  Digest digest_;                        // once verified
};

// Writes a whole small file.
Result<void> write_output(const std::string& path, std::string bytes);

}  // namespace cbundle

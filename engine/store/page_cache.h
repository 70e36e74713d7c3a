// Decides which blob files leave the operating system's page cache.
//
// A cold build of 10 MB leaves 90 MB of results there, and hardly any of them is read again. On
// virtual machines that return free memory to their host, touching so much fresh memory takes a
// fifth of the next build; so that build is given the pages of the one before. A result that is
// read after all comes from the disk: milliseconds, and once.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/guarded.h"
#include "engine/store/blob_files.h"

namespace cbundle {

// May be used from many threads at once.
class PageCache {
 public:
  explicit PageCache(BlobFiles files) : files_(std::move(files)) {}

  // A large result, kept just now, is written to the disk, and those before it are dropped, unless
  // a build still holds their bytes.
  void on_written(const Digest& digest, const Blob& blob);

  // A result that was found again stays until the system needs its memory.
  void on_found(const Digest& digest);

 private:
  struct Large {
    Digest digest;
    std::weak_ptr<const void> bytes;  // expires with the build that made it
  };

  const BlobFiles files_;
  Guarded<std::vector<Large>> unread_;
};

}  // namespace cbundle

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

  // A blob file was written just now. Only pages that are on the disk can be dropped.
  void on_written(const Digest& digest, const Blob& blob);

  // A result that was found again is never dropped from here: it may be read soon.
  void on_found(const Digest& digest);

  // Of results that no build holds in memory any more.
  bool can_drop();
  void drop();

 private:
  struct Large {
    Digest digest;
    std::weak_ptr<const void> bytes;  // expires with the build that made it
    bool is_unused() const { return bytes.expired(); }
  };

  const BlobFiles files_;
  Guarded<std::vector<Large>> unread_;
};

}  // namespace cbundle

// Connections that read the database: each is used by one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/guarded.h"
#include "engine/base/result.h"
#include "engine/store/database.h"
#include "engine/store/store.h"

namespace cbundle {

struct FoundEntry {
  Entry entry;
  bool is_intact = false;  // whether the checksum is right
};

struct FoundNote {
  std::string text;
  bool is_intact = false;
};

struct FoundBlob {
  bool is_file = false;  // then the bytes are in the blob files
  Blob blob;             // not checked
};

class Reader {
 public:
  static Result<Reader> open(const std::filesystem::path& database);

  Result<std::optional<FoundEntry>> find(const StageKey& key);
  Result<std::optional<FoundNote>> note(const StageKey& key);
  Result<std::optional<FoundBlob>> load(const Digest& digest);

 private:
  Reader(Database database, Statement find, Statement note, Statement load)
      : database_(std::move(database)),
        find_(std::move(find)),
        note_(std::move(note)),
        load_(std::move(load)) {}

  Database database_;
  Statement find_;
  Statement note_;
  Statement load_;
};

// Keeps them open with their statements prepared, as opening one takes 300 us.
class ReaderPool {
 public:
  explicit ReaderPool(std::filesystem::path database) : database_(std::move(database)) {}

  // Returns the reader to the pool when it is destroyed.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::shared_lock<std::shared_mutex> lock, Reader reader)
        : pool_(&pool), lock_(std::move(lock)), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (lock_.owns_lock()) pool_->release(std::move(reader_));
    }
    Reader& reader() { return reader_; }

   private:
    ReaderPool* pool_;
    std::shared_lock<std::shared_mutex> lock_;  // not owned by a Lease that was moved from
    Reader reader_;
  };
  Result<Lease> acquire();

  // Closes all of them after waiting for every lease. acquire() waits until the lock is released.
  std::unique_lock<std::shared_mutex> close();

 private:
  void release(Reader reader);

  const std::filesystem::path database_;
  std::shared_mutex mutex_;  // shared by leases
  Guarded<std::vector<Reader>> idle_;
};

}  // namespace cbundle

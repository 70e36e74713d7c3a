// Connections that read: lent to one thread at a time, and kept for the next.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/guarded.h"
#include "engine/base/result.h"
#include "engine/store/database.h"
#include "engine/store/store.h"

namespace cbundle {

struct FoundEntry {
  std::int64_t id = 0;
  Entry entry;
  bool is_intact = false;  // whether its seal is right
};

struct FoundBlob {
  bool is_file = false;  // then the bytes are in the blob files
  Blob blob;             // not judged
};

struct Census {
  std::uint64_t entries = 0;
  std::uint64_t blobs = 0;
  std::uint64_t file_bytes = 0;
};

class Reader {
 public:
  static Result<Reader> open(const std::filesystem::path& path);

  Result<std::optional<FoundEntry>> find(const StageKey& key);
  Result<std::optional<FoundBlob>> load(const Digest& digest);
  Result<bool> has_file(const Digest& digest);  // whether a row says that it is a file
  Result<Census> census();                      // walks an index: a millisecond per 100,000 rows

 private:
  Reader(Database database, Statement find, Statement load)
      : database_(std::move(database)), find_(std::move(find)), load_(std::move(load)) {}

  Database database_;
  Statement find_;
  Statement load_;
};

class Readers {
 public:
  explicit Readers(std::filesystem::path database) : database_(std::move(database)) {}

  // Comes back here by itself. It is found again by the next caller, with its statements prepared:
  // opening one costs 300 us.
  struct Return {
    Readers* home;
    void operator()(Reader* reader) const { home->take_back(std::unique_ptr<Reader>(reader)); }
  };
  using Lent = std::unique_ptr<Reader, Return>;

  Result<Lent> lend();

 private:
  void take_back(std::unique_ptr<Reader> reader);

  std::filesystem::path database_;
  Guarded<std::vector<std::unique_ptr<Reader>>> idle_;
};

}  // namespace cbundle

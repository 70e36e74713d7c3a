// A connection that reads the database, for one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
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

}  // namespace cbundle

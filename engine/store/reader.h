// A connection that reads the database, for one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"
#include "engine/store/database.h"
#include "engine/store/store.h"

namespace cbundle {

template <class T>
struct FoundRow {
  T value;
  bool is_intact = false;  // whether the checksum is right
};

struct FoundBlob {
  bool is_file = false;  // then the bytes are in the blob files
  Blob blob;             // not checked
};

class Reader {
 public:
  static Result<Reader> open(const std::filesystem::path& database);

  Result<std::optional<FoundRow<Entry>>> find(const StageKey& key);
  Result<std::optional<FoundRow<std::string>>> note(const StageKey& key);
  Result<std::optional<FoundBlob>> load(const Digest& digest);

  // A thousand names that follow `last`, in ascending order; fewer at the end.
  Result<std::vector<Digest>> digests_after(const Digest& last);
  Result<std::vector<Digest>> entries_after(const Digest& last);
  Result<std::vector<Digest>> notes_after(const Digest& last);

 private:
  Result<std::vector<Digest>> names(std::string_view query, const Digest& last);
  explicit Reader(Database database) : database_(std::move(database)) {}

  Database database_;
};

}  // namespace cbundle

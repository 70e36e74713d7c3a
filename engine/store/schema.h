// The database of a store: its tables, and how connections to it are set up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "engine/base/digest.h"
#include "engine/store/database.h"
#include "engine/store/store.h"

namespace cbundle {

inline constexpr std::int64_t page_bytes = 4096;
inline constexpr std::size_t max_inline_blob = std::size_t{128} * 1024;  // larger ones are files

// Opens the database, or creates it where there is none. Error{corrupt} where it has another
// version or is not a database: to be set aside.
Result<Database> open_database(const std::filesystem::path& path);

// One more connection to a database that is open already.
Result<Database> connect(const std::filesystem::path& path);

// Of a row: nothing else proves that its key and its values belong together.
Digest checksum_of(const StageKey& key, std::string_view values);

}  // namespace cbundle

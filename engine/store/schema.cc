#include "engine/store/schema.h"

#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t application_id = 0x6362646c;  // "cbdl"
constexpr std::int64_t version = 3;                  // of what disk_cache.h describes

// SQLite stores these statements unchanged, so a foreign database shows when they are compared.
constexpr std::array<std::string_view, 8> tables{
    "CREATE TABLE blob(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, "
    "size INTEGER NOT NULL, data BLOB)",
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, "
    "blob INTEGER NOT NULL REFERENCES blob(id), warnings BLOB NOT NULL, "
    "checksum BLOB NOT NULL, used INTEGER NOT NULL)",
    "CREATE INDEX entry_by_blob ON entry(blob)",
    "CREATE INDEX entry_by_use ON entry(used)",
    "CREATE TABLE note(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, text BLOB NOT NULL, "
    "checksum BLOB NOT NULL, used INTEGER NOT NULL)",
    "CREATE INDEX note_by_use ON note(used)",
    "CREATE TABLE counter(name BLOB PRIMARY KEY, value INTEGER NOT NULL)",
    "CREATE TABLE total(file_bytes INTEGER NOT NULL)",
};

Error foreign(const std::string& what) {
  return {ErrorKind::corrupt, "the cache's database " + what};
}

// For every connection. Debian builds SQLite with secure_delete on, which makes evicting a row take
// 100 us instead of 15. Nothing in the schema is trusted. mmap would make a read a tenth faster,
// but SIGBUS would end the daemon when somebody truncates the file. cell_size_check stays off, as
// digests detect wrong bytes.
Result<void> set_up(Database& database) {
  return database.execute(
      "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
      "PRAGMA mmap_size=0; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
      "PRAGMA cache_size=-4096");
}

// Without waiting for the disk: there is nothing to lose.
Result<void> create_tables(Database& database) {
  TRY(database.execute("PRAGMA synchronous=OFF; PRAGMA page_size=" + std::to_string(page_bytes) +
                       "; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL"));
  // One transaction, as a database with some of the tables would be taken for a foreign one.
  std::string sql = "BEGIN IMMEDIATE;";
  for (const std::string_view table : tables) sql += std::string(table) + ';';
  sql += "INSERT INTO total VALUES(0);";
  sql += "PRAGMA application_id=" + std::to_string(application_id) + ';';
  sql += "PRAGMA user_version=" + std::to_string(version) + ';';
  sql += "COMMIT";
  return database.execute(sql);
}

Result<bool> is_empty(Database& database) {
  return TRY(database.integer("SELECT count(*) FROM sqlite_schema")) == 0 &&
         TRY(database.integer("PRAGMA application_id")) == 0 &&
         TRY(database.integer("PRAGMA user_version")) == 0;
}

Result<void> check_version(Database& database) {
  if (TRY(database.integer("PRAGMA application_id")) != application_id) {
    return foreign("was not created by cbundled");
  }
  const std::int64_t found = TRY(database.integer("PRAGMA user_version"));
  if (found != version) {
    return foreign("has version " + std::to_string(found) + ", not " + std::to_string(version));
  }
  const std::int64_t page = TRY(database.integer("PRAGMA page_size"));
  if (page != page_bytes) return foreign("has pages of " + std::to_string(page) + " bytes");
  if (TRY(database.integer("PRAGMA auto_vacuum")) != 2) return foreign("cannot shrink");
  TRY(database.execute("PRAGMA journal_mode=WAL"));
  Rows rows =
      TRY(database.query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"));
  std::size_t seen = 0;
  while (TRY(rows.next())) {
    if (seen == tables.size() || rows.bytes(0) != tables[seen]) return foreign("has other tables");
    ++seen;
  }
  return seen == tables.size() ? Result<void>() : foreign("lacks tables");
}

}  // namespace

Result<Database> open_database(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) &&
      (!fs::is_regular_file(path, ignored) || ::access(path.c_str(), R_OK | W_OK) != 0)) {
    return foreign(path.string() + " is not a file that can be read and written");
  }
  Database database = TRY(Database::open(path, Database::Mode::create));
  if (TRY(is_empty(database))) TRY(create_tables(database));
  TRY(check_version(database));
  TRY(set_up(database));
  return database;
}

Result<Database> connect(const fs::path& path) {
  Database database = TRY(Database::open(path, Database::Mode::open));
  TRY(set_up(database));
  return database;
}

Digest checksum_of(const StageKey& key, std::string_view values) {
  return Digest::of(std::string(key.digest.raw()).append(values));
}

}  // namespace cbundle

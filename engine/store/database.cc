#include "engine/store/database.h"

#include <utility>

namespace cbundle {
namespace {

Error database_error(sqlite3* handle, int code) {
  const char* file = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
  std::string message = "the cache's database";
  if (file != nullptr && *file != '\0') message += std::string(" ") + file;
  message += ": ";
  message += handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  const int primary = code & 0xff;
  const bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  return {damaged ? ErrorKind::corrupt : ErrorKind::unavailable, std::move(message)};
}

int store_log_pages(void* log_pages, sqlite3*, const char*, int pages) {
  *static_cast<std::int64_t*>(log_pages) = pages;
  return SQLITE_OK;
}

}  // namespace

Rows::~Rows() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_error(sqlite3_db_handle(statement_), code);
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::bytes(int column) const {
  const void* start = sqlite3_column_blob(statement_, column);
  if (start == nullptr) return {};
  return {static_cast<const char*>(start),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Rows::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int Database::bind(sqlite3_stmt* statement, int position, std::int64_t value) {
  return sqlite3_bind_int64(statement, position, value);
}

int Database::bind(sqlite3_stmt* statement, int position, std::string_view bytes) {
  // SQLite would store NULL for a null pointer, even where the size is 0.
  const char* start = bytes.data() == nullptr ? "" : bytes.data();
  return sqlite3_bind_blob64(statement, position, start, bytes.size(), nullptr);
}

int Database::bind(sqlite3_stmt* statement, int position, std::nullptr_t) {
  return sqlite3_bind_null(statement, position);
}

Result<Database> Database::open(const std::filesystem::path& path, Mode mode) {
  // With statistics each of SQLite's allocations takes one global lock: a build was seen to wait
  // 0.4 ms for it while the writer was busy.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
  // A link is refused in the file's place, and allowed on the way to its directory.
  std::error_code missing;
  const std::filesystem::path directory = std::filesystem::canonical(path.parent_path(), missing);
  const std::filesystem::path file = missing ? path : directory / path.filename();
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (mode == Mode::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return database_error(handle, code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 5000);
  // Replaces SQLite's own hook, which would checkpoint during a commit: 10 to 40 ms.
  sqlite3_wal_hook(handle, store_log_pages, database.log_pages_.get());
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(code);
  return {};
}

Error Database::error_of(int code) const { return database_error(handle_.get(), code); }

Result<Rows> Database::prepare(std::string_view sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return Rows(known->second.get());
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error_of(code);
  statements_.emplace(sql, statement);
  return Rows(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  Rows rows = TRY(query(sql));
  return TRY(rows.next()) ? rows.integer(0) : 0;
}

Result<void> Database::checkpoint(int mode) {
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), "main", mode, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(code);
  if (mode != SQLITE_CHECKPOINT_PASSIVE) *log_pages_ = 0;
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Result<void> Transaction::commit() {
  TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // SQLite has rolled back already after some errors, such as a full disk.
  if (database_ == nullptr || !database_->in_transaction()) return;
  static_cast<void>(database_->execute("ROLLBACK"));
}

}  // namespace cbundle

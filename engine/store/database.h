// SQLite connections, queries and transactions, closed by their destructors.
//
// Errors: corrupt where the file is damaged or not a database; unavailable for everything else that
// SQLite reports, such as no room, no memory, a failing disk.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace cbundle {

// The rows of a query, which can be run again after they are destroyed.
class Rows {
 public:
  Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  // Steps to the next row, if there is one. Values of the row before are invalid then.
  Result<bool> next();

  std::int64_t integer(int column) const;
  std::string_view bytes(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
};

// One connection, for one thread at a time. It must outlive its rows.
class Database {
 public:
  enum class Mode { open, create };

  static Result<Database> open(const std::filesystem::path& path, Mode mode);

  Result<void> execute(const std::string& sql);  // one or more statements; ignores rows

  // Runs one statement; its text is prepared once. Values are in the order of the ?s: integers,
  // bytes (std::string_view) and NULL (nullptr). Bytes must live as long as the rows.
  template <class... Values>
  Result<Rows> query(std::string_view sql, const Values&... values) {
    Rows rows = TRY(prepare(sql));
    int code = SQLITE_OK;
    int position = 0;
    ((code = code == SQLITE_OK ? bind(rows.statement_, ++position, values) : code), ...);
    if (code != SQLITE_OK) return error_of(code);
    return rows;
  }

  // As query(), for a statement without rows.
  template <class... Values>
  Result<void> run(std::string_view sql, const Values&... values) {
    Rows rows = TRY(query(sql, values...));
    static_cast<void>(TRY(rows.next()));
    return {};
  }

  Result<std::int64_t> integer(std::string_view sql);  // first column of the first row
  std::int64_t changed_rows() const { return sqlite3_changes64(handle_.get()); }  // by the last one
  std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }  // inserted
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  // Moves the write-ahead log into the file. `mode` is SQLITE_CHECKPOINT_*; all but PASSIVE wait
  // for readers, and the log starts again at its beginning.
  Result<void> checkpoint(int mode);

  // Pages in the write-ahead log, where only this connection writes.
  std::int64_t log_pages() const { return *log_pages_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  Result<Rows> prepare(std::string_view sql);
  Error error_of(int code) const;
  static int bind(sqlite3_stmt* statement, int position, std::int64_t value);
  static int bind(sqlite3_stmt* statement, int position, std::string_view bytes);
  static int bind(sqlite3_stmt* statement, int position, std::nullptr_t);

  std::unique_ptr<std::int64_t> log_pages_ = std::make_unique<std::int64_t>(0);
  std::unique_ptr<sqlite3, Close> handle_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

// A write transaction, rolled back unless it was committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace cbundle

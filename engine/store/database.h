// SQLite connections, statements and transactions, closed by their destructors.
//
// Errors: corrupt where the file is damaged or not a database; unavailable for everything else that
// SQLite reports, such as no room, no memory, a failing disk.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

class Statement {
 public:
  // The rows of one run. The statement can be run again after they are destroyed.
  class Rows {
   public:
    explicit Rows(sqlite3_stmt* statement, int bind_code)
        : statement_(statement), bind_code_(bind_code) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows();

    // Steps to the next row, if there is one. Values of the row before are invalid then.
    Result<bool> next();

    std::int64_t integer(int column) const;
    std::string_view bytes(int column) const;
    bool is_null(int column) const;

   private:
    sqlite3_stmt* statement_;
    int bind_code_;
  };

  // Values in the order of the ?s: integers, bytes (std::string_view) and NULL (nullptr). Bytes
  // must live as long as the rows.
  template <class... Values>
  Rows run(const Values&... values) {
    int code = SQLITE_OK;
    int position = 0;
    ((code = code == SQLITE_OK ? bind(++position, values) : code), ...);
    return Rows(statement_.get(), code);
  }

  // Runs it and ignores its rows.
  template <class... Values>
  Result<void> execute(const Values&... values) {
    Rows rows = run(values...);
    auto stepped = rows.next();
    if (!stepped) return std::move(stepped).error();
    return {};
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  int bind(int position, std::int64_t value);
  int bind(int position, std::string_view bytes);
  int bind(int position, std::nullptr_t);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One connection, for one thread at a time. It must outlive its statements.
class Database {
 public:
  enum class Mode { open, create };

  static Result<Database> open(const std::filesystem::path& path, Mode mode);

  Result<void> execute(const std::string& sql);  // one or more statements; ignores rows
  Result<Statement> prepare(std::string_view sql);
  Result<std::int64_t> integer(std::string_view sql);  // first column of the first row
  std::int64_t changed_rows() const { return sqlite3_changes64(handle_.get()); }  // by the last one
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
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<std::int64_t> log_pages_ = std::make_unique<std::int64_t>(0);
  std::unique_ptr<sqlite3, Close> handle_;
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

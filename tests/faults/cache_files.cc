// A cache whose files were changed while no daemon ran: bits flipped, files cut, foreign databases.
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>

#include "tests/faults/part.h"
#include "tests/faults/workplace.h"

namespace cbundle::faults {
namespace {

namespace fs = std::filesystem;

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Connection open(const fs::path& database) {
  sqlite3* connection = nullptr;
  sqlite3_open(database.c_str(), &connection);
  return {connection, sqlite3_close};
}

// The rows of a query, as texts.
std::vector<std::vector<std::string>> rows_of(sqlite3* connection, const std::string& query) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [](void* to, int columns, char** values, char**) {
    std::vector<std::string> row;
    for (int i = 0; i < columns; ++i) row.emplace_back(values[i] == nullptr ? "" : values[i]);
    static_cast<std::vector<std::vector<std::string>>*>(to)->push_back(std::move(row));
    return 0;
  };
  sqlite3_exec(connection, query.c_str(), add, &rows, nullptr);
  return rows;
}

void flip_bit(const fs::path& file, std::uint64_t at) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(static_cast<std::streamoff>(at));
  const int byte = stream.get();
  stream.clear();
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ 4));
}

// A change of the cache's directory.
struct Change {
  std::string text;
  std::function<void(const fs::path& cache)> make;
};

// One bit of each column of each row. SQL turns a blob to hex and back.
void add_row_flips(const fs::path& cache, std::vector<Change>& changes) {
  const Connection database = open(cache / "store.db");
  for (const auto& table : rows_of(database.get(),
                                   "SELECT name FROM sqlite_schema WHERE "
                                   "type = 'table' AND name NOT LIKE 'sqlite_%'")) {
    for (const auto& column :
         rows_of(database.get(), "SELECT name FROM pragma_table_info('" + table[0] + "')")) {
      for (const auto& row : rows_of(database.get(), "SELECT rowid FROM " + table[0])) {
        const std::string at = table[0] + "." + column[0] + " of row " + row[0];
        const std::string sql =
            "UPDATE OR IGNORE " + table[0] + " SET " + column[0] + " = CASE typeof(" + column[0] +
            ") WHEN 'blob' THEN CAST(x'04' || substr(" + column[0] +
            ", 2) AS BLOB) WHEN 'text' THEN 'x' || substr(" + column[0] +
            ", 2) WHEN 'null' THEN x'00' ELSE " + column[0] + " + 4 END WHERE rowid = " + row[0];
        changes.push_back({at, [sql](const fs::path& directory) {
                             const Connection writable = open(directory / "store.db");
                             sqlite3_exec(writable.get(), sql.c_str(), nullptr, nullptr, nullptr);
                           }});
      }
    }
  }
}

std::vector<fs::path> files_in(const fs::path& cache) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(cache));
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Change> flips(const fs::path& cache) {
  std::vector<Change> changes;
  add_row_flips(cache, changes);
  for (const fs::path& file : files_in(cache)) {
    const std::uint64_t size = fs::file_size(cache / file);
    for (std::uint64_t at = 0; at < size; at += size / 64 + 1) {
      changes.push_back({"byte " + std::to_string(at) + " of " + file.native(),
                         [=](const fs::path& directory) { flip_bit(directory / file, at); }});
    }
  }
  return changes;
}

std::vector<Change> truncations(const fs::path& cache) {
  constexpr std::uint64_t page = 16 << 10;
  std::vector<Change> changes;
  for (const fs::path& file : files_in(cache)) {
    const std::uint64_t size = fs::file_size(cache / file);
    for (std::uint64_t at = 0; at < size; at += page) {
      for (const std::uint64_t length : {at, at + 100}) {
        if (length >= size) continue;
        changes.push_back(
            {file.native() + " cut to " + std::to_string(length) + " bytes",
             [=](const fs::path& directory) { fs::resize_file(directory / file, length); }});
      }
    }
  }
  return changes;
}

Change by_sql(const std::string& sql) {
  return {sql, [sql](const fs::path& directory) {
            const Connection database = open(directory / "store.db");
            sqlite3_exec(database.get(), sql.c_str(), nullptr, nullptr, nullptr);
          }};
}

std::vector<Change> foreign_databases(const fs::path&) {
  std::vector<Change> changes;
  for (const char* sql :
       {"PRAGMA user_version = 0", "PRAGMA user_version = 1", "PRAGMA user_version = 999",
        "PRAGMA application_id = 42", "DROP TABLE entry", "DROP TABLE blob", "DROP TABLE note",
        "ALTER TABLE entry ADD COLUMN more", "ALTER TABLE blob RENAME TO other", "DELETE FROM blob",
        "DELETE FROM entry", "DELETE FROM note", "UPDATE entry SET output = 0",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM blob; END"}) {
    changes.push_back(by_sql(sql));
  }
  const auto replace = [&](const std::string& text, const std::string& content) {
    changes.push_back(
        {text, [content](const fs::path& at) { write_file(at / "store.db", content); }});
  };
  replace("an empty file", "");
  replace("text", "this is not a database\n");
  replace("zeros", std::string(65536, '\0'));
  changes.push_back({"a directory in its place", [](const fs::path& at) {
                       fs::remove(at / "store.db");
                       fs::create_directory(at / "store.db");
                     }});
  changes.push_back({"a link to nothing in its place", [](const fs::path& at) {
                       fs::remove(at / "store.db");
                       fs::create_symlink("/nonexistent/store.db", at / "store.db");
                     }});
  changes.push_back(
      {"no directory of blobs", [](const fs::path& at) { fs::remove_all(at / "blobs"); }});
  changes.push_back({"a log of noise", [](const fs::path& at) {
                       write_file(at / "store.db-wal", std::string(40'000, 'x'));
                     }});
  return changes;
}

// Changes the files of a cache that a few builds have filled, then builds again with it.
class CacheFilePart final : public Part {
 public:
  using Changes = std::vector<Change> (*)(const fs::path& cache);
  CacheFilePart(fs::path programs, std::string_view name, std::string_view title, Changes changes)
      : programs_(std::move(programs)), name_(name), title_(title), changes_of_(changes) {}

  std::string_view name() const override { return name_; }
  std::string_view title() const override { return title_; }

  std::size_t size() override {
    if (!place_) fill();
    return changes_.size();
  }

  std::string run(std::size_t number) override {
    size();
    place_->remove_cache();
    fs::copy(place_->path() / "filled", place_->cache(), fs::copy_options::recursive);
    fs::permissions(place_->cache(), fs::perms::owner_all);
    changes_[number].make(place_->cache());
    std::string wrong;
    for (int round = 0; round < 2; ++round) {  // what is damaged is replaced
      const Answer answer = place_->answer(build());
      if (answer != wanted_) wrong += "answers: " + text_of(answer) + "; ";
    }
    wrong += place_->stop();
    return wrong.empty() ? wrong : changes_[number].text + ": " + wrong;
  }

 private:
  Command build() const { return place_->build(place_->path() / "src", arguments_); }

  void fill() {
    place_.emplace(programs_);
    make_sources(place_->path() / "src");
    // Large enough for a file of its own.
    write_file(place_->path() / "src" / "big.c",
               "__attribute__((visibility(\"hidden\"))) const char table[200000] = {1};\n");
    run_compiler();
    arguments_ = {"--export", "run", "--", "a.o", "b.o", "big.o"};
    wanted_ = place_->uncached(build());
    place_->answer(build());
    place_->answer(build());
    place_->answer(place_->build(place_->path() / "src", usual_arguments()));
    place_->stop();
    fs::rename(place_->cache(), place_->path() / "filled");
    changes_ = changes_of_(place_->path() / "filled");
  }

  void run_compiler() const {
    faults::run({{"/usr/bin/cc", "-O2", "-fpic", "-ffreestanding", "-c", "-o", "big.o", "big.c"},
                 place_->path() / "src",
                 {{"PATH", "/usr/bin:/bin"}}},
                std::chrono::seconds(60));
  }

  fs::path programs_;
  std::string_view name_;
  std::string_view title_;
  Changes changes_of_;
  std::optional<Workplace> place_;
  std::vector<std::string> arguments_;
  Answer wanted_;
  std::vector<Change> changes_;
};

}  // namespace

Parts cache_file_parts(const fs::path& programs) {
  Parts parts;
  parts.push_back(std::make_unique<CacheFilePart>(
      programs, "flips", "a bit flipped in each column of each row, and along each file", flips));
  parts.push_back(std::make_unique<CacheFilePart>(programs, "truncations",
                                                  "each file cut at each page", truncations));
  parts.push_back(std::make_unique<CacheFilePart>(
      programs, "foreign", "databases of other versions, other programs and none",
      foreign_databases));
  return parts;
}

}  // namespace cbundle::faults

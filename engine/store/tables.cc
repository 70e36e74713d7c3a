#include "engine/store/tables.h"

#include <algorithm>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "engine/store/schema.h"

namespace cbundle {

Result<Tables::Statements> Tables::prepare(Database& database) {
  return Statements{
      .pages = TRY(database.prepare("PRAGMA page_count")),
      .free_pages = TRY(database.prepare("PRAGMA freelist_count")),
      .entry_of_key = TRY(database.prepare("SELECT id, output FROM entry WHERE key=?")),
      .any_entry_of_blob = TRY(database.prepare("SELECT 1 FROM entry WHERE output=? LIMIT 1")),
      .oldest_entry =
          TRY(database.prepare("SELECT id, output, used FROM entry ORDER BY used LIMIT 1")),
      .oldest_note = TRY(database.prepare("SELECT id, used FROM note ORDER BY used LIMIT 1")),
      .any_blob = TRY(database.prepare("SELECT digest FROM blob LIMIT 1")),
      .blob_of_digest =
          TRY(database.prepare("SELECT id, size, data IS NULL FROM blob WHERE digest=?")),
      .add_blob = TRY(database.prepare("INSERT INTO blob(digest, size, data) VALUES(?, ?, ?)")),
      .put_entry = TRY(database.prepare(
          "INSERT INTO entry(key, output, warnings, checksum, used) VALUES(?, ?, ?, ?, ?) "
          "ON CONFLICT(key) DO UPDATE SET output=excluded.output, warnings=excluded.warnings, "
          "checksum=excluded.checksum, used=excluded.used")),
      .drop_entry = TRY(database.prepare("DELETE FROM entry WHERE id=?")),
      .drop_entries_of_blob = TRY(database.prepare("DELETE FROM entry WHERE output=?")),
      .drop_blob = TRY(database.prepare("DELETE FROM blob WHERE id=?")),
      .put_note = TRY(database.prepare(
          "INSERT OR REPLACE INTO note(key, text, checksum, used) VALUES(?, ?, ?, ?)")),
      .drop_note = TRY(database.prepare("DELETE FROM note WHERE key=?")),
      .drop_old_note = TRY(database.prepare("DELETE FROM note WHERE id=?")),
      .set_entry_use = TRY(database.prepare("UPDATE entry SET used=?2 WHERE key=?1 AND used<?2")),
      .set_note_use = TRY(database.prepare("UPDATE note SET used=?2 WHERE key=?1 AND used<?2")),
      .set_counter =
          TRY(database.prepare("INSERT OR REPLACE INTO counter(name, value) VALUES(?, ?)")),
      .set_total = TRY(database.prepare("UPDATE total SET file_bytes=?")),
  };
}

Result<std::unique_ptr<Tables>> Tables::open(const CacheDirectory& directory,
                                             const BlobFiles& files, const SizeLimit& limit) {
  Database database = TRY(open_database(directory.database()));
  // With spilling, pages could reach the log before the commit, and then twice.
  std::string sql = "PRAGMA cache_spill=OFF; PRAGMA cache_size=-16384";
  if (limit.max_pages() > 0) {
    sql += "; PRAGMA max_page_count=" + std::to_string(limit.max_pages());
  }
  TRY(database.execute(sql));
  TRY(database.checkpoint(SQLITE_CHECKPOINT_PASSIVE));  // the log of a killed process
  Statements statements = TRY(prepare(database));
  const std::int64_t file_bytes = TRY(database.integer("SELECT file_bytes FROM total"));
  return std::unique_ptr<Tables>(
      new Tables(directory, files, std::move(database), std::move(statements),
                 static_cast<std::uint64_t>(std::max<std::int64_t>(file_bytes, 0))));
}

Tables::Tables(const CacheDirectory& directory, const BlobFiles& files, Database database,
               Statements statements, std::uint64_t file_bytes)
    : directory_(directory),
      files_(files),
      database_(std::move(database)),
      statements_(std::move(statements)),
      broken_bytes_(directory.broken_bytes()),
      file_bytes_(file_bytes),
      file_bytes_before_(file_bytes) {}

void Tables::committed() {
  for (const Digest& digest : dropped_files_) files_.remove(digest);
  dropped_files_.clear();
  added_files_.clear();
  dropped_bytes_ = 0;
  file_bytes_before_ = file_bytes_;
}

void Tables::rolled_back() {
  for (const Digest& digest : added_files_) files_.remove(digest);
  dropped_files_.clear();
  added_files_.clear();
  dropped_bytes_ = 0;
  file_bytes_ = file_bytes_before_;
}

Result<void> Tables::insert(const Record& record) {
  if (record.is_note) return insert_note(record);
  const auto& [output, warnings] = record.entry;
  TRY(add_blob(output, record.blob));
  std::optional<Digest> replaced;
  {
    Statement::Rows rows = statements_.entry_of_key.run(record.key.digest.raw());
    if (TRY(rows.next())) replaced = Digest::from_bytes(rows.bytes(1));
  }
  const Digest checksum = checksum_of(record.key, std::string(output.raw()) + warnings);
  TRY(statements_.put_entry.execute(record.key.digest.raw(), output.raw(),
                                    std::string_view(warnings), checksum.raw(), record.used));
  if (replaced && *replaced != output) static_cast<void>(TRY(drop_blob_row(*replaced)));
  return {};
}

Result<void> Tables::insert_note(const Record& record) {
  const Digest checksum = checksum_of(record.key, record.blob.text());
  return statements_.put_note.execute(record.key.digest.raw(), record.blob.text(), checksum.raw(),
                                      record.used);
}

Result<void> Tables::add_blob(const Digest& digest, const Blob& blob) {
  const auto size = static_cast<std::int64_t>(blob.size());
  bool is_known = false;
  bool is_file = blob.size() > max_inline_blob;
  {
    Statement::Rows rows = statements_.blob_of_digest.run(digest.raw());
    is_known = TRY(rows.next());
    if (is_known) is_file = rows.integer(2) != 0;
  }
  if (is_file) TRY(write_file(digest, blob));
  if (is_known) return {};
  if (!is_file) return statements_.add_blob.execute(digest.raw(), size, blob.text());
  TRY(statements_.add_blob.execute(digest.raw(), size, nullptr));
  return set_file_bytes(file_bytes_ + BlobFiles::disk_bytes(blob.size()));
}

Result<void> Tables::write_file(const Digest& digest, const Blob& blob) {
  std::erase(dropped_files_, digest);
  if (files_.has(digest)) return {};
  TRY(files_.write(digest, blob));
  added_files_.push_back(digest);
  return {};
}

Result<bool> Tables::drop_entry(const StageKey& key) {
  std::int64_t id = 0;
  std::optional<Digest> output;
  {
    Statement::Rows rows = statements_.entry_of_key.run(key.digest.raw());
    if (!TRY(rows.next())) return false;
    id = rows.integer(0);
    output = Digest::from_bytes(rows.bytes(1));
  }
  TRY(drop_row(id, output.value_or(Digest())));
  return true;
}

Result<bool> Tables::drop_blob(const Digest& digest) {
  TRY(statements_.drop_entries_of_blob.execute(digest.raw()));
  return drop_blob_row(digest);
}

Result<bool> Tables::drop_note(const StageKey& key) {
  TRY(statements_.drop_note.execute(key.digest.raw()));
  return database_.changed_rows() > 0;
}

Result<bool> Tables::drop_oldest() {
  std::optional<std::int64_t> note;
  std::int64_t note_used = 0;
  {
    Statement::Rows rows = statements_.oldest_note.run();
    if (TRY(rows.next())) {
      note = rows.integer(0);
      note_used = rows.integer(1);
    }
  }
  std::optional<std::int64_t> entry;
  Digest output;
  {
    Statement::Rows rows = statements_.oldest_entry.run();
    if (TRY(rows.next()) && (!note || rows.integer(2) <= note_used)) {
      entry = rows.integer(0);
      output = Digest::from_bytes(rows.bytes(1)).value_or(Digest());
    }
  }
  if (!entry && !note) return drop_any_blob();
  TRY(entry ? drop_row(*entry, output) : statements_.drop_old_note.execute(*note));
  return true;
}

Result<bool> Tables::drop_any_blob() {
  std::optional<Digest> digest;
  {
    Statement::Rows rows = statements_.any_blob.run();
    if (TRY(rows.next())) digest = Digest::from_bytes(rows.bytes(0));
  }
  if (digest) return drop_blob_row(*digest);
  if (file_bytes_ != 0) TRY(set_file_bytes(0));  // an empty store has no files, whatever it counted
  return false;
}

Result<void> Tables::drop_row(std::int64_t entry, const Digest& output) {
  TRY(statements_.drop_entry.execute(entry));
  static_cast<void>(TRY(drop_blob_row(output)));
  return {};
}

// Keeps a blob that an entry still refers to.
Result<bool> Tables::drop_blob_row(const Digest& digest) {
  {
    Statement::Rows rows = statements_.any_entry_of_blob.run(digest.raw());
    if (TRY(rows.next())) return false;
  }
  std::int64_t id = 0;
  std::uint64_t on_disk = 0;
  bool is_file = false;
  {
    Statement::Rows rows = statements_.blob_of_digest.run(digest.raw());
    if (!TRY(rows.next())) return false;
    id = rows.integer(0);
    on_disk = BlobFiles::disk_bytes(static_cast<std::uint64_t>(rows.integer(1)));
    is_file = rows.integer(2) != 0;
  }
  TRY(statements_.drop_blob.execute(id));
  if (!is_file) return true;
  dropped_files_.push_back(digest);
  dropped_bytes_ += std::min(on_disk, file_bytes_);
  TRY(set_file_bytes(file_bytes_ - std::min(on_disk, file_bytes_)));
  return true;
}

Result<void> Tables::set_file_bytes(std::uint64_t bytes) {
  file_bytes_ = bytes;
  return statements_.set_total.execute(static_cast<std::int64_t>(bytes));
}

void Tables::remove_broken() {
  if (broken_bytes_ == 0) return;
  directory_.remove_broken();
  broken_bytes_ = directory_.broken_bytes();
}

Result<void> Tables::set_uses(std::span<const Use> uses) {
  for (const auto& [key, used] : uses) {
    TRY(statements_.set_entry_use.execute(key.digest.raw(), used));
    TRY(statements_.set_note_use.execute(key.digest.raw(), used));
  }
  return {};
}

Result<void> Tables::set_counters(const Counters& counters) {
  for (const auto& [name, value] : counters) {
    TRY(statements_.set_counter.execute(std::string_view(name), static_cast<std::int64_t>(value)));
  }
  return {};
}

Result<void> Tables::vacuum(std::int64_t pages) {
  // Each row of this pragma is one page.
  Statement statement =
      TRY(database_.prepare("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")"));
  Statement::Rows rows = statement.run();
  while (TRY(rows.next())) {
  }
  return {};
}

Result<Counters> Tables::counters() {
  Counters counters;
  Statement statement = TRY(database_.prepare("SELECT name, value FROM counter"));
  Statement::Rows rows = statement.run();
  while (TRY(rows.next())) {
    counters[std::string(rows.bytes(0))] = static_cast<std::uint64_t>(rows.integer(1));
  }
  return counters;
}

Result<std::int64_t> Tables::newest_use() {
  const std::int64_t newest =
      TRY(database_.integer("SELECT max(ifnull((SELECT max(used) FROM entry), 0), "
                            "ifnull((SELECT max(used) FROM note), 0))"));
  // A damaged row must not make the next use overflow.
  return std::clamp<std::int64_t>(newest, 0, std::numeric_limits<std::int64_t>::max() / 2);
}

Result<bool> Tables::has_file(const Digest& digest) {
  Statement::Rows rows = statements_.blob_of_digest.run(digest.raw());
  return TRY(rows.next()) && rows.integer(2) != 0;
}

Result<SpaceUsed> Tables::space_used() {
  const auto count = [](Statement& statement) -> Result<std::int64_t> {
    Statement::Rows rows = statement.run();
    return TRY(rows.next()) ? rows.integer(0) : 0;
  };
  std::error_code failed;
  const std::uint64_t on_disk = std::filesystem::file_size(directory_.database(), failed);
  if (failed) {
    return Error{ErrorKind::evicted, "the cache's database " + directory_.database().string() +
                                         " is gone: " + failed.message()};
  }
  return SpaceUsed{.pages = TRY(count(statements_.pages)),
                   .free_pages = TRY(count(statements_.free_pages)),
                   .pages_on_disk = static_cast<std::int64_t>(on_disk / page_bytes),
                   .file_bytes = file_bytes_,
                   .dropped_bytes = dropped_bytes_,
                   .other_bytes = broken_bytes_};
}

Result<StoreSize> Tables::size() {
  const auto count = [this](std::string_view query) -> Result<std::uint64_t> {
    return static_cast<std::uint64_t>(TRY(database_.integer(query)));
  };
  return StoreSize{
      .entries = TRY(count("SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM note)")),
      .blobs = TRY(count("SELECT count(*) FROM blob")),
      .bytes = directory_.bytes_without_blobs() + file_bytes_};
}

}  // namespace cbundle

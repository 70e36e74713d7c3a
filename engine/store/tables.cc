#include "engine/store/tables.h"

#include <algorithm>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "engine/store/schema.h"

namespace cbundle {

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
  const std::int64_t file_bytes = TRY(database.integer("SELECT file_bytes FROM total"));
  return std::unique_ptr<Tables>(
      new Tables(directory, files, std::move(database),
                 static_cast<std::uint64_t>(std::max<std::int64_t>(file_bytes, 0))));
}

Tables::Tables(const CacheDirectory& directory, const BlobFiles& files, Database database,
               std::uint64_t file_bytes)
    : directory_(directory),
      files_(files),
      database_(std::move(database)),
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

Result<std::optional<Tables::EntryRow>> Tables::entry_row(const StageKey& key) {
  Rows rows = TRY(database_.query("SELECT id, blob FROM entry WHERE key=?", key.digest.raw()));
  if (!TRY(rows.next())) return std::optional<EntryRow>();
  return std::optional(EntryRow{rows.integer(0), rows.integer(1)});
}

Result<std::optional<Tables::BlobRow>> Tables::blob_row(const Digest& digest) {
  Rows rows =
      TRY(database_.query("SELECT id, size, data IS NULL FROM blob WHERE digest=?", digest.raw()));
  if (!TRY(rows.next())) return std::optional<BlobRow>();
  return std::optional(BlobRow{rows.integer(0), digest, static_cast<std::uint64_t>(rows.integer(1)),
                               rows.integer(2) != 0});
}

Result<std::optional<Tables::BlobRow>> Tables::blob_row(std::int64_t id) {
  Rows rows = TRY(database_.query("SELECT digest, size, data IS NULL FROM blob WHERE id=?", id));
  if (!TRY(rows.next())) return std::optional<BlobRow>();
  return std::optional(BlobRow{id, Digest::from_bytes(rows.bytes(0)).value_or(Digest()),
                               static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2) != 0});
}

Result<void> Tables::insert(const Record& record) {
  const std::string_view key = record.key.digest.raw();
  if (record.is_note) {
    const Digest checksum = checksum_of(record.key, record.blob.text());
    return database_.run(
        "INSERT OR REPLACE INTO note(key, text, checksum, used) VALUES(?, ?, ?, ?)", key,
        record.blob.text(), checksum.raw(), record.used);
  }
  const auto& [output, warnings] = record.entry;
  const std::int64_t blob = TRY(add_blob(output, record.blob));
  const std::optional<EntryRow> replaced = TRY(entry_row(record.key));
  const Digest checksum = checksum_of(record.key, std::string(output.raw()) + warnings);
  TRY(database_.run(
      "INSERT INTO entry(key, blob, warnings, checksum, used) VALUES(?, ?, ?, ?, ?) "
      "ON CONFLICT(key) DO UPDATE SET blob=excluded.blob, warnings=excluded.warnings, "
      "checksum=excluded.checksum, used=excluded.used",
      key, blob, std::string_view(warnings), checksum.raw(), record.used));
  if (replaced && replaced->blob != blob) static_cast<void>(TRY(drop_if_unused(replaced->blob)));
  return {};
}

// Returns its id.
Result<std::int64_t> Tables::add_blob(const Digest& digest, const Blob& blob) {
  const std::optional<BlobRow> known = TRY(blob_row(digest));
  const bool is_file = known ? known->is_file : blob.size() > max_inline_blob;
  if (is_file) TRY(write_file(digest, blob));
  if (known) return known->id;
  constexpr std::string_view add = "INSERT INTO blob(digest, size, data) VALUES(?, ?, ?)";
  const auto size = static_cast<std::int64_t>(blob.size());
  TRY(is_file ? database_.run(add, digest.raw(), size, nullptr)
              : database_.run(add, digest.raw(), size, blob.text()));
  const std::int64_t id = database_.last_row();
  if (is_file) TRY(set_file_bytes(file_bytes_ + BlobFiles::disk_bytes(blob.size())));
  return id;
}

Result<void> Tables::write_file(const Digest& digest, const Blob& blob) {
  std::erase(dropped_files_, digest);
  if (files_.has(digest)) return {};
  TRY(files_.write(digest, blob));
  added_files_.push_back(digest);
  return {};
}

Result<bool> Tables::drop_entry(const StageKey& key) {
  const std::optional<EntryRow> row = TRY(entry_row(key));
  if (row) TRY(drop_row(*row));
  return row.has_value();
}

Result<bool> Tables::drop_blob(const Digest& digest) {
  const std::optional<BlobRow> row = TRY(blob_row(digest));
  if (!row) return false;
  TRY(database_.run("DELETE FROM entry WHERE blob=?", row->id));
  TRY(drop_blob_row(*row));
  return true;
}

Result<bool> Tables::drop_note(const StageKey& key) {
  TRY(database_.run("DELETE FROM note WHERE key=?", key.digest.raw()));
  return database_.changed_rows() > 0;
}

Result<bool> Tables::drop_oldest() {
  std::optional<std::int64_t> note;
  std::int64_t note_used = 0;
  {
    Rows rows = TRY(database_.query("SELECT id, used FROM note ORDER BY used LIMIT 1"));
    if (TRY(rows.next())) {
      note = rows.integer(0);
      note_used = rows.integer(1);
    }
  }
  std::optional<EntryRow> entry;
  {
    Rows rows = TRY(database_.query("SELECT id, blob, used FROM entry ORDER BY used LIMIT 1"));
    if (TRY(rows.next()) && (!note || rows.integer(2) <= note_used)) {
      entry = {rows.integer(0), rows.integer(1)};
    }
  }
  if (!entry && !note) return drop_any_blob();
  TRY(entry ? drop_row(*entry) : database_.run("DELETE FROM note WHERE id=?", *note));
  return true;
}

Result<bool> Tables::drop_any_blob() {
  std::optional<std::int64_t> blob;
  {
    Rows rows = TRY(database_.query("SELECT id FROM blob LIMIT 1"));
    if (TRY(rows.next())) blob = rows.integer(0);
  }
  if (blob) return drop_if_unused(*blob);
  if (file_bytes_ != 0) TRY(set_file_bytes(0));  // an empty store has no files, whatever it counted
  return false;
}

Result<void> Tables::drop_row(const EntryRow& entry) {
  TRY(database_.run("DELETE FROM entry WHERE id=?", entry.id));
  static_cast<void>(TRY(drop_if_unused(entry.blob)));
  return {};
}

// Returns whether it was dropped: one that an entry still refers to is kept.
Result<bool> Tables::drop_if_unused(std::int64_t blob) {
  {
    Rows rows = TRY(database_.query("SELECT 1 FROM entry WHERE blob=? LIMIT 1", blob));
    if (TRY(rows.next())) return false;
  }
  const std::optional<BlobRow> row = TRY(blob_row(blob));
  if (row) TRY(drop_blob_row(*row));
  return row.has_value();
}

Result<void> Tables::drop_blob_row(const BlobRow& blob) {
  TRY(database_.run("DELETE FROM blob WHERE id=?", blob.id));
  if (!blob.is_file) return {};
  const std::uint64_t freed = std::min(BlobFiles::disk_bytes(blob.size), file_bytes_);
  dropped_files_.push_back(blob.digest);
  dropped_bytes_ += freed;
  return set_file_bytes(file_bytes_ - freed);
}

Result<void> Tables::set_file_bytes(std::uint64_t bytes) {
  file_bytes_ = bytes;
  return database_.run("UPDATE total SET file_bytes=?", static_cast<std::int64_t>(bytes));
}

void Tables::remove_broken() {
  if (broken_bytes_ == 0) return;
  directory_.remove_broken();
  broken_bytes_ = directory_.broken_bytes();
}

Result<void> Tables::set_uses(std::span<const Use> uses) {
  for (const auto& [key, used] : uses) {
    TRY(database_.run("UPDATE entry SET used=?2 WHERE key=?1 AND used<?2", key.digest.raw(), used));
    TRY(database_.run("UPDATE note SET used=?2 WHERE key=?1 AND used<?2", key.digest.raw(), used));
  }
  return {};
}

Result<void> Tables::set_counters(const Counters& counters) {
  for (const auto& [name, value] : counters) {
    TRY(database_.run("INSERT OR REPLACE INTO counter(name, value) VALUES(?, ?)",
                      std::string_view(name), static_cast<std::int64_t>(value)));
  }
  return {};
}

Result<void> Tables::vacuum(std::int64_t pages) {
  // Each row of this pragma is one page.
  Rows rows = TRY(database_.query("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")"));
  while (TRY(rows.next())) {
  }
  return {};
}

Result<Counters> Tables::counters() {
  Counters counters;
  Rows rows = TRY(database_.query("SELECT name, value FROM counter"));
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
  const std::optional<BlobRow> row = TRY(blob_row(digest));
  return row && row->is_file;
}

Result<SpaceUsed> Tables::space_used() {
  std::error_code failed;
  const std::uint64_t on_disk = std::filesystem::file_size(directory_.database(), failed);
  if (failed) {
    return Error{ErrorKind::evicted, "the cache's database " + directory_.database().string() +
                                         " is gone: " + failed.message()};
  }
  return SpaceUsed{.pages = TRY(database_.integer("PRAGMA page_count")),
                   .free_pages = TRY(database_.integer("PRAGMA freelist_count")),
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

#include "engine/store/reader.h"

#include <utility>

#include "engine/store/schema.h"

namespace cbundle {

Result<Reader> Reader::open(const std::filesystem::path& path) {
  Database database = TRY(connect(path));
  Statement find =
      TRY(database.prepare("SELECT output, warnings, checksum FROM entry WHERE key=?"));
  Statement note = TRY(database.prepare("SELECT text, checksum FROM note WHERE key=?"));
  Statement load = TRY(database.prepare("SELECT data FROM blob WHERE digest=?"));
  return Reader(std::move(database), std::move(find), std::move(note), std::move(load));
}

Result<std::optional<FoundEntry>> Reader::find(const StageKey& key) {
  Statement::Rows rows = find_.run(key.digest.raw());
  if (!TRY(rows.next())) return std::optional<FoundEntry>();
  const auto output = Digest::from_bytes(rows.bytes(0));
  FoundEntry found{.entry = {output.value_or(Digest()), std::string(rows.bytes(1))}};
  const Digest checksum =
      checksum_of(key, std::string(found.entry.output.raw()) + found.entry.warnings);
  found.is_intact = output && rows.bytes(2) == checksum.raw();
  return std::optional(std::move(found));
}

Result<std::optional<FoundNote>> Reader::note(const StageKey& key) {
  Statement::Rows rows = note_.run(key.digest.raw());
  if (!TRY(rows.next())) return std::optional<FoundNote>();
  const bool is_intact = rows.bytes(1) == checksum_of(key, rows.bytes(0)).raw();
  return std::optional(FoundNote{std::string(rows.bytes(0)), is_intact});
}

Result<std::optional<FoundBlob>> Reader::load(const Digest& digest) {
  Statement::Rows rows = load_.run(digest.raw());
  if (!TRY(rows.next())) return std::optional<FoundBlob>();
  if (rows.is_null(0)) return std::optional(FoundBlob{.is_file = true, .blob = {}});
  return std::optional(FoundBlob{.is_file = false, .blob = Blob(std::string(rows.bytes(0)))});
}

}  // namespace cbundle

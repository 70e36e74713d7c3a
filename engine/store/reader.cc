#include "engine/store/reader.h"

#include <utility>

#include "engine/store/schema.h"

namespace cbundle {

Result<Reader> Reader::open(const std::filesystem::path& database) {
  return Reader(TRY(connect(database)));
}

Result<std::optional<FoundRow<Entry>>> Reader::find(const StageKey& key) {
  Rows rows =
      TRY(database_.query("SELECT digest, warnings, checksum FROM entry "
                          "LEFT JOIN blob ON blob.id=entry.blob WHERE key=?",
                          key.digest.raw()));
  if (!TRY(rows.next())) return std::optional<FoundRow<Entry>>();
  const auto output = Digest::from_bytes(rows.bytes(0));
  FoundRow<Entry> found{.value = {output.value_or(Digest()), std::string(rows.bytes(1))}};
  const Digest checksum =
      checksum_of(key, std::string(found.value.output.raw()) + found.value.warnings);
  found.is_intact = output && rows.bytes(2) == checksum.raw();
  return std::optional(std::move(found));
}

Result<std::optional<FoundRow<std::string>>> Reader::note(const StageKey& key) {
  Rows rows = TRY(database_.query("SELECT text, checksum FROM note WHERE key=?", key.digest.raw()));
  if (!TRY(rows.next())) return std::optional<FoundRow<std::string>>();
  const bool is_intact = rows.bytes(1) == checksum_of(key, rows.bytes(0)).raw();
  return std::optional(FoundRow<std::string>{std::string(rows.bytes(0)), is_intact});
}

Result<std::optional<FoundBlob>> Reader::load(const Digest& digest) {
  Rows rows = TRY(database_.query("SELECT data FROM blob WHERE digest=?", digest.raw()));
  if (!TRY(rows.next())) return std::optional<FoundBlob>();
  if (rows.is_null(0)) return std::optional(FoundBlob{.is_file = true, .blob = {}});
  return std::optional(FoundBlob{.is_file = false, .blob = Blob(std::string(rows.bytes(0)))});
}

Result<std::vector<Digest>> Reader::names(std::string_view query, const Digest& last) {
  std::vector<Digest> names;
  Rows rows = TRY(database_.query(query, last.raw()));
  while (TRY(rows.next())) {
    if (const auto name = Digest::from_bytes(rows.bytes(0))) names.push_back(*name);
  }
  return names;
}

Result<std::vector<Digest>> Reader::digests_after(const Digest& last) {
  return names("SELECT digest FROM blob WHERE digest>? ORDER BY digest LIMIT 1000", last);
}

Result<std::vector<Digest>> Reader::entries_after(const Digest& last) {
  return names("SELECT key FROM entry WHERE key>? ORDER BY key LIMIT 1000", last);
}

Result<std::vector<Digest>> Reader::notes_after(const Digest& last) {
  return names("SELECT key FROM note WHERE key>? ORDER BY key LIMIT 1000", last);
}

}  // namespace cbundle

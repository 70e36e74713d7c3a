#include "engine/store/readers.h"

#include <string>
#include <utility>

#include "engine/store/schema.h"

namespace cbundle {

Result<Reader> Reader::open(const std::filesystem::path& path) {
  Database database = TRY(connect(path));
  Statement find =
      TRY(database.prepare("SELECT id, output, warnings, seal FROM entry WHERE key=?"));
  Statement load = TRY(database.prepare("SELECT data FROM blob WHERE digest=?"));
  return Reader(std::move(database), std::move(find), std::move(load));
}

Result<std::optional<FoundEntry>> Reader::find(const StageKey& key) {
  Statement::Rows rows = find_.run(key.digest.raw());
  if (!TRY(rows.next())) return std::optional<FoundEntry>();
  FoundEntry found;
  found.id = rows.integer(0);
  const auto output = Digest::from_bytes(rows.bytes(1));
  found.entry.warnings = rows.bytes(2);
  if (output) found.entry.output = *output;
  found.is_intact = output && rows.bytes(3) == seal_of(key, *output, found.entry.warnings).raw();
  return std::optional(std::move(found));
}

Result<std::optional<FoundBlob>> Reader::load(const Digest& digest) {
  Statement::Rows rows = load_.run(digest.raw());
  if (!TRY(rows.next())) return std::optional<FoundBlob>();
  if (rows.is_null(0)) return std::optional(FoundBlob{.is_file = true, .blob = {}});
  return std::optional(FoundBlob{.is_file = false, .blob = Blob(std::string(rows.bytes(0)))});
}

Result<bool> Reader::has_file(const Digest& digest) {
  Statement statement =
      TRY(database_.prepare("SELECT 1 FROM blob WHERE digest=? AND data IS NULL"));
  return statement.run(digest.raw()).next();
}

Result<Census> Reader::census() {
  Census census;
  census.entries = static_cast<std::uint64_t>(TRY(database_.integer("SELECT count(*) FROM entry")));
  census.blobs = static_cast<std::uint64_t>(TRY(database_.integer("SELECT count(*) FROM blob")));
  census.file_bytes =
      static_cast<std::uint64_t>(TRY(database_.integer("SELECT file_bytes FROM total")));
  return census;
}

Result<Readers::Lent> Readers::lend() {
  if (auto idle = idle_.lock(); !idle->empty()) {
    Lent lent(idle->back().release(), Return{this});
    idle->pop_back();
    return lent;
  }
  Reader fresh = TRY(Reader::open(database_));
  return Lent(std::make_unique<Reader>(std::move(fresh)).release(), Return{this});
}

void Readers::take_back(std::unique_ptr<Reader> reader) {
  constexpr std::size_t kept = 16;
  auto idle = idle_.lock();
  if (idle->size() < kept) idle->push_back(std::move(reader));
}

}  // namespace cbundle

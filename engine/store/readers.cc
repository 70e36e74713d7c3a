#include "engine/store/readers.h"

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

Result<ReaderPool::Lease> ReaderPool::acquire() {
  std::shared_lock lock(mutex_);
  if (auto idle = idle_.lock(); !idle->empty()) {
    Reader reader = std::move(idle->back());
    idle->pop_back();
    return Lease(*this, std::move(lock), std::move(reader));
  }
  return Lease(*this, std::move(lock), TRY(Reader::open(database_)));
}

void ReaderPool::release(Reader reader) {
  constexpr std::size_t max_idle = 16;
  auto idle = idle_.lock();
  if (idle->size() < max_idle) idle->push_back(std::move(reader));
}

std::unique_lock<std::shared_mutex> ReaderPool::close() {
  std::unique_lock lock(mutex_);
  idle_.lock()->clear();
  return lock;
}

}  // namespace cbundle

#include "engine/store/sqlite_store.h"

#include <mutex>
#include <utility>

#include "engine/store/shelf.h"

namespace cbundle {

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& directory,
                                                       std::uint64_t max_bytes,
                                                       OnCacheWarning on_cache_warning) {
  auto shelf = TRY(Shelf::open(directory, max_bytes, Shelf::Start::as_found, on_cache_warning));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(directory, max_bytes, std::move(on_cache_warning), std::move(shelf)));
}

SqliteStore::SqliteStore(std::filesystem::path directory, std::uint64_t max_bytes,
                         OnCacheWarning on_cache_warning, std::unique_ptr<Shelf> shelf)
    : directory_(std::move(directory)),
      max_bytes_(max_bytes),
      on_cache_warning_(std::move(on_cache_warning)),
      shelf_(std::move(shelf)) {}

SqliteStore::~SqliteStore() = default;

template <class Operation>
auto SqliteStore::on_shelf(Operation operation) -> decltype(operation(std::declval<Shelf&>())) {
  std::shared_lock lock(mutex_);
  if (!shelf_) {
    return Error{ErrorKind::unavailable,
                 "the cache in " + directory_.string() + " is off until cbundled starts again"};
  }
  auto result = operation(*shelf_);
  if (shelf_->damage() == Shelf::Damage::none) return result;
  lock.unlock();
  begin_anew();
  return result;
}

// A damaged database is of no more use. All who are in it leave first.
void SqliteStore::begin_anew() {
  const std::lock_guard lock(mutex_);
  if (!shelf_ || shelf_->damage() == Shelf::Damage::none) return;  // another thread was first
  const bool is_there = shelf_->damage() == Shelf::Damage::contents;
  const std::string happened =
      "the cache in " + directory_.string() + " is damaged: " + shelf_->cause_of_damage();
  const Counters counters = shelf_->counters();
  shelf_.reset();

  constexpr int most = 3;  // a disk that does it again and again is no place for a cache
  if (++begun_anew_ > most) {
    on_cache_warning_(happened + "\n  that was too often; it is off until cbundled starts again");
    return;
  }
  auto fresh =
      Shelf::open(directory_, max_bytes_, is_there ? Shelf::Start::anew : Shelf::Start::as_found,
                  on_cache_warning_);
  if (!fresh) {
    on_cache_warning_(happened +
                      "\n  it is off until cbundled starts again: " + fresh.error().text());
    return;
  }
  on_cache_warning_(happened + (is_there ? "\n  it is set aside, and" : "\n ") +
                    " the cache begins anew");
  shelf_ = std::move(fresh).value();
  for (const auto& [name, value] : counters) shelf_->count(name, value);
}

Result<std::optional<Entry>> SqliteStore::find(const StageKey& key) {
  return on_shelf([&](Shelf& shelf) { return shelf.find(key); });
}

Result<std::optional<Blob>> SqliteStore::load(const Digest& digest) {
  return on_shelf([&](Shelf& shelf) { return shelf.load(digest); });
}

Result<void> SqliteStore::put(const StageKey& key, const Entry& entry, const Blob& blob) {
  const Item item{key, entry, blob};
  return on_shelf([&](Shelf& shelf) { return shelf.put(item); });
}

// One that cannot be kept must not take the others with it.
std::vector<Result<void>> SqliteStore::put_all(std::span<const Item> items) {
  const auto together = [&](Shelf& shelf) { return shelf.put_together(items); };
  if (items.size() > 1 && on_shelf(together)) return {items.size(), Result<void>()};
  return Store::put_all(items);
}

void SqliteStore::let_go() {
  const std::shared_lock lock(mutex_);
  if (shelf_) shelf_->let_go();
}

Result<std::uint64_t> SqliteStore::trim(std::uint64_t max_bytes) {
  return on_shelf([&](Shelf& shelf) { return shelf.trim(max_bytes); });
}

Result<StoreSize> SqliteStore::size() {
  return on_shelf([](Shelf& shelf) { return shelf.size(); });
}

void SqliteStore::count(std::string_view name, std::uint64_t by) {
  const std::shared_lock lock(mutex_);
  if (shelf_) shelf_->count(name, by);
}

Result<Counters> SqliteStore::counters() {
  return on_shelf([](Shelf& shelf) { return Result<Counters>(shelf.counters()); });
}

}  // namespace cbundle

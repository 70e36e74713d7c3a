#include "engine/store/disk_cache.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cbundle {
namespace {

constexpr std::chrono::milliseconds drop_pages_after{20};  // the first miss of a build
constexpr std::chrono::seconds flush_after{1};  // the first use or count that is not written

Error too_large(std::size_t size, std::uint64_t max_bytes) {
  return {ErrorKind::unavailable,
          "a result of " + std::to_string(size) + " bytes does not fit into a cache of " +
              std::to_string(max_bytes),
          "set CBUNDLE_MAX_SIZE to more"};
}

}  // namespace

Result<std::unique_ptr<DiskCache>> DiskCache::open(const std::filesystem::path& directory,
                                                   std::uint64_t max_bytes,
                                                   OnCacheWarning on_cache_warning,
                                                   const Clock& clock) {
  std::unique_ptr<DiskCache> cache(
      new DiskCache(directory, max_bytes, std::move(on_cache_warning), clock));
  TRY(cache->start());
  return cache;
}

DiskCache::DiskCache(std::filesystem::path directory, std::uint64_t max_bytes,
                     OnCacheWarning on_cache_warning, const Clock& clock)
    : directory_(std::move(directory)),
      limit_(max_bytes),
      on_cache_warning_(std::move(on_cache_warning)),
      clock_(clock),
      files_(directory_ / "blobs"),
      page_cache_(files_) {}

Result<void> DiskCache::start() {
  writer_ = TRY(open_writer(CacheWriter::Start::existing));
  counters_ = TRY(writer_->counters());
  newest_use_ = TRY(writer_->newest_use());
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    return Error{ErrorKind::unavailable,
                 std::string("cannot start the cache thread: ") + error.what()};
  }
  return {};
}

DiskCache::~DiskCache() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  work_cv_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Error DiskCache::off_error() const {
  return {ErrorKind::unavailable,
          "the cache in " + directory_.string() + " is off until cbundled starts again"};
}

Result<std::optional<Entry>> DiskCache::find(const StageKey& key) {
  const auto pending = find_pending([&](const Record& r) { return !r.is_note && r.key == key; });
  if (pending) {
    note_use(key);
    return std::optional(pending->entry);
  }
  std::optional<Entry> found = TRY(find_row(&Reader::find, &Tables::drop_entry, key));
  found ? page_cache_.on_found(found->output) : drop_pages_soon();
  return found;
}

Result<std::optional<std::string>> DiskCache::note(const StageKey& key) {
  const auto pending = find_pending([&](const Record& r) { return r.is_note && r.key == key; });
  if (pending) {
    note_use(key);
    return std::optional(std::string(pending->blob.text()));
  }
  return find_row(&Reader::note, &Tables::drop_note, key);
}

// A row of the database is dropped if its checksum is wrong, and used otherwise.
template <class T>
Result<std::optional<T>> DiskCache::find_row(
    Result<std::optional<FoundRow<T>>> (Reader::*query)(const StageKey&),
    Result<bool> (Tables::*drop_row)(const StageKey&), const StageKey& key) {
  auto found = TRY(read(query, key));
  if (!found) return std::optional<T>();
  if (!found->is_intact) {
    drop([&](Tables& tables) { return (tables.*drop_row)(key); });
    return std::optional<T>();
  }
  note_use(key);
  return std::optional(std::move(found->value));
}

Result<std::optional<Blob>> DiskCache::load(const Digest& digest) {
  const auto pending =
      find_pending([&](const Record& r) { return !r.is_note && r.entry.output == digest; });
  if (pending) return std::optional(pending->blob);
  auto found = TRY(read(&Reader::load, digest));
  if (!found) return std::optional<Blob>();
  std::optional<Blob> blob = std::move(found->blob);
  if (found->is_file) {
    auto content = TRY(files_.read(digest));
    blob = content ? std::optional(Blob(*std::move(content))) : std::nullopt;
  }
  if (blob && Digest::of(blob->bytes()) == digest) return blob;
  drop([&](Tables& tables) { return tables.drop_blob(digest); });
  return std::optional<Blob>();
}

template <class Found, class Name>
Result<Found> DiskCache::read(Result<Found> (Reader::*query)(const Name&), const Name& name) {
  if (is_off_) return off_error();
  const int restarts = restarts_;
  auto found = [&]() -> Result<Found> {
    const std::shared_lock no_restart(reading_);
    Reader reader = TRY(acquire_reader());
    auto answer = (reader.*query)(name);
    release_reader(std::move(reader));
    return answer;
  }();
  if (!found && is_damage(found.error())) {
    run_on_writer([&] {
      if (restarts_ == restarts) restart(found.error());  // else it has been done meanwhile
    });
  }
  return found;
}

Result<Reader> DiskCache::acquire_reader() {
  {
    auto idle = idle_readers_.lock();
    if (!idle->empty()) {
      Reader reader = std::move(idle->back());
      idle->pop_back();
      return reader;
    }
  }
  return Reader::open(directory_ / "store.db");
}

void DiskCache::release_reader(Reader reader) {
  constexpr std::size_t max_idle = 16;
  auto idle = idle_readers_.lock();
  if (idle->size() < max_idle) idle->push_back(std::move(reader));
}

// The latest of those that match.
template <class Match>
std::optional<Record> DiskCache::find_pending(Match match) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(pending_.rbegin(), pending_.rend(), match);
  return found == pending_.rend() ? std::nullopt : std::optional(*found);
}

void DiskCache::drop(const std::function<Result<bool>(Tables&)>& drop_row) {
  const auto dropped = ask_writer<bool>([&](CacheWriter& writer) { return writer.drop(drop_row); });
  // Where another thread was first, or it was evicted, there is nothing to count.
  if (dropped && dropped.value()) count("store.corrupt");
}

void DiskCache::note_use(const StageKey& key) {
  {
    const std::lock_guard lock(mutex_);
    uses_[key] = ++newest_use_;
    if (flush_at_) return;
    flush_at_ = clock_.now() + flush_after;
  }
  work_cv_.notify_one();
}

// After a miss a stage will run. What the same build finds until then stays.
void DiskCache::drop_pages_soon() {
  if (!page_cache_.can_drop()) return;
  {
    const std::lock_guard lock(mutex_);
    if (drop_pages_at_) return;
    drop_pages_at_ = clock_.now() + drop_pages_after;
  }
  work_cv_.notify_one();
}

std::vector<Use> DiskCache::take_uses() {
  const std::lock_guard lock(mutex_);
  std::vector<Use> uses;
  uses.reserve(uses_.size());
  for (const auto& [key, used] : std::exchange(uses_, {})) uses.push_back({key, used});
  return uses;
}

Result<void> DiskCache::put(const StageKey& key, const Entry& entry, const Blob& blob) {
  return enqueue({key, entry, blob});
}

Result<void> DiskCache::put_note(const StageKey& key, std::string text) {
  return enqueue({key, {}, Blob(std::move(text)), true});
}

Result<void> DiskCache::enqueue(Record record) {
  constexpr std::uint64_t max_pending_bytes = 256 << 20;
  if (is_off_) return off_error();
  if (!limit_.can_ever_fit(space_for(record))) {
    count("store.not_kept");
    return too_large(record.blob.size(), limit_.max_bytes());
  }
  std::unique_lock lock(mutex_);
  drained_cv_.wait(lock, [this] { return pending_bytes_ < max_pending_bytes; });
  record.used = ++newest_use_;
  pending_bytes_ += record.blob.size();
  pending_.push_back(std::move(record));
  work_cv_.notify_one();
  if (unreported_.empty()) return {};
  Error error = std::move(unreported_.front());
  unreported_.pop_front();
  return error;
}

Result<void> DiskCache::flush() {
  run_on_writer([] {});
  const std::lock_guard lock(mutex_);
  if (unreported_.empty()) return {};
  Error error = std::move(unreported_.front());
  unreported_.clear();
  return error;
}

Result<std::uint64_t> DiskCache::trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) {
  const std::uint64_t before = TRY(size()).bytes;
  if (before <= max_bytes) return std::uint64_t{0};
  // What is left, where there is more to do.
  using Left = std::optional<std::uint64_t>;
  const auto step = [=](CacheWriter& writer) -> Result<Left> {
    if (!TRY(writer.shrink_step(max_bytes))) return Left();
    return Left(TRY(writer.bytes_when_compact()));
  };
  while (const Left left = TRY(ask_writer<Left>(step))) {
    const Trimmed progress{before - std::min(before, *left), before - max_bytes};
    if (on_progress && !on_progress(progress)) {
      return Error{ErrorKind::cancelled, "trimming was stopped"};
    }
  }
  return before - std::min(before, TRY(size()).bytes);
}

// What is cleared was not evicted for lack of room.
Result<std::uint64_t> DiskCache::clear() {
  const auto evicted = [this]() -> std::uint64_t& { return counters_["store.evicted"]; };
  std::uint64_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = evicted();
  }
  Result<std::uint64_t> freed = trim(0, {});
  const std::lock_guard lock(mutex_);
  evicted() = before;
  counters_changed_ = true;
  return freed;
}

template <class T>
Result<bool> DiskCache::is_right(
    Result<std::optional<FoundRow<T>>> (Reader::*query)(const StageKey&),
    Result<bool> (Tables::*drop_row)(const StageKey&), const Digest& key) {
  const auto found = TRY(read(query, StageKey{key}));
  if (!found || found->is_intact) return true;
  drop([&](Tables& tables) { return (tables.*drop_row)(StageKey{key}); });
  return false;
}

template <class IsRight>
Result<void> DiskCache::verify_all(Result<std::vector<Digest>> (Reader::*names)(const Digest&),
                                   IsRight is_right, const OnVerified& on_progress,
                                   Verified& verified) {
  for (Digest last;;) {
    const std::vector<Digest> some = TRY(read(names, last));
    if (some.empty()) return {};
    for (const Digest& name : some) {
      ++verified.checked;
      if (!TRY(is_right(name))) ++verified.dropped;
    }
    last = some.back();
    if (!on_progress(verified)) return Error{ErrorKind::cancelled, "the check was stopped"};
  }
}

// Blobs first, as their entries go with them.
Result<Verified> DiskCache::verify(const OnVerified& on_progress) {
  const StoreSize all = TRY(size());
  Verified verified{.total = all.entries + all.blobs};
  const auto is_right_blob = [this](const Digest& digest) -> Result<bool> {
    return TRY(load(digest)).has_value();
  };
  TRY(verify_all(&Reader::digests_after, is_right_blob, on_progress, verified));
  TRY(verify_all(
      &Reader::entries_after,
      [this](const Digest& key) { return is_right(&Reader::find, &Tables::drop_entry, key); },
      on_progress, verified));
  TRY(verify_all(
      &Reader::notes_after,
      [this](const Digest& key) { return is_right(&Reader::note, &Tables::drop_note, key); },
      on_progress, verified));
  return verified;
}

Result<StoreSize> DiskCache::size() {
  return ask_writer<StoreSize>([](CacheWriter& writer) { return writer.size(); });
}

void DiskCache::count(std::string_view name, std::uint64_t by) {
  {
    const std::lock_guard lock(mutex_);
    counters_[std::string(name)] += by;
    counters_changed_ = true;
    if (flush_at_) return;
    flush_at_ = clock_.now() + flush_after;
  }
  work_cv_.notify_one();
}

void DiskCache::zero_counters() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, value] : counters_) value = 0;
  counters_changed_ = true;
  if (!flush_at_) flush_at_ = clock_.now() + flush_after;
  work_cv_.notify_one();
}

// All of them are in memory, as no other process writes them.
Result<Counters> DiskCache::counters() {
  if (is_off_) return off_error();
  const std::lock_guard lock(mutex_);
  return counters_;
}

void DiskCache::run_on_writer(const std::function<void()>& run) {
  bool is_done = false;
  std::unique_lock lock(mutex_);
  tasks_.push_back({run, &is_done});
  work_cv_.notify_one();
  drained_cv_.wait(lock, [&] { return is_done; });
}

template <class T>
Result<T> DiskCache::ask_writer(const std::function<Result<T>(CacheWriter&)>& ask) {
  Result<T> answer = off_error();
  run_on_writer([&] {
    if (!writer_) return;
    answer = ask(*writer_);
    if (!answer) restart_if_damaged(answer.error());
  });
  return answer;
}

}  // namespace cbundle

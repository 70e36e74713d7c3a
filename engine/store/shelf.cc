#include "engine/store/shelf.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/store/schema.h"
#include "engine/store/tables.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// How many pages of the log a change may take: leaves of up to six trees, and their parents.
constexpr std::int64_t pages_per_drop = 16;
constexpr std::int64_t pages_per_use = 3;
constexpr std::int64_t pages_per_vacuum = 3;  // a moved page, its parent, the pointer map

bool never() { return false; }

Result<void> remove_broken(Tables& tables) {
  tables.remove_broken();
  return {};
}

Error too_large(std::span<const Store::Item> items, std::uint64_t max_bytes) {
  std::size_t size = 0;
  for (const Store::Item& item : items) size += item.blob.size();
  return {ErrorKind::unavailable,
          "a result of " + std::to_string(size) + " bytes does not fit into a cache of " +
              std::to_string(max_bytes) + "\n  set CBUNDLE_MAX_SIZE to more"};
}

Need need_of(std::span<const Store::Item> items) {
  Need sum;
  for (const Store::Item& item : items) {
    const Need need = need_of(item.entry, item.blob);
    sum.pages += need.pages;
    sum.file_bytes += need.file_bytes;
  }
  return sum;
}

}  // namespace

struct Shelf::Parts {
  CacheDirectory directory;
  Fd lock;
  Budget budget;
  BlobFiles files;
  std::unique_ptr<Tables> tables;
  Database checkpointer;
  Counters counters;
  std::int64_t newest_use;
  bool needs_sweep;
};

Result<std::unique_ptr<Shelf>> Shelf::open(const fs::path& path, std::uint64_t max_bytes,
                                           Start start, const OnCacheWarning& on_cache_warning) {
  CacheDirectory directory = TRY(CacheDirectory::make(path));
  Fd lock = TRY(directory.lock());
  if (start == Start::anew) TRY(directory.set_database_aside());
  // The last connection that is closed removes the log. Where it is there, or someone removed the
  // database, there may be blob files without a row.
  std::error_code ignored;
  const bool needs_sweep =
      fs::exists(directory.log(), ignored) || !fs::exists(directory.database(), ignored);

  const Budget budget(max_bytes);
  BlobFiles files(directory.blobs());
  files.remove_unfinished();
  auto tables = Tables::open(directory, files, budget);
  if (!tables && tables.error().kind == ErrorKind::corrupt) {
    TRY(directory.set_database_aside());
    on_cache_warning(tables.error().text() + "\n  it is set aside in " + path.string() +
                     ", and the cache begins anew");
    tables = Tables::open(directory, files, budget);
  }
  if (!tables) return std::move(tables).error();

  Database checkpointer = TRY(connect(directory.database()));
  Counters counters = TRY(tables.value()->counters());
  const std::int64_t newest_use = TRY(tables.value()->newest_use());
  try {
    return std::unique_ptr<Shelf>(new Shelf(Parts{
        std::move(directory), std::move(lock), budget, std::move(files), std::move(tables).value(),
        std::move(checkpointer), std::move(counters), newest_use, needs_sweep}));
  } catch (const std::system_error& no_thread) {
    return Error{ErrorKind::unavailable,
                 std::string("the cache gets no thread of its own: ") + no_thread.what()};
  }
}

Shelf::Shelf(Parts parts)
    : directory_(std::move(parts.directory)),
      lock_(std::move(parts.lock)),
      budget_(parts.budget),
      files_(std::move(parts.files)),
      readers_(directory_.database()),
      newest_use_(parts.newest_use),
      counters_(CounterBook{.values = std::move(parts.counters)}),
      writer_(std::move(parts.tables), std::move(parts.checkpointer)),
      housekeeper_(chores(parts.needs_sweep)) {}

Shelf::~Shelf() {
  if (damage() == Damage::none) static_cast<void>(flush());
}

Housekeeper::Chores Shelf::chores(bool needs_sweep) {
  return {
      .begin =
          [this, needs_sweep] {
            if (needs_sweep) sweep();
            static_cast<void>(noted(shrink_to_limit()));
          },
      .checkpoint = [this] { static_cast<void>(noted(writer_.checkpoint())); },
      .flush = [this] { static_cast<void>(noted(flush())); },
      .tidy =
          [this] { static_cast<void>(noted(tidy([this] { return housekeeper_.is_wanted(); }))); },
  };
}

template <class T>
Result<T> Shelf::noted(Result<T> result) {
  if (result) return result;
  const ErrorKind kind = result.error().kind;
  if (kind != ErrorKind::corrupt && kind != ErrorKind::evicted) return result;
  *cause_.lock() = result.error().text();
  damage_ = kind == ErrorKind::corrupt ? Damage::contents : Damage::missing;
  return result;
}

Result<std::optional<Entry>> Shelf::find(const StageKey& key) { return noted(look_up(key)); }

Result<std::optional<Entry>> Shelf::look_up(const StageKey& key) {
  std::optional<FoundEntry> found;
  {
    const Readers::Lent reader = TRY(readers_.lend());
    found = TRY(reader->find(key));
  }
  if (!found) return std::optional<Entry>();
  if (!found->is_intact) {
    drop([&key](Tables& tables) { return tables.drop_entry(key); });
    return std::optional<Entry>();
  }
  note_use(found->id);
  return std::optional(std::move(found->entry));
}

Result<std::optional<Blob>> Shelf::load(const Digest& digest) { return noted(fetch(digest)); }

Result<std::optional<Blob>> Shelf::fetch(const Digest& digest) {
  std::optional<FoundBlob> found;
  {
    const Readers::Lent reader = TRY(readers_.lend());
    found = TRY(reader->load(digest));
  }
  if (!found) return std::optional<Blob>();
  std::optional<Blob> blob = std::move(found->blob);
  if (found->is_file) {
    auto content = TRY(files_.read(digest));
    blob = content ? std::optional(Blob(*std::move(content))) : std::nullopt;
  }
  if (blob && Digest::of(blob->bytes()) == digest) return blob;
  drop([&digest](Tables& tables) { return tables.drop_blob(digest); });
  return std::optional<Blob>();
}

void Shelf::drop(const std::function<Result<bool>(Tables&)>& drop_it) {
  bool was_there = false;
  const auto dropped = writer_.run(pages_per_drop, [&](Tables& tables) -> Result<void> {
    was_there = TRY(drop_it(tables));
    return {};
  });
  // Where another thread was first, or evicted it, there is nothing to count.
  if (noted(dropped) && was_there) count("store.corrupt", 1);
}

// A hit only remembers that it was one; the database hears of it a second later.
void Shelf::note_use(std::int64_t entry) {
  const std::int64_t use = newest_use_.fetch_add(1, std::memory_order_relaxed) + 1;
  bool is_first = false;
  {
    auto uses = uses_.lock();
    is_first = uses->empty();
    (*uses)[entry] = use;
  }
  if (is_first) housekeeper_.flush_later();
}

Result<void> Shelf::put(const Store::Item& item) {
  auto kept = put_together({&item, 1});
  if (!kept) count("store.not_kept", 1);
  return kept;
}

Result<void> Shelf::put_together(std::span<const Store::Item> items) {
  for (const Store::Item& item : items) {
    if (Digest::of(item.blob.bytes()) != item.entry.output) {
      return Error{ErrorKind::internal,
                   "a result was to be kept under a digest that is not its own"};
    }
  }
  auto kept = noted(put(items));
  if (kept) std::ranges::for_each(items, [this](const Store::Item& item) { note_large(item); });
  if (writer_.log_pages() > budget_.log_pages() / 4) housekeeper_.checkpoint_soon();
  housekeeper_.tidy_when_idle();
  return kept;
}

// A build of 10 MB leaves 90 MB of results in the page cache; but for the object, nobody reads them
// once it is done. On virtual machines that hand free memory back to their host, to touch so much
// anew takes a fifth of the next build; so that one is given theirs. An object that is wanted once
// more is read from the disk: milliseconds, and once.
void Shelf::note_large(const Store::Item& item) {
  constexpr std::size_t large = 1 << 20;
  if (item.blob.size() < large) return;
  files_.begin_to_write_out(item.entry.output);
  large_.lock()->push_back(item.entry.output);
}

void Shelf::let_go() {
  for (const Digest& digest : std::exchange(*large_.lock(), {})) files_.let_go(digest);
}

Result<void> Shelf::put(std::span<const Store::Item> items) {
  const Need need = need_of(items);
  if (!budget_.can_ever_fit(need)) return too_large(items, budget_.max_bytes());
  if (items.size() > 1 && need.pages > budget_.log_pages()) {
    return Error{ErrorKind::unavailable, "the log has no room for so many results at once"};
  }
  // Others may take the room that was made; then it is made again.
  constexpr int attempts = 4;
  for (int attempt = 0;; ++attempt) {
    bool is_full = false;
    auto kept = writer_.run(need.pages, [&](Tables& tables) -> Result<void> {
      is_full = !budget_.fits(TRY(tables.usage()), need);
      if (is_full) {
        return Error{ErrorKind::unavailable, "the cache is full, and no room can be made in it"};
      }
      TRY(check_headroom(directory_.path(), need));
      for (const Store::Item& item : items) {
        TRY(tables.insert(item.key, item.entry, item.blob, newest_use_.fetch_add(1) + 1));
      }
      return {};
    });
    if (kept || !is_full || attempt == attempts) return kept;
    TRY(make_room(need));
  }
}

Result<void> Shelf::make_room(const Need& need) {
  TRY(flush_uses());  // or what was just found would be evicted
  TRY(writer_.run_alone(remove_broken));
  if (budget_.fits(TRY(usage()), need)) return {};
  const Need more = budget_.with_slack(need);
  // Someone waits. Where this is not enough, as after the limit was lowered, the housekeeper is at
  // it too, and the result is not kept.
  int steps_left = 64;
  TRY(evict_until([&](const Usage& usage) { return budget_.fits(usage.when_compact(), more); },
                  [&steps_left] { return --steps_left < 0; }));
  // Rows fill free pages, files cannot.
  if (budget_.fits(TRY(usage()), need)) return {};
  return give_back(never);
}

Result<void> Shelf::evict_until(const std::function<bool(const Usage&)>& is_enough,
                                const LeaveOff& leave_off) {
  const std::int64_t step =
      std::clamp<std::int64_t>(budget_.log_pages() / pages_per_drop / 2, 1, 64);
  std::uint64_t evicted = 0;
  bool is_done = false;
  while (!is_done && !leave_off()) {
    std::uint64_t now = 0;
    const auto drop_some = [&](Tables& tables) -> Result<void> {
      now = 0;
      is_done = false;
      for (std::int64_t i = 0; i < step && !is_done; ++i) {
        is_done = is_enough(TRY(tables.usage())) || !TRY(tables.drop_oldest());
        if (!is_done) ++now;
      }
      return {};
    };
    TRY(writer_.run(step * pages_per_drop, drop_some));
    evicted += now;
  }
  if (evicted > 0) count("store.evicted", evicted);
  return {};
}

Result<void> Shelf::give_back(const LeaveOff& leave_off) {
  const std::int64_t step = std::max<std::int64_t>(budget_.log_pages() / pages_per_vacuum / 2, 1);
  std::int64_t free = TRY(usage()).free_pages;
  // Every step frees some, but a damaged database may have counted pages that it has not.
  for (std::int64_t before = free + 1; free > 0 && free < before;) {
    if (leave_off()) return {};
    before = free;
    const auto vacuum_some = [&](Tables& tables) -> Result<void> {
      TRY(tables.vacuum(step));
      free = TRY(tables.usage()).free_pages;
      return {};
    };
    TRY(writer_.run(step * pages_per_vacuum, vacuum_some));
  }
  // Only now the file becomes shorter.
  return writer_.truncate();
}

Result<std::uint64_t> Shelf::trim(std::uint64_t max_bytes) {
  const std::uint64_t before = TRY(size()).bytes;
  if (before <= max_bytes) return std::uint64_t{0};
  TRY(noted(shrink(max_bytes, never)));
  const std::uint64_t after = TRY(size()).bytes;
  return before - std::min(before, after);
}

Result<void> Shelf::shrink(std::uint64_t max_bytes, const LeaveOff& leave_off) {
  TRY(flush_uses());
  TRY(writer_.run_alone(remove_broken));
  constexpr std::uint64_t always = 32 * 1024 + 16;  // the index of an empty log, and the lock
  const auto is_enough = [max_bytes](const Usage& usage) {
    return usage.when_compact().bytes() + always <= max_bytes;
  };
  TRY(evict_until(is_enough, leave_off));
  return give_back(leave_off);
}

Result<void> Shelf::shrink_to_limit() {
  const std::uint64_t limit = budget_.max_bytes();
  if (limit == 0 || TRY(usage()).bytes() <= limit) return {};
  return shrink(limit, [this] { return housekeeper_.is_stopping(); });
}

Result<Usage> Shelf::usage() {
  Usage usage;
  const auto ask = [&usage](Tables& tables) -> Result<void> {
    usage = TRY(tables.usage());
    return {};
  };
  TRY(writer_.run_alone(ask));
  return usage;
}

Result<StoreSize> Shelf::size() {
  const Readers::Lent reader = TRY(readers_.lend());
  const Census census = TRY(noted(reader->census()));
  return StoreSize{.entries = census.entries,
                   .blobs = census.blobs,
                   .bytes = directory_.bytes_without_blobs() + census.file_bytes,
                   .max_bytes = budget_.max_bytes()};
}

void Shelf::count(std::string_view name, std::uint64_t by) {
  bool is_first = false;
  {
    auto book = counters_.lock();
    const auto counter = book->values.find(name);
    if (counter != book->values.end()) {
      counter->second += by;
    } else {
      book->values.emplace(name, by);
    }
    is_first = !std::exchange(book->is_changed, true);
  }
  if (is_first) housekeeper_.flush_later();
}

// The whole book is in memory, and this process is the only one to write in it.
Counters Shelf::counters() { return counters_.lock()->values; }

Result<void> Shelf::flush() {
  TRY(flush_uses());
  return flush_counters();
}

Result<void> Shelf::flush_uses() {
  const Uses cached = std::exchange(*uses_.lock(), {});
  std::vector<Tables::Use> uses(cached.begin(), cached.end());
  const auto step =
      static_cast<std::size_t>(std::max<std::int64_t>(budget_.log_pages() / pages_per_use / 2, 1));
  for (std::size_t start = 0; start < uses.size(); start += step) {
    const std::span some = std::span(uses).subspan(start, std::min(step, uses.size() - start));
    TRY(writer_.run(static_cast<std::int64_t>(some.size()) * pages_per_use,
                    [some](Tables& tables) { return tables.set_uses(some); }));
  }
  return {};
}

Result<void> Shelf::flush_counters() {
  Counters values;
  {
    auto book = counters_.lock();
    if (!std::exchange(book->is_changed, false)) return {};
    values = book->values;
  }
  auto written =
      writer_.run(pages_per_drop, [&](Tables& tables) { return tables.set_counters(values); });
  if (!written) counters_.lock()->is_changed = true;
  return written;
}

Result<void> Shelf::tidy(const LeaveOff& leave_off) { return give_back(leave_off); }

void Shelf::sweep() {
  auto reader = readers_.lend();
  if (!reader) return;
  files_.sweep(directory_.lock_file(), [&](const Digest& digest) {
    const auto known = reader.value()->has_file(digest);
    return !known || known.value();
  });
}

}  // namespace cbundle

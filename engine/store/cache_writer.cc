#include "engine/store/cache_writer.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cbundle {
namespace {

namespace fs = std::filesystem;

// How many pages of the log a change may take: leaves of up to six trees, and their parents.
constexpr std::int64_t pages_per_drop = 16;
constexpr std::int64_t pages_per_use = 3;
constexpr std::int64_t max_evictions = 4096;  // for one write, or in one transaction
constexpr std::int64_t pages_per_vacuum = 3;  // a moved page, its parent, the pointer map

SpaceNeeded& operator+=(SpaceNeeded& sum, const SpaceNeeded& more) {
  sum.pages += more.pages;
  sum.file_bytes += more.file_bytes;
  return sum;
}

// The first records of `records` that fit into one transaction; at least one.
std::span<const Record> first_group(std::span<const Record> records, const SizeLimit& limit) {
  std::size_t count = 0;
  SpaceNeeded sum;
  for (const Record& record : records) {
    sum += space_for(record);
    if (count > 0 && !limit.can_ever_fit(sum)) break;
    ++count;
  }
  return records.first(count);
}

}  // namespace

SpaceNeeded space_for(const Record& record) {
  return record.is_note ? space_for_note(record.blob) : space_for_result(record.entry, record.blob);
}

Result<std::unique_ptr<CacheWriter>> CacheWriter::open(const fs::path& path, const SizeLimit& limit,
                                                       Start start, Callbacks callbacks) {
  std::unique_ptr<CacheWriter> writer(new CacheWriter(path, limit, std::move(callbacks)));
  TRY(writer->start(start));
  return writer;
}

CacheWriter::CacheWriter(const fs::path& path, const SizeLimit& limit, Callbacks callbacks)
    : directory_(path),
      limit_(limit),
      files_(directory_.blobs()),
      callbacks_(std::move(callbacks)),
      pages_per_eviction_(pages_per_drop) {}

Result<void> CacheWriter::start(Start start) {
  lock_ = TRY(directory_.lock());
  if (start == Start::set_aside) TRY(directory_.quarantine_database());
  // The last connection removes the log when it is closed. Where the log is there, or someone
  // removed the database, there may be blob files without a row.
  std::error_code ignored;
  needs_sweep_ =
      fs::exists(directory_.log(), ignored) || !fs::exists(directory_.database(), ignored);

  files_.remove_unfinished();
  auto tables = Tables::open(directory_, files_, limit_);
  if (!tables && tables.error().kind == ErrorKind::corrupt) {
    TRY(directory_.quarantine_database());
    callbacks_.on_cache_warning(tables.error().text() + "; it was set aside in " +
                                directory_.path().string() + ", and the cache is empty");
    tables = Tables::open(directory_, files_, limit_);
  }
  tables_ = TRY(std::move(tables));
  return {};
}

// `pages` is how many the change writes at most.
Result<void> CacheWriter::commit(std::int64_t pages, const std::function<Result<void>()>& change) {
  Database& database = tables_->database();
  if (log_pages() + pages > limit_.log_pages()) TRY(database.checkpoint(SQLITE_CHECKPOINT_RESTART));
  auto changed = [&]() -> Result<void> {
    Transaction transaction = TRY(Transaction::begin(database));
    TRY(change());
    return transaction.commit();
  }();
  changed ? tables_->committed() : tables_->rolled_back();
  return changed;
}

std::vector<Result<void>> CacheWriter::put(std::span<const Record> records) {
  std::vector<Result<void>> outcomes;
  while (outcomes.size() < records.size()) {
    const auto group = first_group(records.subspan(outcomes.size()), limit_);
    if (auto together = put_together(group); together || group.size() == 1) {
      outcomes.insert(outcomes.end(), group.size(), together);
    } else {
      for (const Record& record : group) outcomes.push_back(put_together({&record, 1}));
    }
  }
  return outcomes;
}

// All or none.
Result<void> CacheWriter::put_together(std::span<const Record> records) {
  SpaceNeeded needed;
  for (const Record& record : records) {
    if (!record.is_note && Digest::of(record.blob.bytes()) != record.entry.output) {
      return Error{ErrorKind::internal, "the digest of a result is not that of its bytes"};
    }
    needed += space_for(record);
  }
  if (!limit_.fits(TRY(tables_->space_used()), needed)) TRY(make_room(needed));
  TRY(check_headroom(directory_.path(), needed));
  return commit(needed.pages, [&]() -> Result<void> {
    for (const Record& record : records) TRY(tables_->insert(record));
    return {};
  });
}

Result<void> CacheWriter::make_room(const SpaceNeeded& needed) {
  TRY(set_uses(callbacks_.take_uses()));
  tables_->remove_broken();
  const auto fits = [&]() -> Result<bool> {
    return limit_.fits(TRY(tables_->space_used()), needed);
  };
  if (TRY(fits())) return {};
  // Other writes wait. Where this is not enough, as after the limit was lowered, the result is not
  // kept; shrink_step() will have made room for later ones.
  const SpaceNeeded more = limit_.with_slack(needed);
  const auto is_enough = [&](const SpaceUsed& used) {
    return limit_.fits(used.when_compact(), more);
  };
  for (std::int64_t evicted = 0; evicted < max_evictions;) {
    const std::int64_t more_evicted = TRY(evict_some(is_enough, max_evictions - evicted));
    if (more_evicted == 0) break;
    evicted += more_evicted;
  }
  if (TRY(fits())) return {};
  while (TRY(vacuum_step())) {  // rows use free pages, files cannot
  }
  if (TRY(fits())) return {};
  return Error{ErrorKind::unavailable, "the cache is full, and too little of it can be evicted"};
}

// One transaction of evictions, `most` at most. Returns how many: 0 where it is enough, or nothing
// is left.
//
// The more rows go in one transaction, the more of them share a page. They are planned to fill a
// quarter of the log, by what those of the last transaction took.
Result<std::int64_t> CacheWriter::evict_some(const std::function<bool(const SpaceUsed&)>& is_enough,
                                             std::int64_t most) {
  const auto fitting =
      static_cast<std::int64_t>(static_cast<double>(limit_.log_pages()) / 4 / pages_per_eviction_);
  const std::int64_t step = std::clamp<std::int64_t>(fitting, 1, most);
  std::int64_t evicted = 0;
  std::int64_t pages_before = 0;
  const auto evict = [&]() -> Result<void> {
    pages_before = log_pages();
    while (evicted < step) {
      if (is_enough(TRY(tables_->space_used())) || !TRY(tables_->drop_oldest())) break;
      ++evicted;
    }
    return {};
  };
  TRY(commit(limit_.log_pages() / 2, evict));
  if (evicted > 0) {
    pages_per_eviction_ = std::max(
        static_cast<double>(log_pages() - pages_before) / static_cast<double>(evicted), 1.0);
    callbacks_.on_evicted(static_cast<std::uint64_t>(evicted));
  }
  return evicted;
}

Result<bool> CacheWriter::vacuum_step() {
  const std::int64_t step = std::max<std::int64_t>(limit_.log_pages() / pages_per_vacuum / 2, 1);
  const std::int64_t before = TRY(tables_->space_used()).free_pages;
  if (before > 0) {
    TRY(commit(step * pages_per_vacuum, [&] { return tables_->vacuum(step); }));
    // Each step frees some pages, but a damaged database may count pages that it does not have.
    const std::int64_t after = TRY(tables_->space_used()).free_pages;
    if (after > 0 && after < before) return true;
  }
  TRY(tables_->database().checkpoint(SQLITE_CHECKPOINT_TRUNCATE));  // only this shortens the file
  return false;
}

Result<bool> CacheWriter::shrink_step(std::uint64_t max_bytes) {
  constexpr std::uint64_t always = 32 * 1024 + 16;  // the index of an empty log, and the lock
  TRY(set_uses(callbacks_.take_uses()));
  tables_->remove_broken();
  const auto is_enough = [max_bytes](const SpaceUsed& used) {
    return used.when_compact().bytes() + always <= max_bytes;
  };
  return TRY(evict_some(is_enough, max_evictions)) > 0 || TRY(vacuum_step());
}

Result<std::uint64_t> CacheWriter::bytes_when_compact() {
  return TRY(tables_->space_used()).when_compact().bytes();
}

Result<StoreSize> CacheWriter::size() {
  StoreSize size = TRY(tables_->size());
  size.max_bytes = limit_.max_bytes();
  return size;
}

Result<void> CacheWriter::set_uses(const std::vector<Use>& uses) {
  const auto step =
      static_cast<std::size_t>(std::max<std::int64_t>(limit_.log_pages() / pages_per_use / 2, 1));
  for (std::size_t start = 0; start < uses.size(); start += step) {
    const auto some = std::span(uses).subspan(start, std::min(step, uses.size() - start));
    TRY(commit(static_cast<std::int64_t>(some.size()) * pages_per_use,
               [&] { return tables_->set_uses(some); }));
  }
  return {};
}

Result<void> CacheWriter::set_counters(const Counters& counters) {
  return commit(pages_per_drop, [&] { return tables_->set_counters(counters); });
}

Result<bool> CacheWriter::drop(const std::function<Result<bool>(Tables&)>& drop_row) {
  bool was_there = false;
  const auto change = [&]() -> Result<void> {
    was_there = TRY(drop_row(*tables_));
    return {};
  };
  TRY(commit(pages_per_drop, change));
  return was_there;
}

void CacheWriter::sweep() {
  if (!std::exchange(needs_sweep_, false)) return;
  files_.sweep(directory_.lock_file(), [this](const Digest& digest) {
    const auto is_known = tables_->has_file(digest);
    return !is_known || is_known.value();
  });
}

}  // namespace cbundle

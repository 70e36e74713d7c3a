// One opened cache directory: its database, its blob files, and the threads that serve them.
//
// Methods are those of Store, with the same promises.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/fd.h"
#include "engine/base/guarded.h"
#include "engine/base/result.h"
#include "engine/store/blob_files.h"
#include "engine/store/cache_directory.h"
#include "engine/store/housekeeper.h"
#include "engine/store/readers.h"
#include "engine/store/room.h"
#include "engine/store/store.h"
#include "engine/store/writer.h"

namespace cbundle {

class Shelf {
 public:
  using OnCacheWarning = std::function<void(const std::string&)>;
  using LeaveOff = std::function<bool()>;  // asked now and then by what may take long

  enum class Start {
    as_found,
    anew,  // with an empty database, the one that is there set aside
  };
  enum class Damage {
    none,
    contents,  // SQLite met something that it cannot read
    missing,   // the directory was removed
  };

  // Error{unavailable} where the directory will not do.
  static Result<std::unique_ptr<Shelf>> open(const std::filesystem::path& path,
                                             std::uint64_t max_bytes, Start start,
                                             const OnCacheWarning& on_cache_warning);
  ~Shelf();  // writes what was only cached, and closes

  Result<std::optional<Entry>> find(const StageKey& key);
  Result<std::optional<Blob>> load(const Digest& digest);
  Result<void> put(const Store::Item& item);
  Result<void> put_together(std::span<const Store::Item> items);  // all or none
  void let_go();
  Result<std::uint64_t> trim(std::uint64_t max_bytes);
  Result<StoreSize> size();
  void count(std::string_view name, std::uint64_t by);
  Counters counters();

  // Once there is damage, this shelf is only good for being closed.
  Damage damage() const { return damage_.load(std::memory_order_acquire); }
  std::string cause_of_damage() { return *cause_.lock(); }

  // Writes cached uses and counters; gives the disk back what is free. The housekeeper's
  // chores, which tests do not want to wait for.
  Result<void> flush();
  Result<void> tidy(const LeaveOff& leave_off);

 private:
  struct CounterBook {
    Counters values;
    bool is_changed = false;
  };
  // Row of `entry` -> when it was last used, where the database does not say so yet.
  using Uses = std::unordered_map<std::int64_t, std::int64_t>;

  struct Parts;  // what open() has to get before there is a shelf
  explicit Shelf(Parts parts);
  Housekeeper::Chores chores(bool needs_sweep);

  template <class T>
  Result<T> noted(Result<T> result);
  Result<std::optional<Entry>> look_up(const StageKey& key);
  Result<std::optional<Blob>> fetch(const Digest& digest);
  void drop(const std::function<Result<bool>(Tables&)>& drop_it);
  void note_use(std::int64_t entry);

  Result<void> put(std::span<const Store::Item> items);
  void note_large(const Store::Item& item);
  Result<void> make_room(const Need& need);
  Result<void> evict_until(const std::function<bool(const Usage&)>& is_enough,
                           const LeaveOff& leave_off);
  Result<void> give_back(const LeaveOff& leave_off);
  Result<void> shrink(std::uint64_t max_bytes, const LeaveOff& leave_off);
  Result<Usage> usage();

  Result<void> flush_uses();
  Result<void> flush_counters();
  Result<void> shrink_to_limit();  // which may be less than it was in the last process
  void sweep();

  CacheDirectory directory_;
  Fd lock_;
  Budget budget_;
  BlobFiles files_;
  Readers readers_;

  std::atomic<Damage> damage_ = Damage::none;
  Guarded<std::string> cause_;
  std::atomic<std::int64_t> newest_use_;
  Guarded<Uses> uses_;
  Guarded<CounterBook> counters_;
  Guarded<std::vector<Digest>> large_;  // results that were kept since the last let_go()

  Writer writer_;
  Housekeeper housekeeper_;  // last: its thread uses all of the above
};

}  // namespace cbundle

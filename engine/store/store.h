// Where results live: StageKey -> Entry, and Digest -> Blob.
//
// A miss is an answer, not an error. An Error means that the store could not tell, or could not
// keep; callers treat it as a miss. All stores may be used from many threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace cbundle {

// What a stage left behind.
struct Entry {
  Digest output;
  std::string warnings;  // what the tools and the checks said, replayed on a hit

  bool operator==(const Entry&) const = default;
};

struct StoreSize {
  std::uint64_t entries = 0;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;      // what the disk really uses
  std::uint64_t max_bytes = 0;  // 0: no limit
};

using Counters = std::map<std::string, std::uint64_t, std::less<>>;

class Store {
 public:
  // A result on its way into the store.
  struct Item {
    StageKey key;
    Entry entry;
    Blob blob;
  };

  virtual ~Store() = default;

  // An entry may outlive its blob; whoever then misses the blob builds anew.
  virtual Result<std::optional<Entry>> find(const StageKey& key) = 0;

  // The bytes are checked against the digest; wrong ones are dropped, counted, and a miss.
  virtual Result<std::optional<Blob>> load(const Digest& digest) = 0;

  // Keeps both or neither. `entry.output` is the digest of `blob`. An older entry of the same
  // key is replaced. Error{unavailable} where there is no room: the result is then not kept.
  virtual Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) = 0;

  // The same for each of `items`; a store may do better than one by one.
  virtual std::vector<Result<void>> put_all(std::span<const Item> items) {
    std::vector<Result<void>> outcomes;
    for (const Item& item : items) outcomes.push_back(put(item.key, item.entry, item.blob));
    return outcomes;
  }

  // Large results that were kept lately need stay in memory no longer: others are about to be made.
  virtual void let_go() {}

  // Notes never leave this machine: the files that scripts include, the last build of an output.
  virtual Result<std::optional<std::string>> note(const StageKey& key) {
    const std::optional<Entry> entry = TRY(find(key));
    const std::optional<Blob> blob = entry ? TRY(load(entry->output)) : std::nullopt;
    return blob ? std::optional(std::string(blob->text())) : std::nullopt;
  }
  virtual Result<void> put_note(const StageKey& key, std::string text) {
    const Blob blob(std::move(text));
    return put(key, {Digest::of(blob.bytes()), {}}, blob);
  }

  // Evicts, least recently used first, until at most `max_bytes` are used. Returns bytes freed.
  virtual Result<std::uint64_t> trim(std::uint64_t max_bytes) = 0;

  virtual Result<StoreSize> size() = 0;

  // Adds to counters that outlive the process, and reads them.
  virtual void count(std::string_view name, std::uint64_t by = 1) = 0;
  virtual Result<Counters> counters() = 0;
};

}  // namespace cbundle

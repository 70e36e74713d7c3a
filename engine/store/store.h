// Where results, notes and counters are kept between builds.
//
// A miss is an answer, not an error. An Error means that the store cannot be read or written, and
// callers treat it as a miss. Every method may be called from many threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/digest.h"
#include "engine/base/result.h"

namespace cbundle {

// The result of a stage.
struct Entry {
  Digest output;         // of the blob
  std::string warnings;  // of tools and checks, packed, to be reported again on a hit; behind them
                         // the pipeline puts when and in what time the result was made

  bool operator==(const Entry&) const = default;
};

// StageKey -> Entry, and Digest -> Blob: what a store shared between machines can hold too.
class ResultStore {
 public:
  virtual ~ResultStore() = default;

  // A hit counts as a use. An entry may outlive its blob; then the stage is run again.
  virtual Result<std::optional<Entry>> find(const StageKey& key) = 0;

  // The bytes are checked against the digest. Wrong ones are dropped, counted, and a miss.
  virtual Result<std::optional<Blob>> load(const Digest& digest) = 0;

  // Stores both or neither, and replaces an older entry of the same key. `entry.output` is the
  // digest of `blob`. Error{unavailable} where it does not fit.
  //
  // May return before the result is written: it is found from then on, but the Error is then that
  // of an earlier put() or put_note(), each reported once, here or by Store::flush().
  virtual Result<void> put(const StageKey& key, const Entry& entry, const Blob& blob) = 0;
};

// Short texts that never leave this machine: the files that a script includes, what the previous
// build of an output depended on. Their keys do not collide with those of results.
class NoteStore {
 public:
  virtual ~NoteStore() = default;

  virtual Result<std::optional<std::string>> note(const StageKey& key) = 0;  // a hit is a use
  virtual Result<void> put_note(const StageKey& key, std::string text) = 0;  // errors as put()
};

using Counters = std::map<std::string, std::uint64_t, std::less<>>;

// Counters that outlive the process.
class CounterStore {
 public:
  virtual ~CounterStore() = default;

  virtual void count(std::string_view name, std::uint64_t by = 1) = 0;
  virtual Result<Counters> counters() = 0;
  virtual void zero_counters() = 0;  // none is removed
};

struct StoreSize {
  std::uint64_t entries = 0;  // results and notes
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;      // on disk, in whole blocks
  std::uint64_t max_bytes = 0;  // 0: no limit
};

struct Verified {
  std::uint64_t checked = 0;  // results, notes and blobs
  std::uint64_t total = 0;    // about, as others may be added meanwhile
  std::uint64_t dropped = 0;  // of those checked
};
// Bytes, about.
struct Trimmed {
  std::uint64_t freed = 0;
  std::uint64_t to_free = 0;  // in all
};
using OnTrimmed = std::function<bool(const Trimmed&)>;    // false: stop, with Error{cancelled}
using OnVerified = std::function<bool(const Verified&)>;  // as OnTrimmed

class Store : public ResultStore, public NoteStore, public CounterStore {
 public:
  // Waits until everything put before is written, or has failed. Returns the first error that no
  // put() has reported.
  virtual Result<void> flush() = 0;

  // Evicts, least recently used first, until at most `max_bytes` are used. Returns bytes freed.
  // Calls `on_progress`, which may be empty, now and then; others are served meanwhile.
  virtual Result<std::uint64_t> trim(std::uint64_t max_bytes, const OnTrimmed& on_progress) = 0;

  // Removes all results and notes. Returns bytes freed.
  virtual Result<std::uint64_t> clear() = 0;

  // Compares everything with its digest or checksum, and drops and counts what is wrong. Calls
  // `on_progress` now and then.
  virtual Result<Verified> verify(const OnVerified& on_progress) = 0;

  virtual Result<StoreSize> size() = 0;
};

}  // namespace cbundle

// Numbered results, and directories to store them in.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "engine/base/guarded.h"
#include "engine/store/disk_cache.h"
#include "engine/store/store.h"

namespace cbundle {

inline StageKey key_of(int number) { return {Digest::of("key " + std::to_string(number))}; }

// Bytes that differ from number to number and do not repeat.
inline Blob blob_of(int number, std::size_t size = 1000) {
  std::string bytes;
  std::uint64_t state = static_cast<std::uint64_t>(number) + 1;
  while (bytes.size() < size) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t mixed = state ^ (state >> 33);
    bytes.append(reinterpret_cast<const char*>(&mixed), sizeof mixed);
  }
  bytes.resize(size);
  return Blob(std::move(bytes));
}

inline Entry entry_of(const Blob& blob, std::string warnings = "") {
  return {Digest::of(blob.bytes()), std::move(warnings)};
}

inline Result<void> enqueue(Store& store, int number, std::size_t size = 1000) {
  const Blob blob = blob_of(number, size);
  return store.put(key_of(number), entry_of(blob, "warning " + std::to_string(number)), blob);
}

// Waits until it is written.
inline Result<void> put(Store& store, int number, std::size_t size = 1000) {
  TRY(enqueue(store, number, size));
  return store.flush();
}

// Whether the result is there, entry and bytes. Fails the test where one of them is wrong.
inline bool has(Store& store, int number, std::size_t size = 1000) {
  const auto entry = store.find(key_of(number));
  if (!entry || !entry.value()) return false;
  const Blob wanted = blob_of(number, size);
  EXPECT_EQ(*entry.value(), entry_of(wanted, "warning " + std::to_string(number)));
  const auto blob = store.load(entry.value()->output);
  if (!blob || !blob.value()) return false;
  EXPECT_TRUE(blob.value()->text() == wanted.text()) << "wrong bytes for result " << number;
  return true;
}

inline std::uint64_t counter(Store& store, std::string_view name) {
  const auto counters = store.counters();
  if (!counters) return 0;
  const auto found = counters.value().find(name);
  return found == counters.value().end() ? 0 : found->second;
}

// In memory where the machine has such a place, as closing a store waits for the disk.
class StoreDirectory {
 public:
  StoreDirectory() {
    for (std::string name : {"/dev/shm/cbundle-store-XXXXXX", "/tmp/cbundle-store-XXXXXX"}) {
      if (::mkdtemp(name.data()) == nullptr) continue;
      above_ = name;
      break;
    }
  }
  StoreDirectory(const StoreDirectory&) = delete;
  StoreDirectory& operator=(const StoreDirectory&) = delete;
  ~StoreDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(above_, ignored);
  }

  std::filesystem::path path() const { return above_ / "cache"; }
  std::filesystem::path database() const { return path() / "store.db"; }

 private:
  std::filesystem::path above_;
};

// The warnings of a store.
class CacheWarnings {
 public:
  DiskCache::OnCacheWarning listener() {
    return [this](const std::string& text) { *texts_.lock() += text + '\n'; };
  }
  std::string texts() { return *texts_.lock(); }

 private:
  Guarded<std::string> texts_;
};

// Null, and a failed test, where it cannot be opened.
inline std::unique_ptr<DiskCache> open_store(const std::filesystem::path& directory,
                                             std::uint64_t max_bytes = 0,
                                             DiskCache::OnCacheWarning on_cache_warning = nullptr,
                                             const Clock& clock = steady_clock()) {
  if (!on_cache_warning) on_cache_warning = [](const std::string& text) { ADD_FAILURE() << text; };
  auto store = DiskCache::open(directory, max_bytes, std::move(on_cache_warning), clock);
  if (!store) {
    ADD_FAILURE() << store.error().text();
    return nullptr;
  }
  return std::move(store).value();
}

}  // namespace cbundle

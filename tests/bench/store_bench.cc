// For the benchmark of the cache. store_bench DIRECTORY ROWS fills a cache with that many small
// results, and prints as one line of JSON how long its operations take with them.
#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "engine/base/memory.h"
#include "engine/store/disk_cache.h"

namespace cbundle {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// In MiB; what only this process uses.
double private_memory() {
  std::ifstream maps("/proc/self/smaps_rollup");
  double sum = 0;
  for (std::string word; maps >> word;) {
    double kibibytes = 0;
    if (word.starts_with("Private_") && maps >> kibibytes) sum += kibibytes / 1024;
  }
  return sum;
}

StageKey key_of(int number) { return {Digest::of("key " + std::to_string(number))}; }

Blob blob_of(int number) {
  std::string text;
  while (text.size() < 400) text += std::to_string(number) + ' ';
  return Blob(std::move(text));
}

Result<std::unique_ptr<DiskCache>> open(const fs::path& directory) {
  return DiskCache::open(directory, 0, [](const std::string& warning) {
    std::cerr << "store_bench: " << warning << '\n';
  });
}

// To the first answer, in milliseconds.
Result<double> time_to_answer(const fs::path& directory) {
  const auto start = Clock::now();
  const auto store = TRY(open(directory));
  static_cast<void>(TRY(store->find(key_of(1))));
  return seconds_since(start) * 1e3;
}

Result<void> fill(DiskCache& store, int rows) {
  for (int number = 0; number < rows; ++number) {
    const Blob blob = blob_of(number);
    TRY(store.put(key_of(number), {Digest::of(blob.bytes()), {}}, blob));
  }
  return store.flush();
}

Result<void> run(const fs::path& directory, int rows) {
  const double empty_ms = TRY(time_to_answer(directory));
  auto store = TRY(open(directory));
  auto start = Clock::now();
  TRY(fill(*store, rows));
  const double put_us = seconds_since(start) * 1e6 / rows;
  TRY(store->flush());  // again: the writer's thread keeps its last records until it has new work
  return_freed_memory();
  const double private_mb = private_memory();
  store.reset();
  const double full_ms = TRY(time_to_answer(directory));

  store = TRY(open(directory));
  const StoreSize before = TRY(store->size());
  start = Clock::now();
  const double used = processor_seconds();
  static_cast<void>(TRY(store->trim(before.bytes / 4, {})));
  const double evict_seconds = seconds_since(start);
  const double evict_processor_seconds = processor_seconds() - used;
  const auto evicted = static_cast<double>(before.entries - TRY(store->size()).entries);
  std::cout << "{\"rows\":" << before.entries << ",\"put_us\":" << put_us
            << ",\"first_answer_empty_ms\":" << empty_ms << ",\"first_answer_ms\":" << full_ms
            << ",\"private_mb\":" << private_mb << ",\"evicted\":" << evicted
            << ",\"evict_us\":" << evict_seconds * 1e6 / evicted
            << ",\"evict_processor_us\":" << evict_processor_seconds * 1e6 / evicted << "}\n";
  return {};
}

}  // namespace
}  // namespace cbundle

int main(int argc, char** argv) {
  int rows = 0;
  if (argc == 3) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), rows);
  if (rows < 1) {
    std::cerr << "usage: store_bench DIRECTORY ROWS\n";
    return 2;
  }
  if (const auto done = cbundle::run(argv[1], rows); !done) {
    std::cerr << "store_bench: " << done.error().text() << '\n';
    return 1;
  }
  return 0;
}

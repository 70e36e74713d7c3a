// Runs a fuzzer's function on each file of directories: without libFuzzer, each fuzzer is a test of
// its seeds and of everything that it found.
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "engine/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// libFuzzer's function, for a fuzzer's mutator; nothing is mutated here.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
  return size;
}

int main(int count, char** directories) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(directories[i])) {
      const auto content = cbundle::read_file(entry.path());
      if (!content) return std::fprintf(stderr, "%s\n", content.error().text().c_str()), 1;
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);  // the last one printed is the one that aborts
      const std::string& bytes = content.value();
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files == 0 ? 1 : 0;
}

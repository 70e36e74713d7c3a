// A part of the campaign: numbered cases of one kind of fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cbundle::faults {

class Part {
 public:
  virtual ~Part() = default;

  virtual std::string_view name() const = 0;   // a word, for the command line
  virtual std::string_view title() const = 0;  // for the table: "kill -9 at each system call"

  // Of its cases, which may take a few builds to count. 0: it cannot run here.
  virtual std::size_t size() = 0;

  // Runs one, from 0; an empty text, or what was wrong.
  virtual std::string run(std::size_t number) = 0;
};

using Parts = std::vector<std::unique_ptr<Part>>;

// `programs`: the directory of cbundle and cbundled. `seed`: for what is drawn at random.
Parts system_call_parts(const std::filesystem::path& programs);
Parts cache_file_parts(const std::filesystem::path& programs);
Parts crowd_parts(const std::filesystem::path& programs);
Parts interleaving_parts(const std::filesystem::path& programs, std::uint64_t seed);

}  // namespace cbundle::faults

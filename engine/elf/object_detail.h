// What an object contains, short enough to be kept with a build: so a later one can say which of
// its sections and symbols have changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace cbundle {

struct SectionDetail {
  std::string name;
  std::uint64_t type = 0;       // SHT_*
  std::uint64_t flags = 0;      // SHF_*
  std::uint64_t size = 0;       // bytes in memory
  std::uint64_t alignment = 1;  // at least 1
  std::uint64_t content = 0;    // a hash of the bytes and of their relocation records

  bool operator==(const SectionDetail&) const = default;
};

struct SymbolDetail {
  std::string name;
  std::uint64_t size = 0;        // bytes
  std::uint64_t binding = 0;     // STB_*
  std::uint64_t type = 0;        // STT_*
  std::uint64_t visibility = 0;  // STV_*
  bool is_defined = false;
  // A hash of the bytes and relocation records in the symbol's range. A record that refers to a
  // place in a section, such as a string, counts without the place: what moves in .rodata changes
  // no function.
  std::uint64_t content = 0;

  bool operator==(const SymbolDetail&) const = default;
};

struct ObjectDetail {
  std::string member;                   // of an archive: its name
  std::vector<SectionDetail> sections;  // in the file's order; those that can reach a bundle
  std::vector<SymbolDetail> symbols;    // no section's, no file's and no compiler's labels

  bool operator==(const ObjectDetail&) const = default;
};

// One for an object, one for each member of an archive that has its bytes. Error{bad_input} for
// what is not an object, or for one of more than 20,000 sections and symbols.
Result<std::vector<ObjectDetail>> details_of(const Blob& file);

std::string pack(const std::vector<ObjectDetail>& details);
std::vector<ObjectDetail> unpack_details(std::string_view bytes);  // empty where malformed

}  // namespace cbundle

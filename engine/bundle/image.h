// A linked layout, seen as the combine needs it: the bytes in load order, and where each section
// of the bundle went.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/bundle/bundle.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

// A section of the image: `size` bytes that run at `address` and load at `offset`.
struct ImageSection {
  std::uint32_t section = 0;  // index in the layout's file
  std::uint64_t address = 0;  // VMA
  std::uint64_t offset = 0;   // from the image's lowest load address
  std::uint64_t size = 0;
};

struct Image {
  const ElfFile* elf = nullptr;        // outlives the image
  std::vector<ImageSection> sections;  // by offset
  std::uint64_t load_base = 0;         // lowest load address
  std::uint64_t got = 0;               // address of _GLOBAL_OFFSET_TABLE_; 0 where there is none
  std::uint64_t gp = 0;                // address of _gp; 0 where there is none

  const ImageSection* find_section(std::uint32_t section) const;
  // The piece in which `address` lies, or at whose end it lies.
  const ImageSection* section_at(std::uint64_t address) const;
  // The global offset table, where it is part of the bundle; null otherwise.
  const ImageSection* got_section() const;
  const std::byte* bytes_of(const ImageSection& piece) const {
    return elf->sections()[piece.section].content.data();
  }
};

// Loaded sections are the bundle, but for the imports' stubs, and for the GOT unless the target
// keeps it: to i386 code it is only an anchor, which it reckons from and never reads.
// Error{bad_input}: sections overlap where they load, or are more than 1 GB together; a section has
// the name of an import's and is none.
Result<Image> image_of(const ElfFile& layout, const Target& target);

// The image's bytes. Gaps up to `max_gap` bytes between sections are filled with zeros, larger
// ones begin a new segment, so that a sparse script never makes a file of zeros.
std::vector<Segment> segments_of(const Image& image, std::uint64_t max_gap = 65536);

}  // namespace cbundle

// Linked layouts as the proof reads them: the bundle's sections in load order, with their
// addresses.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/result.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/layout_plan.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

// A section of the image: `size` bytes that run at `address` and load at `offset`.
struct ImageSection {
  std::uint32_t index = 0;    // in the layout's file
  std::uint64_t address = 0;  // VMA
  std::uint64_t offset = 0;   // from the image's lowest load address
  std::uint64_t size = 0;
};

struct Image {
  const ElfFile* elf = nullptr;        // outlives the image
  std::vector<ImageSection> sections;  // by offset
  std::uint64_t got = 0;               // address of _GLOBAL_OFFSET_TABLE_; 0 where there is none
  std::uint64_t gp = 0;                // address of _gp; 0 where there is none

  const ImageSection* find_section(std::uint32_t index) const;
  // The section that contains `address`, or else ends there.
  const ImageSection* section_at(std::uint64_t address) const;
  // The global offset table, where it is part of the bundle; null otherwise.
  const ImageSection* got_section() const;
  const Section& elf_section(const ImageSection& s) const { return elf->sections()[s.index]; }
  // As many bytes as the section has; none for NOBITS.
  Bytes content_of(const ImageSection& s) const { return elf_section(s).content; }
};

// All loaded sections are the bundle, except the imports' stubs, and the GOT unless the target
// keeps it: i386 code computes addresses from the GOT's own address and never reads it.
//
// Error{bad_input}: sections overlap where they load, or are larger than 1 GB together; a section
// that is not an import's has the name of one.
Result<Image> image_of(const ElfFile& layout, const Target& target);

// The image's bytes. Gaps of up to 64 KB between sections are filled with zeros; a larger one
// begins a new segment, so that a sparse script does not make a file of zeros.
std::vector<Segment> segments_of(const Image& image);

// The two layouts of one bundle.
struct LayoutPair {
  Image a;
  Image b;
  const Target& target;
  const LayoutPlan& plan;

  // Whether two addresses differ by exactly the layouts' distance.
  bool moves(std::uint64_t in_a, std::uint64_t in_b) const {
    return target.narrow(in_b - in_a) == target.narrow(plan.distance);
  }

  // Address of layout A's first byte; there is one.
  std::uint64_t start() const { return a.sections.front().address; }

  // Whether a section is as far from the bundle's start in memory as it is in the file.
  bool vma_equals_lma(const ImageSection& section) const {
    return section.offset == section.address - start();
  }
};

}  // namespace cbundle

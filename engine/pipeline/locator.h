// From a place in the partial link's object back to what its author wrote: object, function, line.
#pragma once

#include <string>
#include <vector>

#include "engine/bundle/named_place.h"
#include "engine/bundle/problem.h"
#include "engine/pipeline/input_objects.h"

namespace cbundle {

class Locator {
 public:
  // Both outlive this. Reads the inputs' files: for builds that failed anyway.
  Locator(const ElfFile& partial, const Inputs& inputs);

  // "boot.c:12: in function `parse' (boot.o)", or "boot.c:3: in boot.o" where the problem's text
  // names the symbol itself; less where less is known, empty where nothing is.
  std::string place_of(const Problem& problem) const;

 private:
  // A part of one section of the partial object: a section of an input.
  struct Piece {
    std::size_t object = 0;  // index in objects_
    std::uint32_t section = 0;
    std::uint64_t start = 0;  // in the partial object's section
    std::uint64_t size = 0;
  };
  struct Found {
    const InputObject* object = nullptr;
    std::uint32_t section = 0;
    std::uint64_t offset = 0;
  };

  void lay_out();
  Found find(const SectionOffset& place, const Symbol* symbol) const;
  Found find_by_piece(const SectionOffset& place) const;
  Found find_by_name(const Symbol& symbol, std::uint64_t distance) const;
  std::string line_of(const Symbol& symbol, const Found& found) const;
  std::string place_of_subject(const Symbol& symbol) const;
  std::string place_of_spot(const SectionOffset& place) const;

  const ElfFile& partial_;
  const Inputs& inputs_;
  NamedPlaces names_;
  std::vector<InputObject> objects_;
  std::vector<std::vector<Piece>> pieces_;  // by section of the partial object; none: not known
};

}  // namespace cbundle

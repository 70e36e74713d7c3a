// From a place in the partial link's object back to what its author wrote: object, function, line.
#pragma once

#include <string>
#include <vector>

#include "engine/build/inputs.h"
#include "engine/bundle/problem.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

// Reads the inputs anew, debug sections and all: for builds that failed anyway.
class Locator {
 public:
  Locator(const ElfFile& partial, const Inputs& inputs);

  // "boot.c:12: in function `parse' (boot.o)"; less where less is known, empty where nothing is.
  std::string place_of(const Spot& spot) const;

 private:
  struct Object {
    std::string name;  // as the caller wrote it
    ElfFile elf;
    Blob bytes;
  };
  struct Found {
    const Object* object = nullptr;
    std::uint32_t section = 0;
    std::uint64_t offset = 0;
  };
  const Symbol* symbol_before(const Spot& spot) const;
  Found find(const Symbol& symbol, const Spot& spot) const;

  const ElfFile& partial_;
  std::vector<Object> objects_;
};

}  // namespace cbundle

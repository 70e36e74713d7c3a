// Finds the object, file and line of a place in the partial link's object.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/bundle/symbol_finder.h"
#include "engine/pipeline/input_objects.h"

namespace cbundle {

class Locator {
 public:
  // Both outlive this. Reads the inputs' files: for builds that have failed.
  Locator(const ElfFile& partial, const Inputs& inputs);

  // Sets object, file and line, as far as they are known, by `place` or `subject`; takes
  // milliseconds where the object has debug information.
  void locate(Diagnostic& diagnostic) const;

 private:
  // An input's section as a part of a section of the partial object.
  struct Part {
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

  void map_input_sections();
  Found find(const SectionOffset& place, const Symbol* symbol) const;
  Found find_by_part(const SectionOffset& place) const;
  Found find_by_name(const Symbol& symbol, std::uint64_t distance) const;
  std::string definition_of(const Symbol& symbol, const Found& found) const;
  void locate_subject(const Symbol& symbol, Diagnostic& diagnostic) const;
  void locate_place(const SectionOffset& place, Diagnostic& diagnostic) const;

  const ElfFile& partial_;
  const Inputs& inputs_;
  SymbolFinder names_;
  std::vector<InputObject> objects_;
  std::vector<std::vector<Part>> parts_;  // by section of the partial object; none: not known
};

}  // namespace cbundle

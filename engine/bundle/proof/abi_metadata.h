// What a bundle copies from its inputs for linkers and disassemblers: symbols that mark code and
// data, and the attributes of the ABI.
#pragma once

#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"

namespace cbundle {

// The mapping symbols of a layout, by offset.
std::vector<MappingSymbol> mapping_symbols_of(const Image& layout, const Target& target);

// Attribute sections of the partial link, such as .ARM.attributes.
std::vector<Attributes> attributes_of(const ElfFile& partial);

}  // namespace cbundle

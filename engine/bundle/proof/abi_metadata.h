// What a bundle takes along beside its bytes and references: symbols that tell code from data, and
// what linkers must know of the inputs' ABI.
#pragma once

#include <string_view>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/image.h"

namespace cbundle {

// The mapping symbols of a layout, by offset.
std::vector<MappingSymbol> mapping_symbols_of(const Image& layout, const Target& target);

// Attribute sections of the partial link, such as .ARM.attributes.
std::vector<Attributes> attributes_of(const ElfFile& partial);

// The symbol of `layout` that an export of this name means; null: none. It is not local in the
// partial link, though it may be in the layout.
const Symbol* exported(std::string_view name, const ElfFile& partial, const ElfFile& layout);

}  // namespace cbundle

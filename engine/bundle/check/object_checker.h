// Finds in the partial link's object everything that can never be part of a bundle.
#pragma once

#include <span>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/bundle/spec.h"
#include "engine/elf/elf_file.h"
#include "engine/elf/target.h"

namespace cbundle {

struct ObjectCheck {
  Diagnostics problems;  // with `place` or `subject` set, where they are about one
  Diagnostics warnings;
};

// `imports` are the spec's and the script's together. `script` is the script's text: a symbol that
// it mentions may be defined there.
ObjectCheck check_object(const ElfFile& partial, const Target& target, const Spec& spec,
                         std::span<const Import> imports, std::string_view script);

// Whether a section of the inputs is left out of bundles without a warning: unwind tables, notes,
// attributes.
bool is_left_out(std::string_view section_name);

// Whether a section is read-only once relocated, though its flags say writable.
bool is_relro(std::string_view section_name);

}  // namespace cbundle

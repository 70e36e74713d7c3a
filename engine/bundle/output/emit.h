// Writes a bundle in its output form.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/spec.h"

namespace cbundle {

// The bundle in the form of `spec`; the same bundle and spec give the same bytes.
//
//   object       a relocatable ELF object: one section, aligned to the granule; exports and
//                imports hidden, exports with type and size; in selfreloc mode a second section,
//                SECTION.fixups, between PREFIX_fixups and PREFIX_fixups_end
//   assembly     the same as text for the GNU assembler
//   image        the raw bytes as they load, from the first to the last
//   c_source     the bytes as an array of C, with tables of references and fixups
//   c_header     what a program includes to use that
//   description  JSON that says what an image's bytes do not: target, segments, references,
//                exports, fixups
//
// Error{bad_input}: the bundle has several segments, which only a description can have.
Result<std::string> emit(Bundle bundle, const Spec& spec);

}  // namespace cbundle

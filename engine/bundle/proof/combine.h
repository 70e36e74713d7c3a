// The proof: two layouts of the same objects become one bundle, or a list of reasons why not.
//
// Relocation records explain every field in both layouts; every bit that differs between them must
// be in exactly one field that may differ; what a field refers to is in the bundle or is a declared
// import. So nothing in the bytes depends on where they are, except what the bundle lists.
#pragma once

#include <span>

#include "engine/base/diagnostic.h"
#include "engine/bundle/bundle.h"
#include "engine/bundle/layout_plan.h"
#include "engine/elf/elf_file.h"

namespace cbundle {

struct Layouts {
  const ElfFile& partial;
  const ElfFile& a;
  const ElfFile& b;
};

struct Combined {
  Bundle bundle;         // meaningful without problems only
  Diagnostics problems;  // with `place` set, where it is known
};

// `imports` are the spec's and the script's together, in the order of the stub's sections.
Combined combine(const Layouts& layouts, const Target& target, const LayoutPlan& plan,
                 const Spec& spec, std::span<const Import> imports);

}  // namespace cbundle

// Reads the inputs again, with their debug sections, for builds that have failed.
#pragma once

#include <string>
#include <vector>

#include "engine/elf/elf_file.h"
#include "engine/pipeline/inputs.h"

namespace cbundle {

struct InputObject {
  std::string name;  // as the caller wrote it; "lib.a(div.o)" for a member
  ElfFile elf;
  Blob bytes;
  bool is_member = false;  // of an archive: it may not have been linked
};

// In link order; those that cannot be read are left out.
std::vector<InputObject> read_objects(const Inputs& inputs);

// A source file's path, relative to the build's directory where it is below that: so messages
// are the same in every checkout.
std::string path_in_build(std::string path, const Inputs& inputs);

// Sets file and line from "boot.c:12"; leaves them where it is something else.
void set_location(std::string_view location, Diagnostic& diagnostic);

}  // namespace cbundle

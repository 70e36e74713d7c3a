// A user's linker script, rewritten to be linked at any address.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/script/import_declaration.h"

namespace cbundle {

// A file that was read, or looked for and absent: if it appears, it is read.
struct Dependency {
  std::filesystem::path path;  // absolute if the given directory was
  bool existed = false;
  bool operator==(const Dependency&) const = default;
};

// Something in a script that one linker does not support or reads differently.
struct LinkerIncompatibility {
  std::string lld;       // what ld.lld 14 does: "does not support NOCROSSREFS"; empty: supported
  std::string gnu;       // a sentence about GNU ld 2.40; empty: supported
  std::string hint;      // what to write instead: "remove it"
  std::size_t line = 0;  // of the script's text, from 0
  bool operator==(const LinkerIncompatibility&) const = default;
};

struct Script {
  // The same for all scripts that differ only in comments and white space. The shift is added to
  // what sets an address (see relocatable_expression.h); import declarations are removed, included
  // files inserted. Ends with a newline.
  std::string text;
  std::vector<SourceLocation> locations;  // where each line of `text` came from

  // Names of the output sections that are loaded, as written, in the order of the text, with
  // duplicates.
  std::vector<std::string> sections;

  std::vector<LinkerIncompatibility> incompatibilities;  // in the order of the text

  std::vector<ImportDeclaration> imports;  // in the order of the script; names are distinct
  std::vector<Dependency> dependencies;    // each path once, in the order looked at

  std::uint64_t alignment = 1;  // the largest power of two that it aligns an address to; bytes
  bool has_memory = false;
  bool has_phdrs = false;
  std::string entry;          // of ENTRY, which stays in the text
  std::string output_format;  // of OUTPUT_FORMAT and OUTPUT_ARCH, which do not: the linker's
  std::string output_arch;    // emulation decides
};

// Returns the content of a file; nothing if it does not exist; an Error if it cannot be read.
using ReadScript =
    std::function<Result<std::optional<std::string>>(const std::filesystem::path& path)>;

// Reads the script at `path`; relative to `directory`. Files that it includes are looked for in
// `directory`, then beside the script that names them.
//
// Error{bad_input}, with file and line: for a syntax error; for commands that add objects or name
// the output, which the command line does; for patterns that choose input files by name, since all
// objects have been joined into one; for an INSERT beside a section that does not exist; for a name
// imported twice.
//
// A script whose output sections are all followed by an INSERT is inserted into a default script
// with the sections .text, .rodata, .data.rel.ro, .data, .bss and .rest.
Result<Script> read_script(const std::filesystem::path& path,
                           const std::filesystem::path& directory, const ReadScript& read);

// The same for the text of a script, such as a preprocessed template. `path` is not read, and is
// not among the dependencies.
Result<Script> parse_script(std::string_view text, const std::filesystem::path& path,
                            const std::filesystem::path& directory, const ReadScript& read);

}  // namespace cbundle

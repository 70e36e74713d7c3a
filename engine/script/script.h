// A user's linker script, made ready to be linked at any location.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/script/lexer.h"

namespace cbundle {

// `NAME = . + (LINE * 0);` in a script declares an import, of kind data.
struct DeclaredImport {
  std::string name;
  SourceLocation location;
  bool operator==(const DeclaredImport&) const = default;
};

// A file that was read, or looked for and not there: were it to appear, it would be read.
struct Dependency {
  std::filesystem::path path;  // absolute, where the directory given was
  bool existed = false;
  bool operator==(const Dependency&) const = default;
};

// Something in a script that not every linker can do or reads alike.
struct LinkerIncompatibility {
  std::string lld;       // what ld.lld 14 does: "cannot do NOCROSSREFS"; empty where it can
  std::string gnu;       // the same of GNU ld 2.40, a sentence's rest; empty where it can
  std::string hint;      // what to write instead: "leave it out"
  std::size_t line = 0;  // of the script's text, from 0
  bool operator==(const LinkerIncompatibility&) const = default;
};

struct Script {
  // The same for all scripts that differ in comments and white space alone. What sets an address
  // has the shift added (see moving.h); declared imports are taken out, included files put in.
  // Ends with a newline.
  std::string text;
  std::vector<SourceLocation> locations;  // where each line of `text` came from

  // Names of the output sections that are loaded, as written, in the order of the text; a name
  // stands here as often as there.
  std::vector<std::string> sections;

  std::vector<LinkerIncompatibility> incompatibilities;  // in the order of the text

  std::vector<DeclaredImport> imports;   // in the order of the script; names are distinct
  std::vector<Dependency> dependencies;  // each path once, in the order looked at

  std::uint64_t alignment = 1;  // the largest power of two that it aligns an address to, bytes
  bool has_memory = false;
  bool has_phdrs = false;
  std::string entry;          // of ENTRY, which stays in the text
  std::string output_format;  // of OUTPUT_FORMAT and OUTPUT_ARCH, which do not: the linker's
  std::string output_arch;    // emulation decides
};

// The content of a file; nothing where there is none; an Error where it cannot be read.
using ReadScript =
    std::function<Result<std::optional<std::string>>(const std::filesystem::path& path)>;

// Reads the script at `path`, which starts at `directory` if it is relative. Files that it
// includes are looked for in `directory`, then beside the script that names them.
//
// Error{bad_input} names file and line: for what is no linker script; for commands that would
// bring in objects or name the output, which are the command line's to say; for patterns that
// choose input files by name, since all objects have been joined into one; for an INSERT next to no
// section; for a name imported twice.
//
// A script whose output sections are all followed by an INSERT is put into a template of ours with
// the sections .text, .rodata, .data.rel.ro, .data, .bss and .rest.
Result<Script> read_script(const std::filesystem::path& path,
                           const std::filesystem::path& directory, const ReadScript& read);

// The same for a script whose text is at hand, such as a preprocessed template. `path` is not
// read, and not among the dependencies.
Result<Script> parse_script(std::string_view text, const std::filesystem::path& path,
                            const std::filesystem::path& directory, const ReadScript& read);

}  // namespace cbundle

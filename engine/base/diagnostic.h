// What is wrong with an input, or worth knowing about it: data, until a program prints it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cbundle {

enum class Severity : std::uint8_t { error, warning, note };

// "error"
std::string_view name_of(Severity severity);

// A place in the object that the partial link makes.
struct SectionOffset {
  std::uint32_t section = 0;  // index of its header
  std::uint64_t offset = 0;   // bytes from the section's start
};

// Empty strings and zeros: not known, or not to the point.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string message = {};  // a sentence without a full stop; names what it is about
  std::string hint = {};     // what to do about it

  std::string file = {};  // of the source or the script, relative to the build's directory
  std::uint32_t line = 0;
  std::string object = {};      // as the caller wrote it; "lib.a(div.o)" for a member
  std::string symbol = {};      // the function or variable that it was found in
  std::string section = {};     // likewise
  std::uint64_t offset = 0;     // bytes from the section's start
  std::string relocation = {};  // "R_386_32"
  std::string target = {};      // the symbol that the relocation refers to
  std::uint32_t similar = 0;    // more of the same cause, which are not listed

  // Where it is in the partial link's object, until Locator has found out file, line and object.
  // Not kept in the cache and not sent.
  std::optional<SectionOffset> place = {};
  std::uint32_t subject = 0;  // index of the symbol that the message is about, and whose
                              // definition is the place to show; 0: `place` is
};
using Diagnostics = std::vector<Diagnostic>;

// As many errors as a person reads; the rest are counted.
inline constexpr std::size_t max_shown = 20;

// For a person, as gcc and clang print them: "boot.c:12: error: …", each hint on a line of its own;
// `program` stands where no file is known. `colour` marks severities by terminal escapes. Ends with
// a newline.
std::string render(const Diagnostics& diagnostics, std::string_view program, bool colour = false);

// For logs: without severities, hints indented below. No newline at the end.
std::string text_of(const Diagnostics& diagnostics);

// As bytes, for the store; unpack_diagnostics() of anything else is empty.
std::string pack(const Diagnostics& diagnostics);
Diagnostics unpack_diagnostics(std::string_view bytes);

}  // namespace cbundle

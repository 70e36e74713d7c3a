// The caller's choices for a bundle.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cbundle {

// The two links that a bundle is proved by, and a third to check its object with.
enum class Layout { a, b, c };

enum class ImportKind { data, func, thumb };  // thumb: a function in Thumb code

struct Import {
  std::string name;
  ImportKind kind = ImportKind::data;
  bool operator==(const Import&) const = default;
};

enum class Mode {
  pic,        // no absolute reference to itself
  selfreloc,  // such references are listed in a fixup table
};

enum class Form {
  object,
  assembly,
  image,
  description,  // JSON that belongs to an image
  c_source,
  c_header,  // belongs to a C source
};

enum class Verify {
  none,
  relink,  // the emitted object, linked alone, must become what its inputs do: see relink.h
};

struct Spec {
  std::vector<Import> imports;       // names are distinct
  std::vector<std::string> exports;  // names are distinct
  Mode mode = Mode::pic;
  Form form = Form::object;
  std::string section = ".text.cbundle";  // of the emitted object
  Verify verify = Verify::none;
  std::string prefix;  // of NAME_start, NAME_end, NAME_fixups; empty: only where needed, "cbundle"
};

// Whether the bundle's start and end have names, PREFIX_start and PREFIX_end.
bool has_bounds(const Spec& spec);
std::string prefix_of(const Spec& spec);  // "cbundle" where it is empty

std::string_view name_of(Layout layout);
std::string_view name_of(ImportKind kind);
std::string_view name_of(Mode mode);
std::string_view name_of(Form form);
std::string_view name_of(Verify verify);

}  // namespace cbundle

#include "engine/bundle/output/c_form.h"

#include <algorithm>

#include "engine/base/text.h"

namespace cbundle {
namespace {

std::string upper(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string define(const std::string& name, std::uint64_t value) {
  return "#define " + name + ' ' + hex(value) + '\n';
}

// The same text in header and source, so that the source needs to include nothing of ours.
std::string declarations(const Bundle& b, std::string_view prefix) {
  const std::string name(prefix);
  const std::string macro = upper(prefix);
  std::string text = "#ifndef " + macro + "_BUNDLE_H\n#define " + macro +
                     "_BUNDLE_H\n\n#include <stdint.h>\n\n/* Code for " + b.target +
                     ". It moves by multiples of its alignment. */\n";
  text += define(macro + "_SIZE", b.size()) + define(macro + "_ALIGNMENT", b.alignment) +
          define(macro + "_REFERENCES", b.references.size()) +
          define(macro + "_FIXUPS", b.fixups.size());
  if (!b.exports.empty()) text += "\n/* Where the exports lie. */\n";
  for (const Export& e : b.exports) text += define(macro + "_OFFSET_" + e.name, e.offset);
  text +=
      "\n/* A field to fill in before the code runs: a relocation of the machine's ABI, against\n"
      "   an import, or against the bundle's own start where `import' is 0. */\n"
      "struct " +
      name +
      "_reference {\n  uint64_t offset;\n  uint32_t type;\n"
      "  const char *import;\n  int64_t addend;\n};\n"
      "\n/* A field that holds an address; kinds as in cbundle_fixups.h. */\n"
      "struct " +
      name +
      "_fixup {\n  uint64_t offset;\n  uint32_t kind;\n"
      "  const char *import;\n  int64_t addend;\n};\n\n"
      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  text += "extern const unsigned char " + name + "[];\nextern const struct " + name +
          "_reference " + name + "_references[];\nextern const struct " + name + "_fixup " + name +
          "_fixups[];\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

std::string import_in_c(const Bundle& b, std::uint32_t import) {
  return import < b.imports.size() ? json_string(b.imports[import]) : "0";
}

// One more than there are: C has no empty arrays.
constexpr std::string_view last_row = "  {0, 0, 0, 0},\n};\n";

}  // namespace

std::string c_header(const Bundle& bundle, std::string_view prefix) {
  return declarations(bundle, prefix);
}

std::string c_source(const Bundle& b, std::string_view bytes, std::string_view prefix) {
  constexpr std::size_t row = 12;
  const std::string name(prefix);
  std::string text = declarations(b, prefix);
  text.reserve(text.size() + 6 * bytes.size());
  text += "\n__attribute__((aligned(" + std::to_string(b.alignment) + "))) const unsigned char " +
          name + "[] = {";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += i % row == 0 ? "\n  " : " ";
    text += std::to_string(static_cast<unsigned char>(bytes[i])) + ',';
  }
  text += bytes.empty() ? "0};\n" : "\n};\n";
  text += "\nconst struct " + name + "_reference " + name + "_references[] = {\n";
  for (const Reference& r : b.references) {
    text += "  {" + hex(r.offset) + ", " + std::to_string(r.type) + ", " +
            import_in_c(b, r.import) + ", " + std::to_string(r.addend) + "},\n";
  }
  text += std::string(last_row) + "\nconst struct " + name + "_fixup " + name + "_fixups[] = {\n";
  for (const Fixup& f : b.fixups) {
    text += "  {" + hex(f.offset) + ", " + std::to_string(static_cast<unsigned>(f.kind)) + ", " +
            import_in_c(b, f.import) + ", " + std::to_string(f.addend) + "},\n";
  }
  return text + std::string(last_row);
}

}  // namespace cbundle

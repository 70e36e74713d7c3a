#include "engine/bundle/output/emit.h"

#include <map>

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/bundle/output/assembly_form.h"
#include "engine/elf/object_writer.h"
#include "engine/elf/target.h"

namespace cbundle {
namespace {

Result<const Target*> target_of(const Bundle& bundle) {
  const Target* target = target_named(bundle.target);
  if (target == nullptr) return Error{ErrorKind::corrupt, "the bundle is for an unknown machine"};
  return target;
}

// The bundle's bytes as one run, as an object or a raw image needs them.
Result<std::string> joined(std::vector<Segment> segments) {
  if (segments.empty()) return std::string();
  if (segments.size() == 1) return std::move(segments.front().bytes);
  const Segment& first = segments[0];
  const Segment& second = segments[1];
  return Error{ErrorKind::bad_input,
               "the script leaves a hole of " +
                   hex(second.offset - first.offset - first.bytes.size()) + " bytes after " +
                   hex(first.offset + first.bytes.size()) +
                   ", which would become zeros in the file",
               "give the later section a nearer load address with AT(...), or split the bundle"};
}

std::string label_name(std::int64_t offset) {
  return ".Lcbundle_" + hex(static_cast<std::uint64_t>(offset)).substr(2);
}

class ObjectForm {
 public:
  ObjectForm(const Bundle& bundle, const Spec& spec, const Target& target)
      : bundle_(bundle),
        spec_(spec),
        target_(target),
        writer_({target.output_machine, target.output_is_64, target.is_big_endian,
                 target.machine == target.output_machine ? bundle.elf_flags : 0}) {}

  std::string write(std::string bytes) {
    const std::uint64_t size = bytes.size();
    const std::uint64_t writable = spec_.mode == Mode::selfreloc ? SHF_WRITE : 0;
    text_ = writer_.section({.name = spec_.section,
                             .flags = SHF_ALLOC | SHF_EXECINSTR | writable,
                             .alignment = bundle_.alignment,
                             .content = std::move(bytes)});
    write_symbols(size);
    for (const Reference& r : bundle_.references) {
      const bool is_label = r.import == own_label;
      writer_.relocation(text_, r.offset, r.type,
                         is_label ? label_at(r.addend) : symbol_of(r.import),
                         is_label ? 0 : r.addend, target_.output_has_addends);
    }
    if (spec_.mode == Mode::selfreloc) write_fixups();
    for (const Attributes& a : bundle_.attributes) {
      writer_.section({.name = a.name,
                       .type = a.type,
                       .flags = a.flags,
                       .alignment = a.alignment,
                       .content = a.content,
                       .entry_size = a.entry_size});
    }
    writer_.section({.name = ".note.GNU-stack"});
    return writer_.finish();
  }

 private:
  void write_symbols(std::uint64_t size) {
    start_ = writer_.symbol({.name = "", .type = STT_SECTION, .section = text_});
    for (const std::string& name : bundle_.imports) {
      imports_.push_back(
          writer_.symbol({.name = name, .binding = STB_GLOBAL, .visibility = STV_HIDDEN}));
    }
    for (const Export& e : bundle_.exports) define(e.name, e.offset, e.size, e.type, text_);
    if (has_bounds(spec_)) {
      define(prefix_of(spec_) + "_start", 0, 0, STT_NOTYPE, text_);
      define(prefix_of(spec_) + "_end", size, 0, STT_NOTYPE, text_);
    }
    for (const MappingSymbol& symbol : bundle_.mapping_symbols) {
      writer_.symbol({.name = symbol.name, .value = symbol.offset, .section = text_});
    }
  }

  void define(const std::string& name, std::uint64_t offset, std::uint64_t size, std::uint8_t type,
              std::uint32_t section) {
    writer_.symbol({.name = name,
                    .value = offset,
                    .size = size,
                    .binding = STB_GLOBAL,
                    .type = type,
                    .visibility = STV_HIDDEN,
                    .section = section});
  }

  ObjectWriter::SymbolHandle symbol_of(std::uint32_t import) const {
    return import == internal ? start_ : imports_[import];
  }

  ObjectWriter::SymbolHandle label_at(std::int64_t offset) {
    const auto [found, fresh] = labels_.emplace(offset, 0);
    if (fresh) {
      found->second = writer_.symbol({.name = label_name(offset),
                                      .value = static_cast<std::uint64_t>(offset),
                                      .section = text_});
    }
    return found->second;
  }

  // {u32 offset, u32 kind, word value}: the final link fills in the values.
  void write_fixups() {
    const unsigned word = target_.output_word_size();
    std::string table((8 + word) * bundle_.fixups.size(), '\0');
    auto* at = reinterpret_cast<std::byte*>(table.data());
    for (const Fixup& f : bundle_.fixups) {
      store_word(at, 4, target_.is_big_endian, f.offset);
      store_word(at + 4, 4, target_.is_big_endian, static_cast<std::uint64_t>(f.kind));
      if (!target_.output_has_addends) {
        store_word(at + 8, word, target_.is_big_endian, static_cast<std::uint64_t>(f.addend));
      }
      at += 8 + word;
    }
    const std::uint64_t size = table.size();
    const std::uint32_t section = writer_.section({.name = spec_.section + ".fixups",
                                                   .flags = SHF_ALLOC,
                                                   .alignment = word,
                                                   .content = std::move(table)});
    define(prefix_of(spec_) + "_fixups", 0, size, STT_OBJECT, section);
    define(prefix_of(spec_) + "_fixups_end", size, 0, STT_NOTYPE, section);
    for (std::size_t i = 0; i < bundle_.fixups.size(); ++i) {
      const Fixup& f = bundle_.fixups[i];
      writer_.relocation(section, i * (8 + word) + 8, target_.output_word, symbol_of(f.import),
                         f.addend, target_.output_has_addends);
    }
  }

  const Bundle& bundle_;
  const Spec& spec_;
  const Target& target_;
  ObjectWriter writer_;
  std::uint32_t text_ = 0;
  ObjectWriter::SymbolHandle start_ = 0;
  std::vector<ObjectWriter::SymbolHandle> imports_;
  std::map<std::int64_t, ObjectWriter::SymbolHandle> labels_;
};

std::string import_json(const Bundle& bundle, std::uint32_t import) {
  return import < bundle.imports.size() ? json_string(bundle.imports[import]) : "null";
}

template <class Items, class Each>
void put_list(std::string& out, std::string_view name, const Items& items, Each each) {
  out += ",\n  \"" + std::string(name) + "\": [";
  bool first = true;
  for (const auto& item : items) {
    out += first ? "\n    " : ",\n    ";
    out += each(item);
    first = false;
  }
  out += first ? "]" : "\n  ]";
}

std::string describe(const Bundle& b, const Spec& spec) {
  std::string out = "{\n  \"target\": " + json_string(b.target) + ",\n  \"mode\": \"" +
                    std::string(name_of(spec.mode)) +
                    "\",\n  \"size\": " + std::to_string(b.size()) +
                    ",\n  \"alignment\": " + std::to_string(b.alignment);
  put_list(out, "segments", b.segments, [](const Segment& s) {
    return "{\"offset\": " + std::to_string(s.offset) +
           ", \"size\": " + std::to_string(s.bytes.size()) + "}";
  });
  put_list(out, "exports", b.exports, [](const Export& e) {
    return "{\"name\": " + json_string(e.name) + ", \"offset\": " + std::to_string(e.offset) +
           ", \"size\": " + std::to_string(e.size) + "}";
  });
  put_list(out, "references", b.references, [&](const Reference& r) {
    return "{\"offset\": " + std::to_string(r.offset) + ", \"type\": " + std::to_string(r.type) +
           (r.import == own_label ? R"(, "at": "label")" : "") +
           ", \"import\": " + import_json(b, r.import) +
           ", \"addend\": " + std::to_string(r.addend) + "}";
  });
  put_list(out, "fixups", b.fixups, [&](const Fixup& f) {
    return "{\"offset\": " + std::to_string(f.offset) +
           ", \"kind\": " + std::to_string(static_cast<unsigned>(f.kind)) +
           ", \"import\": " + import_json(b, f.import) +
           ", \"addend\": " + std::to_string(f.addend) + "}";
  });
  return out + "\n}\n";
}

std::string upper(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string define(const std::string& name, std::uint64_t value) {
  return "#define " + name + ' ' + hex(value) + '\n';
}

std::string c_declarations(const Bundle& b, const std::string& name) {
  const std::string macro = upper(name);
  std::string text = "\n#include <stdint.h>\n\n/* Code for " + b.target +
                     ". It moves by multiples of its alignment. */\n";
  text += define(macro + "_SIZE", b.size()) + define(macro + "_ALIGNMENT", b.alignment) +
          define(macro + "_REFERENCES", b.references.size()) +
          define(macro + "_FIXUPS", b.fixups.size());
  if (!b.exports.empty()) text += "\n/* Where the exports lie. */\n";
  for (const Export& e : b.exports) text += define(macro + "_OFFSET_" + e.name, e.offset);
  text +=
      "\n/* A field to fill in before the code runs: a relocation of the machine's ABI, against\n"
      "   an import, or against the bundle's own start where 'import' is 0. */\n"
      "struct " +
      name +
      "_reference {\n  uint64_t offset;\n  uint32_t type;\n"
      "  const char *import;\n  int64_t addend;\n};\n"
      "\n/* A field that holds an address; kinds as in cbundle_fixups.h. */\n"
      "struct " +
      name +
      "_fixup_entry {\n  uint64_t offset;\n  uint32_t kind;\n"
      "  const char *import;\n  int64_t addend;\n};\n\n"
      "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
  text += "extern const unsigned char " + name + "[];\nextern const struct " + name +
          "_reference " + name + "_references[];\nextern const struct " + name + "_fixup_entry " +
          name + "_fixups[];\n#ifdef __cplusplus\n}\n#endif\n\n";
  return text;
}

// What a program that loads the bundle includes. The source has the same text, so that it compiles
// by itself. `name` begins every name; a second bundle with the same names is an error, which a
// plain guard would pass over.
std::string c_header(const Bundle& b, const std::string& name) {
  const std::string guard = upper(name) + "_BUNDLE_H";
  const std::string declarations = c_declarations(b, name);
  const std::string mark = "0x" + Digest::of(declarations).hex().substr(0, 8);
  return "#ifndef " + guard + "\n#define " + guard + ' ' + mark + '\n' + declarations + "#elif " +
         guard + " != " + mark + "\n#error \"two bundles begin their names with " + name +
         ": build each with a --prefix of its own\"\n#endif\n";
}

std::string import_in_c(const Bundle& b, std::uint32_t import) {
  return import < b.imports.size() ? json_string(b.imports[import]) : "0";
}

// One more than there are: C has no empty arrays.
constexpr std::string_view last_row = "  {0, 0, 0, 0},\n};\n";

std::string c_source(const Bundle& b, std::string_view bytes, const std::string& name) {
  constexpr std::size_t row = 12;
  std::string text = c_header(b, name);
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
  text +=
      std::string(last_row) + "\nconst struct " + name + "_fixup_entry " + name + "_fixups[] = {\n";
  for (const Fixup& f : b.fixups) {
    text += "  {" + hex(f.offset) + ", " + std::to_string(static_cast<unsigned>(f.kind)) + ", " +
            import_in_c(b, f.import) + ", " + std::to_string(f.addend) + "},\n";
  }
  return text + std::string(last_row);
}

}  // namespace

Result<std::string> emit(Bundle bundle, const Spec& spec) {
  const Target* target = TRY(target_of(bundle));
  if (spec.form == Form::description) return describe(bundle, spec);
  if (spec.form == Form::c_header) return c_header(bundle, prefix_of(spec));
  if (spec.form == Form::c_source) {
    const std::string bytes = TRY(joined(bundle.segments));
    return c_source(bundle, bytes, prefix_of(spec));
  }
  std::string bytes = TRY(joined(std::move(bundle.segments)));
  switch (spec.form) {
    case Form::object: return ObjectForm(bundle, spec, *target).write(std::move(bytes));
    case Form::assembly: return assembly_text(bundle, spec, *target, std::move(bytes));
    default: return bytes;
  }
}

}  // namespace cbundle

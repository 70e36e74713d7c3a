#include "engine/bundle/output/assembly_form.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/text.h"
#include "engine/elf/target.h"

namespace cbundle {
namespace {

constexpr std::string_view start_label = ".Lcbundle_start";

// The directive for bytes between one mapping symbol and the next.
struct Unit {
  std::uint64_t size = 1;
  std::string_view directive = ".byte";
  std::string_view state = {};  // the directive before the first
};

// The assembler makes mapping symbols from these directives. Disassemblers, and linkers that work
// around errata, need them to distinguish code from data.
Unit unit_after(const MappingSymbol& symbol, std::uint16_t machine) {
  if (machine == EM_ARM && symbol.name.starts_with("$a")) return {4, ".inst", "\t.arm\n"};
  if (machine == EM_ARM && symbol.name.starts_with("$t")) return {2, ".inst.n", "\t.thumb\n"};
  if (machine == EM_AARCH64 && symbol.name.starts_with("$x")) return {4, ".inst", {}};
  return {};
}

// Not .Lxxx, which the assembler would replace by the section's symbol and an addend.
std::string place_name(std::int64_t offset) {
  return "cbundle_at_" + hex(static_cast<std::uint64_t>(offset)).substr(2);
}

// " + 4" or " - 4"; the least of all numbers has no negative.
std::string term(std::int64_t addend) {
  const auto bits = static_cast<std::uint64_t>(addend);
  return addend < 0 ? " - " + std::to_string(0 - bits) : " + " + std::to_string(bits);
}

bool is_whole_word(const Field& field) {
  return (field.size == 4 || field.size == 8) && field.mask == field::ones(8U * field.size);
}

class AssemblyForm {
 public:
  AssemblyForm(const Bundle& bundle, const Spec& spec, const Target& target, std::string bytes)
      : bundle_(bundle), spec_(spec), target_(target), bytes_(std::move(bytes)) {
    for (const Reference& r : bundle_.references) {
      sorted_.push_back(&r);
      if (r.import == own_label) places_.insert(r.addend);
    }
    std::ranges::stable_sort(sorted_, {}, [](const Reference* r) { return r->offset; });
  }

  Result<std::string> write() {
    out_ = "\t.section " + spec_.section + ",\"ax" + (spec_.mode == Mode::selfreloc ? "w" : "") +
           "\",%progbits\n";
    if (target_.machine == EM_RISCV) out_ += "\t.option norelax\n";
    out_ += "\t.balign " + std::to_string(bundle_.alignment) + '\n';
    for (const std::string& name : bundle_.imports) out_ += "\t.hidden " + name + '\n';
    TRY(put_section());
    put_places_outside();
    put_fixups();
    out_ += "\n\t.section .note.GNU-stack,\"\",%progbits\n";
    return std::move(out_);
  }

 private:
  Result<void> put_section() {
    const std::multimap<std::uint64_t, std::string> labels = this->labels();
    auto label = labels.begin();
    const auto put_labels_up_to = [&](std::uint64_t offset) {
      for (; label != labels.end() && label->first <= offset; ++label) {
        put_bytes(label->first);
        out_ += label->second;
      }
    };
    for (const Reference* r : sorted_) {
      put_labels_up_to(r->offset);
      put_bytes(r->offset);
      TRY(put_reference(*r));
      if (label != labels.end() && label->first < at_) {
        return Error{ErrorKind::bad_input,
                     "an export is inside a reference to an import at " + hex(r->offset),
                     "use --emit object"};
      }
    }
    put_labels_up_to(~std::uint64_t{0});
    put_bytes(bytes_.size());
    return {};
  }

  std::multimap<std::uint64_t, std::string> labels() const {
    std::multimap<std::uint64_t, std::string> labels;
    if (spec_.mode == Mode::selfreloc) labels.emplace(0, std::string(start_label) + ":\n");
    if (has_bounds(spec_)) labels.emplace(0, label(prefix_of(spec_) + "_start", 0, STT_NOTYPE));
    for (const Export& e : bundle_.exports) {
      const bool is_thumb = target_.machine == EM_ARM && e.type == STT_FUNC && e.offset % 2 == 1;
      labels.emplace(e.offset - (is_thumb ? 1 : 0),
                     (is_thumb ? "\t.thumb_func\n" : "") + label(e.name, e.size, e.type));
    }
    if (has_bounds(spec_)) {
      labels.emplace(bytes_.size(), label(prefix_of(spec_) + "_end", 0, STT_NOTYPE));
    }
    for (const std::int64_t place : places_) {
      const auto offset = static_cast<std::uint64_t>(place);
      if (offset <= bytes_.size()) labels.emplace(offset, place_name(place) + ":\n");
    }
    return labels;
  }

  static std::string label(const std::string& name, std::uint64_t size, std::uint8_t type) {
    std::string text = "\t.globl " + name + "\n\t.hidden " + name + '\n';
    if (type == STT_FUNC) text += "\t.type " + name + ",%function\n";
    if (type == STT_OBJECT) text += "\t.type " + name + ",%object\n";
    if (size != 0) text += "\t.size " + name + ", " + std::to_string(size) + '\n';
    return text + name + ":\n";
  }

  // Addresses outside the bytes: a little after the end, or before the start.
  void put_places_outside() {
    for (const std::int64_t place : places_) {
      if (static_cast<std::uint64_t>(place) <= bytes_.size()) continue;
      out_ += "\t.set " + place_name(place) + ", " + std::string(start_label) + term(place) + '\n';
    }
  }

  void put_bytes(std::uint64_t end) {
    while (at_ < end) {
      pass_mapping_symbols();
      const std::uint64_t stop = next_symbol_ == bundle_.mapping_symbols.size()
                                     ? end
                                     : std::min(end, bundle_.mapping_symbols[next_symbol_].offset);
      const std::uint64_t misaligned = at_ % unit_.size;
      if (misaligned != 0) {
        put_units(Unit(), std::min(stop, at_ + unit_.size - misaligned));
      } else if (stop - at_ < unit_.size) {
        put_units(Unit(), stop);
      } else {
        put_units(unit_, std::min(stop - stop % unit_.size, at_ + 16));
      }
    }
  }

  void pass_mapping_symbols() {
    for (; next_symbol_ < bundle_.mapping_symbols.size() &&
           bundle_.mapping_symbols[next_symbol_].offset <= at_;
         ++next_symbol_) {
      unit_ = unit_after(bundle_.mapping_symbols[next_symbol_], target_.machine);
      out_ += unit_.state;
    }
  }

  // One line.
  void put_units(const Unit& unit, std::uint64_t end) {
    out_ += '\t';
    out_ += unit.directive;
    for (char separator = ' '; at_ < end; separator = ',') {
      const std::uint64_t word =
          load_word(byte_at(at_), static_cast<unsigned>(unit.size), target_.is_big_endian);
      out_ += separator;
      out_ += unit.size == 1 ? std::to_string(word) : hex(word);
      at_ += unit.size;
    }
    out_ += '\n';
  }

  std::byte* byte_at(std::uint64_t offset) {
    return reinterpret_cast<std::byte*>(bytes_.data()) + offset;
  }

  // A whole word is written with its bytes; for any other field only the record, as its bytes have
  // other bits, too.
  Result<void> put_reference(const Reference& r) {
    const RelocationType* type = type_of(emitted_machine(target_), r.type);
    if (type == nullptr) {
      return Error{ErrorKind::bad_input,
                   "the assembler cannot express the reference at " + hex(r.offset),
                   "use --emit object"};
    }
    const std::string symbol = r.import == own_label  ? place_name(r.addend)
                               : r.import == internal ? std::string(start_label)
                                                      : bundle_.imports[r.import];
    const bool is_relative = type->formula == Formula::relative;
    const bool has_word = is_relative || type->formula == Formula::absolute;
    if (has_word && is_whole_word(type->field) && r.import != own_label) {
      out_ += (type->field.size == 4 ? "\t.long " : "\t.quad ") + symbol + term(r.addend) +
              (is_relative ? " - .\n" : "\n");
      at_ += type->field.size;
      return {};
    }
    const bool has_addend = r.import != own_label && takes_addends();
    out_ += "\t.reloc ., " + std::string(type->name) + ", " + symbol +
            (has_addend ? term(r.addend) : "") + '\n';
    if (has_addend && !target_.output_has_addends) clear(r.offset, type->field);
    return {};
  }

  // Where records have no addends, .reloc ignores its addend for ARM, so the field keeps its own;
  // for MIPS the assembler adds it to the field's.
  bool takes_addends() const { return target_.machine != EM_ARM; }

  void clear(std::uint64_t offset, const Field& field) {
    std::byte* at = byte_at(offset);
    const bool big = target_.is_big_endian;
    field.store(at, big, field.encode_addend(0, field.load(at, big)));
  }

  void put_fixups() {
    if (spec_.mode != Mode::selfreloc) return;
    const std::string name = prefix_of(spec_) + "_fixups";
    out_ += "\n\t.section " + spec_.section + ".fixups,\"a\",%progbits\n\t.balign " +
            std::to_string(target_.output_word_size()) + '\n' + label(name, 0, STT_OBJECT);
    for (const Fixup& f : bundle_.fixups) {
      const std::string symbol =
          f.import == internal ? std::string(start_label) : bundle_.imports[f.import];
      out_ += "\t.long " + std::to_string(f.offset) + ", " +
              std::to_string(static_cast<unsigned>(f.kind)) + '\n';
      out_ += (target_.output_is_64 ? "\t.quad " : "\t.long ") + symbol + term(f.addend) + '\n';
    }
    out_ += label(name + "_end", 0, STT_NOTYPE);
  }

  const Bundle& bundle_;
  const Spec& spec_;
  const Target& target_;
  std::string bytes_;
  std::vector<const Reference*> sorted_;  // by offset
  std::set<std::int64_t> places_;         // that references name
  std::uint64_t at_ = 0;                  // how far bytes are written
  std::size_t next_symbol_ = 0;           // the next one
  Unit unit_;
  std::string out_;
};

}  // namespace

Result<std::string> assembly_text(const Bundle& bundle, const Spec& spec, const Target& target,
                                  std::string bytes) {
  return AssemblyForm(bundle, spec, target, std::move(bytes)).write();
}

}  // namespace cbundle

#include "engine/script/relocatable_expression.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cbundle {
namespace {

using Kind = Expression::Kind;

struct Rewritten {
  std::string text;
  AddressClass address_class = AddressClass::constant;
  bool is_single = false;  // needs no parentheses as an operand
};

std::string shifted(std::string_view op, const Rewritten& part) {
  const std::string text = part.is_single ? part.text : "( " + part.text + " )";
  return "( " + text + " " + std::string(op) + " " + std::string(shift_placeholder) + " & " +
         std::string(mask_placeholder) + " )";
}

// Without the shift.
std::string number_of(const Rewritten& part) {
  return part.address_class == AddressClass::relocatable ? shifted("-", part) : part.text;
}

// With the shift: a relocatable value contains it already.
std::string address_of(const Rewritten& part) {
  return part.address_class == AddressClass::constant ? shifted("+", part) : part.text;
}

// The class of a sum, difference or comparison of two operands; nothing if an address among them
// must be made a number first.
std::optional<AddressClass> combined(std::string_view op, AddressClass left, AddressClass right) {
  const bool same = left == right;
  if (op == "&&" || op == "||") return std::nullopt;
  if (left == AddressClass::unknown || right == AddressClass::unknown) return AddressClass::unknown;
  if (same && left == AddressClass::constant) return AddressClass::constant;
  if (same && (op == "-" || is_comparison(op))) return AddressClass::constant;
  if (!same && op == "+") return AddressClass::relocatable;
  if (op == "-" && right == AddressClass::constant) return AddressClass::relocatable;
  return std::nullopt;
}

class AddressRewriter {
 public:
  explicit AddressRewriter(const AddressClasses& symbols) : symbols_(symbols) {}

  Rewritten rewrite(const Expression& e) const {
    switch (e.kind) {
      case Kind::number: return {text_of(e), AddressClass::constant, true};
      case Kind::name: return {e.text, class_of_name(e), true};
      case Kind::group: {
        Rewritten inner = rewrite(e.operands[0]);
        return {"( " + inner.text + " )", inner.address_class, true};
      }
      case Kind::unary: return unary(e);
      case Kind::binary: return binary(e);
      case Kind::conditional: return conditional(e);
      case Kind::call: return call(e);
    }
    return {text_of(e), AddressClass::unknown};
  }

 private:
  AddressClass class_of_name(const Expression& e) const {
    if (e.is_dot()) return AddressClass::relocatable;
    if (is_size_of_headers(e.text)) return AddressClass::constant;
    const auto found = symbols_.find(e.text);
    return found == symbols_.end() ? AddressClass::unknown : found->second;
  }

  Rewritten unary(const Expression& e) const {
    const Rewritten inner = rewrite(e.operands[0]);
    if (inner.address_class == AddressClass::unknown)
      return {e.text + " " + inner.text, inner.address_class};
    return {e.text + " " + number_of(inner), AddressClass::constant};
  }

  Rewritten binary(const Expression& e) const {
    const Rewritten left = rewrite(e.operands[0]);
    const Rewritten right = rewrite(e.operands[1]);
    const auto address_class = combined(e.text, left.address_class, right.address_class);
    if (address_class) return {left.text + " " + e.text + " " + right.text, *address_class};
    const bool unknown =
        left.address_class == AddressClass::unknown || right.address_class == AddressClass::unknown;
    return {number_of(left) + " " + e.text + " " + number_of(right),
            unknown ? AddressClass::unknown : AddressClass::constant};
  }

  Rewritten conditional(const Expression& e) const {
    Rewritten chosen = either(rewrite(e.operands[1]), rewrite(e.operands[2]), " : ");
    chosen.text.insert(0, number_of(rewrite(e.operands[0])) + " ? ");
    return chosen;
  }

  // Two values of which one is chosen: if one is an address, both are.
  static Rewritten either(const Rewritten& a, const Rewritten& b, const std::string& between) {
    if (a.address_class == b.address_class) return {a.text + between + b.text, a.address_class};
    const bool unknown =
        a.address_class == AddressClass::unknown || b.address_class == AddressClass::unknown;
    return {address_of(a) + between + address_of(b),
            unknown ? AddressClass::unknown : AddressClass::relocatable};
  }

  Rewritten call(const Expression& e) const {
    constexpr std::array addresses{"ADDR", "DATA_SEGMENT_ALIGN", "LOADADDR", "ORIGIN"};
    if (is_plain_number(e)) return {text_of(e), AddressClass::constant};
    if (std::ranges::find(addresses, e.text) != addresses.end()) {
      return {text_of(e), is_never_loaded(e.operands[0].text) ? AddressClass::constant
                                                              : AddressClass::relocatable};
    }
    if (e.text == "MAX" || e.text == "MIN") {
      const Rewritten part = either(rewrite(e.operands[0]), rewrite(e.operands[1]), " , ");
      return {e.text + " ( " + part.text + " )", part.address_class};
    }
    if (e.text == "ALIGN" && e.operands.size() == 1) return {text_of(e), AddressClass::relocatable};
    return call_with_value(e);
  }

  // One argument is the value, the other a number or a name.
  Rewritten call_with_value(const Expression& e) const {
    const bool second = e.text == "SEGMENT_START" || e.text == "DATA_SEGMENT_RELRO_END";
    const std::size_t which = second ? 1 : 0;
    Rewritten value = rewrite(e.operands[which]);
    if (e.text == "LOG2CEIL" && value.address_class == AddressClass::relocatable) {
      value = {number_of(value), AddressClass::constant};
    }
    std::string text = e.text + " ( ";
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (i > 0) text += " , ";
      text += i == which ? value.text : text_of(e.operands[i]);
    }
    return {text + " )", value.address_class};
  }

  const AddressClasses& symbols_;
};

}  // namespace

AddressClass address_class_of(const Expression& e, const AddressClasses& symbols) {
  const Rewritten moved = AddressRewriter(symbols).rewrite(e);
  return moved.text == text_of(e) ? moved.address_class : AddressClass::unknown;
}

std::string rewritten_address(const Expression& e, const AddressClasses& symbols) {
  return address_of(AddressRewriter(symbols).rewrite(e));
}

std::string rewritten_number(const Expression& e, const AddressClasses& symbols) {
  return number_of(AddressRewriter(symbols).rewrite(e));
}

bool is_never_loaded(std::string_view section) {
  constexpr std::array exact{
      ".comment",        ".gdb_index",        ".line",          ".mdebug",       ".pdr",
      ".shstrtab",       ".strtab",           ".symtab",        ".symtab_shndx", ".gnu.attributes",
      ".ARM.attributes", ".riscv.attributes", ".note.GNU-stack"};
  constexpr std::array beginnings{
      ".debug_", ".zdebug_",  ".stab",          ".mdebug.",
      ".gptab.", ".gnu.lto_", ".gnu.debuglto_", ".gnu.build.attributes"};
  return section == ".debug" || std::ranges::find(exact, section) != exact.end() ||
         std::ranges::any_of(beginnings, [&](auto head) { return section.starts_with(head); });
}

}  // namespace cbundle

#include "engine/script/moving.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cbundle {
namespace {

using Kind = Expression::Kind;

// An expression rewritten, and what it is then.
struct Moved {
  std::string text;
  Movement movement = Movement::stays;
  bool is_single = false;  // needs no parentheses to be part of something else
};

std::string shifted(std::string_view sign, const Moved& part) {
  const std::string text = part.is_single ? part.text : "( " + part.text + " )";
  return "( " + text + " " + std::string(sign) + " " + std::string(shift_word) + " & " +
         std::string(mask_word) + " )";
}

// An address as the script's writer sees it.
std::string number_of(const Moved& part) {
  return part.movement == Movement::moves ? shifted("-", part) : part.text;
}

// Only a plain number becomes an address; what moved already is one.
std::string address_of(const Moved& part) {
  return part.movement == Movement::stays ? shifted("+", part) : part.text;
}

bool is_comparison(std::string_view sign) {
  return sign == "<" || sign == ">" || sign == "<=" || sign == ">=" || sign == "==" || sign == "!=";
}

// What adding, subtracting and comparing make of two parts; nothing where addresses among them
// must be made numbers first.
std::optional<Movement> combined(std::string_view sign, Movement left, Movement right) {
  const bool same = left == right;
  if (sign == "&&" || sign == "||") return std::nullopt;
  if (left == Movement::unknown || right == Movement::unknown) return Movement::unknown;
  if (same && left == Movement::stays) return Movement::stays;
  if (same && (sign == "-" || is_comparison(sign))) return Movement::stays;
  if (!same && sign == "+") return Movement::moves;
  if (sign == "-" && right == Movement::stays) return Movement::moves;
  return std::nullopt;
}

class Mover {
 public:
  explicit Mover(const Movements& symbols) : symbols_(symbols) {}

  Moved move(const Expression& e) const {
    switch (e.kind) {
      case Kind::number: return {text_of(e), Movement::stays, true};
      case Kind::name: return {e.text, movement_of_name(e), true};
      case Kind::group: {
        Moved inner = move(e.operands[0]);
        return {"( " + inner.text + " )", inner.movement, true};
      }
      case Kind::unary: return unary(e);
      case Kind::binary: return binary(e);
      case Kind::conditional: return conditional(e);
      case Kind::call: return call(e);
    }
    return {text_of(e), Movement::unknown};
  }

 private:
  Movement movement_of_name(const Expression& e) const {
    if (e.is_dot()) return Movement::moves;
    if (e.text == "SIZEOF_HEADERS" || e.text == "sizeof_headers") return Movement::stays;
    const auto found = symbols_.find(e.text);
    return found == symbols_.end() ? Movement::unknown : found->second;
  }

  Moved unary(const Expression& e) const {
    const Moved inner = move(e.operands[0]);
    if (inner.movement == Movement::unknown) return {e.text + " " + inner.text, inner.movement};
    return {e.text + " " + number_of(inner), Movement::stays};
  }

  Moved binary(const Expression& e) const {
    const Moved left = move(e.operands[0]);
    const Moved right = move(e.operands[1]);
    const auto movement = combined(e.text, left.movement, right.movement);
    if (movement) return {left.text + " " + e.text + " " + right.text, *movement};
    const bool unknown = left.movement == Movement::unknown || right.movement == Movement::unknown;
    return {number_of(left) + " " + e.text + " " + number_of(right),
            unknown ? Movement::unknown : Movement::stays};
  }

  Moved conditional(const Expression& e) const {
    Moved chosen = either(move(e.operands[1]), move(e.operands[2]), " : ");
    chosen.text = number_of(move(e.operands[0])) + " ? " + chosen.text;
    return chosen;
  }

  // Two values of which one will be taken: if one is an address, both are.
  static Moved either(const Moved& a, const Moved& b, const std::string& between) {
    if (a.movement == b.movement) return {a.text + between + b.text, a.movement};
    const bool unknown = a.movement == Movement::unknown || b.movement == Movement::unknown;
    return {address_of(a) + between + address_of(b), unknown ? Movement::unknown : Movement::moves};
  }

  Moved call(const Expression& e) const {
    constexpr std::array plain{"ALIGNOF", "CONSTANT", "DEFINED", "LENGTH", "SIZEOF"};
    constexpr std::array addresses{"ADDR", "DATA_SEGMENT_ALIGN", "LOADADDR", "ORIGIN"};
    if (std::ranges::find(plain, e.text) != plain.end()) return {text_of(e), Movement::stays};
    if (std::ranges::find(addresses, e.text) != addresses.end()) {
      return {text_of(e), is_never_loaded(e.operands[0].text) ? Movement::stays : Movement::moves};
    }
    if (e.text == "MAX" || e.text == "MIN") {
      const Moved part = either(move(e.operands[0]), move(e.operands[1]), " , ");
      return {e.text + " ( " + part.text + " )", part.movement};
    }
    if (e.text == "ALIGN" && e.operands.size() == 1) return {text_of(e), Movement::moves};
    return call_of_a_value(e);
  }

  // One argument is the value, the other is a number or a name.
  Moved call_of_a_value(const Expression& e) const {
    const bool second = e.text == "SEGMENT_START" || e.text == "DATA_SEGMENT_RELRO_END";
    const std::size_t which = second ? 1 : 0;
    Moved value = move(e.operands[which]);
    if (e.text == "LOG2CEIL" && value.movement == Movement::moves) {
      value = {number_of(value), Movement::stays};
    }
    std::string text = e.text + " ( ";
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (i > 0) text += " , ";
      text += i == which ? value.text : text_of(e.operands[i]);
    }
    return {text + " )", value.movement};
  }

  const Movements& symbols_;
};

}  // namespace

Movement movement_of(const Expression& e, const Movements& symbols) {
  const Moved moved = Mover(symbols).move(e);
  return moved.text == text_of(e) ? moved.movement : Movement::unknown;
}

std::string moved_address(const Expression& e, const Movements& symbols) {
  return address_of(Mover(symbols).move(e));
}

std::string moved_number(const Expression& e, const Movements& symbols) {
  return number_of(Mover(symbols).move(e));
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

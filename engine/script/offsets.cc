#include "engine/script/offsets.h"

#include <algorithm>
#include <optional>

namespace cbundle {
namespace {

using Node = Expression::Kind;

enum class Kind {
  number,
  offset,    // an address that GNU ld stores as an offset from this section's start
  address,   // one in another section, or of the objects
  absolute,  // an address that both store as a number
  distance,  // between addresses: a number, though GNU ld may store it as an offset
  unclear,
};

struct Part {
  std::string text;
  Kind kind = Kind::number;
  bool is_single = false;  // needs no parentheses as an operand
};

bool is_numeric(const Part& part) {
  return part.kind == Kind::number || part.kind == Kind::distance;
}

std::string in_parentheses(const Part& part) {
  return part.is_single ? part.text : "( " + part.text + " )";
}

class Rewriter {
 public:
  Rewriter(const SectionContext& section, bool asserts) : section_(section), asserts_(asserts) {}

  bool is_portable() const { return is_portable_; }

  Part read(const Expression& e) {
    switch (e.kind) {
      case Node::number: return {e.text, Kind::number, true};
      case Node::name: return name(e);
      case Node::group: {
        const Part inner = read(e.operands[0]);
        return {"( " + inner.text + " )", inner.kind, true};
      }
      case Node::unary: return unary(e);
      case Node::binary: return binary(e);
      case Node::conditional: return conditional(e);
      case Node::call: return call(e);
    }
    return unclear(text_of(e));
  }

  // As GNU ld reads it where it needs a number.
  std::string number_of(const Part& part) {
    if (part.kind == Kind::offset) return "( " + in_parentheses(part) + " - " + start() + " )";
    if (part.kind == Kind::absolute && asserts_) {
      return "( " + in_parentheses(part) + " - " + std::string(shift_placeholder) + " & " +
             std::string(mask_placeholder) + " )";
    }
    if (part.kind == Kind::address || part.kind == Kind::unclear) is_portable_ = false;
    return part.text;
  }

  std::string assigned(const Part& part) {
    if (part.kind == Kind::number) return start() + " + ( " + part.text + " )";
    if (part.kind == Kind::distance || part.kind == Kind::unclear) is_portable_ = false;
    return part.text;
  }

 private:
  const std::string& start() const { return section_.start; }

  Part unclear(std::string text) {
    is_portable_ = false;
    return {std::move(text), Kind::unclear};
  }

  Part offset_of(const std::string& number) const {
    return {"( " + start() + " + ( " + number + " ) )", Kind::offset, true};
  }

  // The result of arithmetic with operands of these kinds.
  Part computed(const std::string& text, std::initializer_list<Kind> of) const {
    const auto is = [&](Kind kind) { return std::ranges::find(of, kind) != of.end(); };
    if (is(Kind::absolute) && !asserts_) return {text, Kind::absolute};
    if (is(Kind::offset)) return offset_of(text);
    return {text, is(Kind::distance) ? Kind::distance : Kind::number};
  }

  // To GNU ld a symbol that is assigned `.` between sections is a number, unless it is alone.
  Part name(const Expression& e) {
    if (e.is_dot() || section_.own.contains(e.text)) return {e.text, Kind::offset, true};
    if (is_size_of_headers(e.text)) return {e.text, Kind::number, true};
    const auto found = section_.symbols.find(e.text);
    if (found == section_.symbols.end()) return {e.text, Kind::address, true};
    if (found->second == AddressClass::constant) return {e.text, Kind::number, true};
    if (!asserts_ && !section_.enclosed.contains(e.text)) is_portable_ = false;
    return {e.text, Kind::address, true};
  }

  Part unary(const Expression& e) {
    const Part inner = read(e.operands[0]);
    const std::string text = e.text + " " + number_of(inner);
    return e.text == "!" ? Part{text, Kind::number} : computed(text, {inner.kind});
  }

  Part binary(const Expression& e) {
    const Part left = read(e.operands[0]);
    const Part right = read(e.operands[1]);
    const std::string as_is = left.text + " " + e.text + " " + right.text;
    if (is_comparison(e.text)) {
      const bool are_alike = is_numeric(left) == is_numeric(right) && left.kind != Kind::unclear &&
                             right.kind != Kind::unclear;
      if (are_alike) return {as_is, Kind::number};
    } else if (const auto kind = sum_of(e.text, left, right)) {
      return {as_is, *kind};
    }
    const std::string text = number_of(left) + " " + e.text + " " + number_of(right);
    if (is_comparison(e.text) || e.text == "&&" || e.text == "||") return {text, Kind::number};
    return computed(text, {left.kind, right.kind});
  }

  // The kind of a sum or difference that both linkers compute alike as written.
  static std::optional<Kind> sum_of(std::string_view op, const Part& left, const Part& right) {
    if (op != "+" && op != "-") return std::nullopt;
    if (left.kind == Kind::unclear || right.kind == Kind::unclear) return std::nullopt;
    if (is_numeric(left) && is_numeric(right)) {
      return left.kind == right.kind ? left.kind : Kind::distance;
    }
    if (is_numeric(right)) return left.kind;
    if (is_numeric(left)) return op == "+" ? std::optional(right.kind) : std::nullopt;
    if (op == "+") return std::nullopt;
    return left.kind == right.kind && left.kind != Kind::address ? Kind::number : Kind::distance;
  }

  Part conditional(const Expression& e) {
    Part chosen = either(read(e.operands[1]), read(e.operands[2]), " : ");
    chosen.text.insert(0, number_of(read(e.operands[0])) + " ? ");
    return chosen;
  }

  // Two values of which one is chosen: if one is an address, both are.
  Part either(const Part& a, const Part& b, const std::string& between) {
    const auto lifted = [&](const Part& part) {
      return part.kind == Kind::number ? offset_of(part.text).text : part.text;
    };
    const auto is_in_a_section = [](const Part& part) {
      return part.kind == Kind::offset || part.kind == Kind::address;
    };
    if (a.kind == b.kind) return {a.text + between + b.text, a.kind};
    const bool has_address = is_in_a_section(a) || is_in_a_section(b);
    const bool can_lift = (is_in_a_section(a) || a.kind == Kind::number) &&
                          (is_in_a_section(b) || b.kind == Kind::number);
    if (!has_address || !can_lift) return unclear(a.text + between + b.text);
    const bool are_own = a.kind != Kind::address && b.kind != Kind::address;
    return {lifted(a) + between + lifted(b), are_own ? Kind::offset : Kind::address};
  }

  Part call(const Expression& e) {
    if (is_plain_number(e)) return {text_of(e), Kind::number, true};
    if (e.is_call("LOADADDR") || e.is_call("ORIGIN")) return {text_of(e), Kind::absolute, true};
    if (e.is_call("ADDR")) {
      const bool is_own = e.operands[0].text == section_.name;
      return {text_of(e), is_own ? Kind::offset : Kind::address, true};
    }
    if (e.is_call("ABSOLUTE")) return absolute(e);
    if (e.is_call("ALIGN")) return aligned(e);
    if (e.is_call("LOG2CEIL")) {
      return {"LOG2CEIL ( " + number_of(read(e.operands[0])) + " )", Kind::number, true};
    }
    if (e.is_call("MAX") || e.is_call("MIN")) return extreme(e);
    return unclear(text_of(e));
  }

  Part absolute(const Expression& e) {
    const Part inner = read(e.operands[0]);
    const bool is_number = asserts_ && inner.kind == Kind::number;
    return {"ABSOLUTE ( " + inner.text + " )", is_number ? Kind::number : Kind::absolute, true};
  }

  Part extreme(const Expression& e) {
    const Part a = read(e.operands[0]);
    const Part b = read(e.operands[1]);
    const Part part = either(a, b, " , ");
    // GNU ld compares a number with the offset of an address in another section.
    if (part.kind == Kind::address && a.kind != b.kind) is_portable_ = false;
    return {e.text + " ( " + part.text + " )", part.kind, true};
  }

  // `.` is aligned as an address, other values as they are.
  Part aligned(const Expression& e) {
    const std::string to = number_of(read(e.operands.back()));
    if (e.operands.size() == 1) return {"ALIGN ( " + to + " )", Kind::offset, true};
    const Part value = read(e.operands[0]);
    return computed("ALIGN ( " + number_of(value) + " , " + to + " )", {value.kind});
  }

  const SectionContext& section_;
  bool asserts_;
  bool is_portable_ = true;
};

}  // namespace

PortableText assigned_inside(const Expression& expression, const SectionContext& section) {
  Rewriter rewriter(section, false);
  std::string text = rewriter.assigned(rewriter.read(expression));
  if (!rewriter.is_portable()) text = text_of(expression);
  return {std::move(text), rewriter.is_portable()};
}

PortableText asserted_inside(const Expression& expression, const SectionContext& section) {
  Rewriter rewriter(section, true);
  std::string text = rewriter.number_of(rewriter.read(expression));
  return {std::move(text), rewriter.is_portable()};
}

bool replace_location(Expression& e, const std::string& here) {
  const Expression location{Node::name, here, {}};
  if (e.is_dot()) {
    e = location;
    return true;
  }
  bool is_replaced = false;
  for (Expression& operand : e.operands) is_replaced |= replace_location(operand, here);
  if (!e.is_call("ALIGN") || e.operands.size() != 1) return is_replaced;
  e.operands.insert(e.operands.begin(), location);
  return true;
}

std::string address_of_section(std::string_view name) {
  return "ADDR ( " + std::string(name) + " )";
}

}  // namespace cbundle

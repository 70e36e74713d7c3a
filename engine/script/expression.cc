#include "engine/script/expression.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace cbundle {
namespace {

using Kind = Expression::Kind;

constexpr int max_depth = 100;
constexpr int max_parts = 2000;

// How the arguments in parentheses are read.
enum class Argument { expression, section, symbol, section_then_expression, expression_then_text };

struct Function {
  std::string_view name;
  Argument argument;
  std::size_t min_arguments;
  std::size_t max_arguments;
};

constexpr std::array functions{
    Function{"ABSOLUTE", Argument::expression, 1, 1},
    Function{"ADDR", Argument::section, 1, 1},
    Function{"ALIGN", Argument::expression, 1, 2},
    Function{"ALIGNOF", Argument::section, 1, 1},
    Function{"ASSERT", Argument::expression_then_text, 2, 2},
    Function{"BLOCK", Argument::expression, 1, 1},  // an old name of ALIGN
    Function{"CONSTANT", Argument::symbol, 1, 1},
    Function{"DATA_SEGMENT_ALIGN", Argument::expression, 2, 2},
    Function{"DATA_SEGMENT_END", Argument::expression, 1, 1},
    Function{"DATA_SEGMENT_RELRO_END", Argument::expression, 2, 2},
    Function{"DEFINED", Argument::symbol, 1, 1},
    Function{"LENGTH", Argument::section, 1, 1},
    Function{"LOADADDR", Argument::section, 1, 1},
    Function{"LOG2CEIL", Argument::expression, 1, 1},
    Function{"MAX", Argument::expression, 2, 2},
    Function{"MIN", Argument::expression, 2, 2},
    Function{"NEXT", Argument::expression, 1, 1},
    Function{"ORIGIN", Argument::section, 1, 1},
    Function{"SEGMENT_START", Argument::section_then_expression, 2, 2},
    Function{"SIZEOF", Argument::section, 1, 1},
};

const Function* function_named(std::string_view name) {
  const auto* found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() ? nullptr : found;
}

// The precedence of a binary operator; 0 for any other token.
int precedence_of(const Token& token) {
  using Operator = std::pair<std::string_view, int>;
  constexpr std::array operators{
      Operator{"||", 1}, Operator{"&&", 2}, Operator{"|", 3},  Operator{"^", 4}, Operator{"&", 5},
      Operator{"==", 6}, Operator{"!=", 6}, Operator{"<", 7},  Operator{">", 7}, Operator{"<=", 7},
      Operator{">=", 7}, Operator{"<<", 8}, Operator{">>", 8}, Operator{"+", 9}, Operator{"-", 9},
      Operator{"*", 10}, Operator{"/", 10}, Operator{"%", 10}};
  const auto* found = std::ranges::find(operators, token.text, &Operator::first);
  const bool is_operator = token.kind == TokenKind::punctuator && found != operators.end();
  return is_operator ? found->second : 0;
}

int size_of(const Expression& e) {
  int size = 1;
  for (const Expression& operand : e.operands) size += size_of(operand);
  return size;
}

class ExpressionReader {
 public:
  explicit ExpressionReader(Lexer& lexer) : lexer_(lexer) {}

  Result<Expression> conditional() {
    auto condition = TRY(binary(1));
    if (!TRY(skip("?"))) return condition;
    auto chosen = TRY(nested());
    TRY(expect(":"));
    auto other = TRY(nested());
    return part(Kind::conditional, "?",
                operands(std::move(condition), std::move(chosen), std::move(other)));
  }

 private:
  template <class... Parts>
  static std::vector<Expression> operands(Parts... parts) {
    std::vector<Expression> all;
    (all.push_back(std::move(parts)), ...);
    return all;
  }

  Result<Expression> part(Kind kind, std::string_view text, std::vector<Expression> of = {}) {
    if (++parts_ > max_parts) return too_long();
    return Expression{kind, std::string(text), std::move(of)};
  }

  Result<Expression> nested() {
    if (++depth_ > max_depth) return too_deep();
    auto inner = TRY(conditional());
    --depth_;
    return inner;
  }

  Result<Expression> binary(int min_precedence) {
    auto left = TRY(unary());
    while (true) {
      const Token op = TRY(peek());
      const int precedence = precedence_of(op);
      if (precedence < min_precedence || precedence == 0) return left;
      TRY(expect(op.text));
      auto right = TRY(binary(precedence + 1));
      if (op.is("^")) {
        parts_ += 3 + size_of(left) + size_of(right);
        if (parts_ > max_parts) return too_long();
        left = exclusive_or(std::move(left), std::move(right));
        continue;
      }
      left = TRY(part(Kind::binary, op.text, operands(std::move(left), std::move(right))));
    }
  }

  Result<Expression> unary() {
    const Token token = TRY(peek());
    if (!token.is("-") && !token.is("+") && !token.is("!") && !token.is("~")) return primary();
    TRY(expect(token.text));
    if (++depth_ > max_depth) return too_deep();
    auto operand = TRY(unary());
    --depth_;
    if (token.is("+")) return operand;
    return part(Kind::unary, token.text, operands(std::move(operand)));
  }

  Result<Expression> primary() {
    const Token token = TRY(lexer_.next(LexMode::expression));
    if (token.kind == TokenKind::number) return part(Kind::number, token.text);
    if (token.is("(")) {
      auto inner = TRY(nested());
      TRY(expect(")"));
      return part(Kind::group, "(", operands(std::move(inner)));
    }
    if (!token.is_name()) return expected("an expression", token);
    const Function* function = token.kind == TokenKind::name ? function_named(token.text) : nullptr;
    if (function != nullptr && TRY(peek()).is("(")) return call(*function);
    return part(Kind::name, token.text);
  }

  Result<Expression> call(const Function& function) {
    TRY(expect("("));
    std::vector<Expression> arguments;
    arguments.push_back(TRY(first_argument(function)));
    while (TRY(skip(","))) {
      const bool is_text = function.argument == Argument::expression_then_text;
      arguments.push_back(is_text ? TRY(name(LexMode::expression)) : TRY(nested()));
    }
    if (arguments.size() < function.min_arguments || arguments.size() > function.max_arguments) {
      return error_here("wrong number of arguments to " + std::string(function.name));
    }
    TRY(expect(")"));
    if (function.name == "BLOCK") return part(Kind::call, "ALIGN", std::move(arguments));
    if (function.name == "NEXT") {
      return part(Kind::call, "ABSOLUTE",
                  operands(TRY(part(Kind::call, "ALIGN", std::move(arguments)))));
    }
    return part(Kind::call, function.name, std::move(arguments));
  }

  Result<Expression> first_argument(const Function& function) {
    switch (function.argument) {
      case Argument::section_then_expression: return name(LexMode::statement);
      case Argument::section: {
        Expression section = TRY(name(LexMode::statement));
        section.text = plain_name(section.text);
        return section;
      }
      case Argument::symbol: return name(LexMode::expression);
      case Argument::expression:
      case Argument::expression_then_text: break;
    }
    return nested();
  }

  Result<Expression> name(LexMode reading) {
    return part(Kind::name, TRY(lexer_.expect_name(reading, "a name")).text);
  }

  Result<Token> peek() { return lexer_.peek(LexMode::expression); }

  Result<Token> expect(std::string_view text) { return lexer_.expect(text, LexMode::expression); }
  Result<bool> skip(std::string_view text) { return lexer_.skip(text, LexMode::expression); }

  Error too_long() { return error_here("the expression has more than 2,000 parts"); }
  Error too_deep() { return error_here("the expression is nested more than 100 levels deep"); }

  Error error_here(std::string message) {
    auto token = peek();
    return token ? error_at(token.value().location(), std::move(message))
                 : std::move(token).error();
  }

  Lexer& lexer_;
  int depth_ = 0;
  int parts_ = 0;
};

std::optional<std::uint64_t> apply(std::string_view op, std::uint64_t a, std::uint64_t b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/" && b != 0) return a / b;
  if (op == "%" && b != 0) return a % b;
  if (op == "&") return a & b;
  if (op == "|") return a | b;
  if (op == "<<" && b < 64) return a << b;
  if (op == ">>" && b < 64) return a >> b;
  return std::nullopt;
}

std::uint64_t if_power_of_two(std::optional<std::uint64_t> value) {
  return value && std::has_single_bit(*value) ? *value : 1;
}

// x & ~0xfff aligns to 0x1000, and so does x & 0xfffff000 with addresses of 32 bits.
std::uint64_t alignment_of_mask(std::optional<std::uint64_t> mask) {
  if (!mask || *mask == 0) return 1;
  const std::uint64_t high = *mask >> 31 == 1 ? ~std::uint64_t{0} << 32 : 0;
  return if_power_of_two(~(*mask | high) + 1);
}

std::uint64_t alignment_of_node(const Expression& e, const Constants& names) {
  if (e.is_call("ALIGN")) {
    return if_power_of_two(constant_of(e.operands.back(), names));
  }
  if (e.is_call("DATA_SEGMENT_ALIGN")) {
    return if_power_of_two(constant_of(e.operands.front(), names));
  }
  if (e.kind == Kind::binary && e.text == "&") {
    return std::max(alignment_of_mask(constant_of(e.operands[0], names)),
                    alignment_of_mask(constant_of(e.operands[1], names)));
  }
  return 1;
}

}  // namespace

Result<Expression> read_expression(Lexer& lexer) { return ExpressionReader(lexer).conditional(); }

bool is_comparison(std::string_view op) {
  return op == "<" || op == ">" || op == "<=" || op == ">=" || op == "==" || op == "!=";
}

bool is_size_of_headers(std::string_view name) {
  return name == "SIZEOF_HEADERS" || name == "sizeof_headers";
}

bool is_plain_number(const Expression& call) {
  constexpr std::array numbers{"ALIGNOF", "CONSTANT", "DEFINED", "LENGTH", "SIZEOF"};
  return std::ranges::find(numbers, call.text) != numbers.end();
}

Expression exclusive_or(Expression left, Expression right) {
  const auto group = [](Expression inner) {
    return Expression{Kind::group, "(", {std::move(inner)}};
  };
  Expression either{Kind::binary, "|", {left, right}};
  Expression both{Kind::binary, "&", {std::move(left), std::move(right)}};
  return group({Kind::binary, "-", {group(std::move(either)), group(std::move(both))}});
}

std::string text_of(const Expression& e) {
  switch (e.kind) {
    case Kind::number: return text_of_number(e.text);
    case Kind::name: return e.text;
    case Kind::group: return "( " + text_of(e.operands[0]) + " )";
    case Kind::unary: return e.text + " " + text_of(e.operands[0]);
    case Kind::binary: return text_of(e.operands[0]) + " " + e.text + " " + text_of(e.operands[1]);
    case Kind::conditional:
      return text_of(e.operands[0]) + " ? " + text_of(e.operands[1]) + " : " +
             text_of(e.operands[2]);
    case Kind::call: break;
  }
  std::string text = e.text + " ( " + text_of(e.operands[0]);
  for (const Expression& operand : std::span(e.operands).subspan(1)) {
    text += " , " + text_of(operand);
  }
  return text + " )";
}

std::optional<std::uint64_t> constant_of(const Expression& e, const Constants& names) {
  constexpr std::uint64_t max_page = 0x10000;
  if (e.kind == Kind::number) return value_of_number(e.text);
  if (e.kind == Kind::group) return constant_of(e.operands[0], names);
  if (e.is_call("CONSTANT")) return max_page;
  if (e.kind == Kind::name) {
    const auto found = names.find(e.text);
    return found == names.end() ? std::nullopt : std::optional(found->second);
  }
  if (e.kind != Kind::unary && e.kind != Kind::binary) return std::nullopt;
  const auto first = constant_of(e.operands[0], names);
  if (!first) return std::nullopt;
  if (e.kind == Kind::unary) {
    return e.text == "-"   ? 0 - *first
           : e.text == "~" ? ~*first
                           : static_cast<std::uint64_t>(*first == 0);
  }
  const auto second = constant_of(e.operands[1], names);
  return second ? apply(e.text, *first, *second) : std::nullopt;
}

std::uint64_t alignment_in(const Expression& e, const Constants& names) {
  std::uint64_t alignment = alignment_of_node(e, names);
  for (const Expression& operand : e.operands) {
    alignment = std::max(alignment, alignment_in(operand, names));
  }
  return alignment;
}

}  // namespace cbundle

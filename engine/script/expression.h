// Expressions of a linker script, as trees.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/script/lexer.h"

namespace cbundle {

struct Expression {
  enum class Kind { number, name, group, unary, binary, conditional, call };

  Kind kind = Kind::number;
  std::string text;                  // the number, name, operator or function; quotes are kept
  std::vector<Expression> operands;  // what it applies to, in the order written

  bool is_dot() const { return kind == Kind::name && text == "."; }
  bool is_call(std::string_view function) const { return kind == Kind::call && text == function; }
};

// Reads the longest expression that starts here. Error{bad_input} where none does, and where one
// is nested or long beyond reason (100 levels, 2,000 parts).
//
// What lld 14 does not know is read as what it is short for: unary plus is left out, BLOCK is
// ALIGN, NEXT ( n ) is ABSOLUTE ( ALIGN ( n ) ), and so is `^`, which GNU ld has from 2.41 on.
Result<Expression> read_expression(Lexer& lexer);

// Its tokens with one space between any two; numbers so that both GNU ld and lld take them.
std::string text_of(const Expression& expression);

using Constants = std::map<std::string, std::uint64_t, std::less<>>;

// a ^ b in operators that both GNU ld 2.40 and lld 14 know.
Expression exclusive_or(Expression left, Expression right);

// The value, where it is made of numbers and of these names. The machine's page sizes count as
// 64 KiB, the largest of all.
std::optional<std::uint64_t> constant_of(const Expression& expression, const Constants& names);

// The largest power of two that the expression aligns an address to; 1 where it does not.
std::uint64_t alignment_in(const Expression& expression, const Constants& names);

}  // namespace cbundle

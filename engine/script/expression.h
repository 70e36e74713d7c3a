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

// Reads the longest expression that starts here. Error{bad_input} for a syntax error, and for more
// than 100 levels of nesting or 2,000 parts.
//
// What lld 14 does not support is rewritten: unary plus is dropped, BLOCK becomes ALIGN, NEXT ( n )
// becomes ABSOLUTE ( ALIGN ( n ) ), and `^`, which GNU ld supports from 2.41 on, exclusive_or().
Result<Expression> read_expression(Lexer& lexer);

// Its tokens separated by single spaces; numbers in a form that both GNU ld and lld accept.
std::string text_of(const Expression& expression);

bool is_comparison(std::string_view op);

// Whether the name is that of the size of the file's headers, a number.
bool is_size_of_headers(std::string_view name);

// Whether the function's value never is an address: SIZEOF, DEFINED…
bool is_plain_number(const Expression& call);

using Constants = std::map<std::string, std::uint64_t, std::less<>>;

// a ^ b in operators that both GNU ld 2.40 and lld 14 support.
Expression exclusive_or(Expression left, Expression right);

// The value, if it consists of numbers and these names. Page sizes count as 64 KiB, the largest of
// all machines.
std::optional<std::uint64_t> constant_of(const Expression& expression, const Constants& names);

// The largest power of two that the expression aligns an address to; 1 if it does not.
std::uint64_t alignment_in(const Expression& expression, const Constants& names);

}  // namespace cbundle

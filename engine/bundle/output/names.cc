#include "engine/bundle/output/names.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace cbundle {
namespace {

// Of C23 and C++20, and gcc's own.
constexpr auto keywords = std::to_array<std::string_view>({
    "alignas",     "alignof",
    "and",         "and_eq",
    "asm",         "auto",
    "bitand",      "bitor",
    "bool",        "break",
    "case",        "catch",
    "char",        "char16_t",
    "char32_t",    "char8_t",
    "class",       "co_await",
    "co_return",   "co_yield",
    "compl",       "concept",
    "const",       "const_cast",
    "consteval",   "constexpr",
    "constinit",   "continue",
    "decltype",    "default",
    "delete",      "do",
    "double",      "dynamic_cast",
    "else",        "enum",
    "explicit",    "export",
    "extern",      "false",
    "float",       "for",
    "friend",      "goto",
    "if",          "inline",
    "int",         "linux",
    "long",        "mutable",
    "namespace",   "new",
    "noexcept",    "not",
    "not_eq",      "nullptr",
    "operator",    "or",
    "or_eq",       "private",
    "protected",   "public",
    "register",    "reinterpret_cast",
    "requires",    "restrict",
    "return",      "short",
    "signed",      "sizeof",
    "static",      "static_assert",
    "static_cast", "struct",
    "switch",      "template",
    "this",        "thread_local",
    "throw",       "true",
    "try",         "typedef",
    "typeid",      "typename",
    "typeof",      "typeof_unqual",
    "union",       "unix",
    "unsigned",    "using",
    "virtual",     "void",
    "volatile",    "wchar_t",
    "while",       "xor",
    "xor_eq",
});

bool is_c_name(std::string_view text) {
  return is_identifier(text) && std::ranges::find(keywords, text) == std::end(keywords);
}

// The GNU assembler's symbols have dots and dollar signs too.
bool is_symbol(std::string_view text) {
  return is_identifier(replaced(replaced(text, ".", "_"), "$", "_"));
}

Error bad_prefix(const Spec& spec, const std::string& accepts) {
  return {ErrorKind::bad_request,
          "--prefix " + quote(spec.prefix) + " is not a name that " + accepts + " accepts",
          "use letters, digits and underscores, and no digit first"};
}

Result<void> check_c_names(const Spec& spec) {
  if (!spec.prefix.empty() && !is_c_name(spec.prefix)) return bad_prefix(spec, "a C compiler");
  const auto unfit = std::ranges::find_if_not(spec.exports, [](const std::string& name) {
    return std::ranges::all_of(name, is_identifier_character);
  });
  if (unfit == spec.exports.end()) return {};
  return Error{ErrorKind::bad_request,
               "export " + quote(*unfit) + " cannot be part of a macro's name in C",
               "give the symbol a name of letters, digits and underscores, or use --emit image, "
               "whose description has all names"};
}

}  // namespace

Result<void> check_names(const Spec& spec) {
  switch (spec.form) {
    case Form::c_source:
    case Form::c_header: return check_c_names(spec);
    case Form::assembly:
      if (spec.prefix.empty() || is_symbol(spec.prefix)) return {};
      return bad_prefix(spec, "the assembler");
    case Form::object:
    case Form::image:
    case Form::description: break;
  }
  return {};
}

}  // namespace cbundle

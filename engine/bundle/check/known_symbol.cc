#include "engine/bundle/check/known_symbol.h"

#include <algorithm>
#include <array>

namespace cbundle {
namespace {

constexpr std::string_view no_exceptions = "compile with -fno-exceptions";
constexpr std::string_view no_thunks =
    "compile with -mindirect-branch=keep -mfunction-return=keep, or with -mno-retpoline";
constexpr std::string_view define_it =
    "compilers call it on their own: define it in the bundle, or import it";
constexpr std::string_view libgcc =
    "it is in the compiler's own library: add the file that -print-libgcc-file-name names "
    "to the objects, or avoid the operation";
constexpr std::string_view libatomic =
    "this machine, as compiled for, has no such atomic instruction: name a newer one with -march, "
    "or import the function from the host";

// The first that matches. Sources: GCC 12's libgcc and libatomic; the run-time ABI for the Arm
// architecture (rtabi32), chapter 4. The C library, not libgcc, has those of `define_it`.
constexpr std::array known{
    KnownSymbol{"__stack_chk_*", "compile with -fno-stack-protector"},
    KnownSymbol{"__gcc_personality_* __gxx_personality_* __aeabi_unwind_* _Unwind_* "
                "__cxa_begin_cleanup __cxa_end_cleanup",
                no_exceptions},
    KnownSymbol{"__tls_get_addr ___tls_get_addr __aeabi_read_tp", no_thread_local},
    KnownSymbol{"__emutls_*", "remove __thread, or compile without -femulated-tls"},
    KnownSymbol{"__fentry__ mcount _mcount __mcount __gnu_mcount_nc", "compile without -pg"},
    KnownSymbol{"__cyg_profile_func_*", "compile without -finstrument-functions"},
    KnownSymbol{"__gcov_* __llvm_profile_*", "compile without --coverage and -fprofile-*"},
    KnownSymbol{"__asan_* __ubsan_* __tsan_* __msan_* __hwasan_*",
                "compile with -fno-sanitize=all"},
    KnownSymbol{"__sanitizer_cov_*", "compile without -fsanitize-coverage"},
    KnownSymbol{"__morestack*", "compile with -fno-split-stack"},
    KnownSymbol{"__x86_indirect_thunk_* __x86_return_thunk __llvm_retpoline_*", no_thunks},
    KnownSymbol{"__riscv_save_* __riscv_restore_*", "compile with -mno-save-restore"},
    KnownSymbol{"__mips16_*", "compile with -mno-mips16"},
    KnownSymbol{"__aarch64_cas* __aarch64_swp* __aarch64_ld* __aarch64_have_lse_atomics",
                "compile with -mno-outline-atomics"},
    KnownSymbol{"__sync_* __atomic_*", libatomic, false},
    KnownSymbol{"__aeabi_mem* memcpy memset memmove memcmp", define_it, false},
    KnownSymbol{"__aeabi_* __gnu_thumb1_case_* __gnu_f2h_* __gnu_h2f_* __gnu_d2h_* "
                "__udiv?i3 __umod?i3 __udivmod?i4 __div?i3 __mod?i3 __divmod?i4 __mul?i3 "
                "__mulo?i4 __neg?i2 __cmp?i2 __ucmp?i2 __ashl?i3 __ashr?i3 __lshr?i3 "
                "__popcount?i2 __parity?i2 __clz?i2 __clrsb?i2 __ctz?i2 __ffs?i2 "
                "__bswap?i2 __addv?i3 __subv?i3 __mulv?i3 __negv?i2 __absv?i2 __add?f3 "
                "__sub?f3 __mul?f3 __div?f3 __neg?f2 __pow?f2 __cmp?f2 __eq?f2 __ne?f2 "
                "__lt?f2 __le?f2 __gt?f2 __ge?f2 __unord?f2 __extend?f?f2 __trunc?f?f2 "
                "__fix?f?i __fixuns?f?i __float?i?f __floatun?i?f __mul?c3 __div?c3 "
                "__clear_cache",
                libgcc, false},
};

// '?' is any one character; '*', at the end only, any more.
bool matches(std::string_view name, std::string_view pattern) {
  const bool is_open = pattern.ends_with('*');
  if (is_open) pattern.remove_suffix(1);
  if (name.size() < pattern.size() || (!is_open && name.size() != pattern.size())) return false;
  return std::equal(pattern.begin(), pattern.end(), name.begin(),
                    [](char p, char c) { return p == '?' || p == c; });
}

bool matches_any(std::string_view name, std::string_view patterns) {
  while (!patterns.empty()) {
    const std::string_view pattern = patterns.substr(0, patterns.find(' '));
    if (matches(name, pattern)) return true;
    patterns.remove_prefix(std::min(pattern.size() + 1, patterns.size()));
  }
  return false;
}

bool has_hint(std::string_view name, std::string_view hint) {
  const KnownSymbol* symbol = known_symbol(name);
  return symbol != nullptr && symbol->hint == hint;
}

}  // namespace

const KnownSymbol* known_symbol(std::string_view name) {
  const auto found =
      std::ranges::find_if(known, [&](const KnownSymbol& s) { return matches_any(name, s.names); });
  return found == known.end() ? nullptr : &*found;
}

bool is_of_exceptions(std::string_view name) {
  return name.starts_with("DW.ref.") || has_hint(name, no_exceptions);
}

bool is_of_thread_local_storage(std::string_view name) { return has_hint(name, no_thread_local); }

}  // namespace cbundle

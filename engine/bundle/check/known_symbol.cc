#include "engine/bundle/check/known_symbol.h"

#include <algorithm>
#include <array>

namespace cbundle {
namespace {

constexpr std::string_view no_protector = "compile with -fno-stack-protector";
constexpr std::string_view no_exceptions = "compile with -fno-exceptions";
constexpr std::string_view no_threads = "remove __thread: a bundle has no thread-local storage";
constexpr std::string_view no_profile = "compile without -pg";
constexpr std::string_view no_coverage = "compile without --coverage and -fprofile-*";
constexpr std::string_view no_sanitizer = "compile with -fno-sanitize=all";
constexpr std::string_view no_save_restore = "compile with -mno-save-restore";
constexpr std::string_view no_outline_atomics = "compile with -mno-outline-atomics";
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

// The first that fits. Sources: GCC 12's libgcc and libatomic; the run-time ABI for the Arm
// architecture (rtabi32), chapter 4.
constexpr std::array known{
    KnownSymbol{"__stack_chk_*", no_protector},
    KnownSymbol{"__gcc_personality_*", no_exceptions},
    KnownSymbol{"__gxx_personality_*", no_exceptions},
    KnownSymbol{"__aeabi_unwind_*", no_exceptions},
    KnownSymbol{"_Unwind_*", no_exceptions},
    KnownSymbol{"__cxa_begin_cleanup", no_exceptions},
    KnownSymbol{"__cxa_end_cleanup", no_exceptions},
    KnownSymbol{"__tls_get_addr", no_threads},
    KnownSymbol{"___tls_get_addr", no_threads},
    KnownSymbol{"__aeabi_read_tp", no_threads},
    KnownSymbol{"__emutls_*", "remove __thread, or compile without -femulated-tls"},
    KnownSymbol{"__fentry__", no_profile},
    KnownSymbol{"mcount", no_profile},
    KnownSymbol{"_mcount", no_profile},
    KnownSymbol{"__mcount", no_profile},
    KnownSymbol{"__gnu_mcount_nc", no_profile},
    KnownSymbol{"__cyg_profile_func_*", "compile without -finstrument-functions"},
    KnownSymbol{"__gcov_*", no_coverage},
    KnownSymbol{"__llvm_profile_*", no_coverage},
    KnownSymbol{"__asan_*", no_sanitizer},
    KnownSymbol{"__ubsan_*", no_sanitizer},
    KnownSymbol{"__tsan_*", no_sanitizer},
    KnownSymbol{"__msan_*", no_sanitizer},
    KnownSymbol{"__hwasan_*", no_sanitizer},
    KnownSymbol{"__sanitizer_cov_*", "compile without -fsanitize-coverage"},
    KnownSymbol{"__morestack*", "compile with -fno-split-stack"},
    KnownSymbol{"__x86_indirect_thunk_*", no_thunks},
    KnownSymbol{"__x86_return_thunk", no_thunks},
    KnownSymbol{"__llvm_retpoline_*", no_thunks},
    KnownSymbol{"__riscv_save_*", no_save_restore},
    KnownSymbol{"__riscv_restore_*", no_save_restore},
    KnownSymbol{"__mips16_*", "compile with -mno-mips16"},
    KnownSymbol{"__aarch64_cas*", no_outline_atomics},
    KnownSymbol{"__aarch64_swp*", no_outline_atomics},
    KnownSymbol{"__aarch64_ld*", no_outline_atomics},
    KnownSymbol{"__aarch64_have_lse_atomics", no_outline_atomics},
    KnownSymbol{"__sync_*", libatomic, false},
    KnownSymbol{"__atomic_*", libatomic, false},
    // These are no part of libgcc: the C library has them.
    KnownSymbol{"__aeabi_mem*", define_it, false},
    KnownSymbol{"memcpy", define_it, false},
    KnownSymbol{"memset", define_it, false},
    KnownSymbol{"memmove", define_it, false},
    KnownSymbol{"memcmp", define_it, false},
    KnownSymbol{"__aeabi_*", libgcc, false},
    KnownSymbol{"__gnu_thumb1_case_*", libgcc, false},
    KnownSymbol{"__gnu_f2h_*", libgcc, false},
    KnownSymbol{"__gnu_h2f_*", libgcc, false},
    KnownSymbol{"__gnu_d2h_*", libgcc, false},
    KnownSymbol{"__udiv?i3", libgcc, false},
    KnownSymbol{"__umod?i3", libgcc, false},
    KnownSymbol{"__udivmod?i4", libgcc, false},
    KnownSymbol{"__div?i3", libgcc, false},
    KnownSymbol{"__mod?i3", libgcc, false},
    KnownSymbol{"__divmod?i4", libgcc, false},
    KnownSymbol{"__mul?i3", libgcc, false},
    KnownSymbol{"__mulo?i4", libgcc, false},
    KnownSymbol{"__neg?i2", libgcc, false},
    KnownSymbol{"__cmp?i2", libgcc, false},
    KnownSymbol{"__ucmp?i2", libgcc, false},
    KnownSymbol{"__ashl?i3", libgcc, false},
    KnownSymbol{"__ashr?i3", libgcc, false},
    KnownSymbol{"__lshr?i3", libgcc, false},
    KnownSymbol{"__popcount?i2", libgcc, false},
    KnownSymbol{"__parity?i2", libgcc, false},
    KnownSymbol{"__clz?i2", libgcc, false},
    KnownSymbol{"__clrsb?i2", libgcc, false},
    KnownSymbol{"__ctz?i2", libgcc, false},
    KnownSymbol{"__ffs?i2", libgcc, false},
    KnownSymbol{"__bswap?i2", libgcc, false},
    KnownSymbol{"__addv?i3", libgcc, false},
    KnownSymbol{"__subv?i3", libgcc, false},
    KnownSymbol{"__mulv?i3", libgcc, false},
    KnownSymbol{"__negv?i2", libgcc, false},
    KnownSymbol{"__absv?i2", libgcc, false},
    KnownSymbol{"__add?f3", libgcc, false},
    KnownSymbol{"__sub?f3", libgcc, false},
    KnownSymbol{"__mul?f3", libgcc, false},
    KnownSymbol{"__div?f3", libgcc, false},
    KnownSymbol{"__neg?f2", libgcc, false},
    KnownSymbol{"__pow?f2", libgcc, false},
    KnownSymbol{"__cmp?f2", libgcc, false},
    KnownSymbol{"__eq?f2", libgcc, false},
    KnownSymbol{"__ne?f2", libgcc, false},
    KnownSymbol{"__lt?f2", libgcc, false},
    KnownSymbol{"__le?f2", libgcc, false},
    KnownSymbol{"__gt?f2", libgcc, false},
    KnownSymbol{"__ge?f2", libgcc, false},
    KnownSymbol{"__unord?f2", libgcc, false},
    KnownSymbol{"__extend?f?f2", libgcc, false},
    KnownSymbol{"__trunc?f?f2", libgcc, false},
    KnownSymbol{"__fix?f?i", libgcc, false},
    KnownSymbol{"__fixuns?f?i", libgcc, false},
    KnownSymbol{"__float?i?f", libgcc, false},
    KnownSymbol{"__floatun?i?f", libgcc, false},
    KnownSymbol{"__mul?c3", libgcc, false},
    KnownSymbol{"__div?c3", libgcc, false},
    KnownSymbol{"__clear_cache", libgcc, false},
};

// '?' is any one character; '*', at the end only, any more.
bool fits(std::string_view name, std::string_view pattern) {
  const bool is_open = pattern.ends_with('*');
  if (is_open) pattern.remove_suffix(1);
  if (name.size() < pattern.size() || (!is_open && name.size() != pattern.size())) return false;
  return std::equal(pattern.begin(), pattern.end(), name.begin(),
                    [](char p, char c) { return p == '?' || p == c; });
}

bool has_hint(std::string_view name, std::string_view hint) {
  const KnownSymbol* symbol = known_symbol(name);
  return symbol != nullptr && symbol->hint == hint;
}

}  // namespace

const KnownSymbol* known_symbol(std::string_view name) {
  const auto found =
      std::ranges::find_if(known, [&](const KnownSymbol& s) { return fits(name, s.name); });
  return found == known.end() ? nullptr : &*found;
}

bool is_of_exceptions(std::string_view name) {
  return name.starts_with("DW.ref.") || has_hint(name, no_exceptions);
}

bool is_of_thread_local_storage(std::string_view name) { return has_hint(name, no_threads); }

}  // namespace cbundle

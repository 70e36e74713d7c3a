#include "engine/bundle/check/known_symbol.h"

#include <gtest/gtest.h>

#include <string>

namespace cbundle {
namespace {

std::string hint_for(std::string_view name) {
  const KnownSymbol* known = known_symbol(name);
  return known == nullptr ? "" : std::string(known->hint);
}

TEST(KnownSymbolTest, WhatAFlagBringsInIsAgainstTheFlag) {
  EXPECT_EQ(hint_for("__stack_chk_fail_local"), "compile with -fno-stack-protector");
  EXPECT_EQ(hint_for("__gnu_mcount_nc"), "compile without -pg");
  EXPECT_EQ(hint_for("__riscv_save_0"), "compile with -mno-save-restore");
  EXPECT_EQ(hint_for("__riscv_restore_4"), "compile with -mno-save-restore");
  EXPECT_EQ(hint_for("__mips16_ret_sf"), "compile with -mno-mips16");
  EXPECT_EQ(hint_for("__aarch64_ldadd8_rel"), "compile with -mno-outline-atomics");
  EXPECT_EQ(hint_for("__aarch64_cas4_acq"), "compile with -mno-outline-atomics");
  EXPECT_EQ(hint_for("__ubsan_handle_add_overflow"), "compile with -fno-sanitize=all");
}

TEST(KnownSymbolTest, TheCompilersLibraryIsKnownForEachMachine) {
  for (const char* name :
       {"__udivdi3", "__umodti3", "__divmoddi4", "__ashldi3", "__adddf3", "__mulsf3", "__eqsf2",
        "__floatundidf", "__fixunsdfsi", "__extendsfdf2", "__trunctfdf2", "__popcountdi2",
        "__aeabi_uldivmod", "__aeabi_fadd", "__gnu_thumb1_case_uqi", "__clear_cache"}) {
    EXPECT_NE(hint_for(name).find("-print-libgcc-file-name"), std::string::npos) << name;
  }
}

// The first three are of the C library, and of no use to look for in libgcc.
TEST(KnownSymbolTest, WhatIsNotOfTheCompilersLibraryIsNotSoughtThere) {
  for (const char* name : {"__aeabi_memcpy4", "__aeabi_memclr", "memset", "__mul_user", "__divert",
                           "__fixup", "__address_of"}) {
    EXPECT_EQ(hint_for(name).find("-print-libgcc-file-name"), std::string::npos) << name;
  }
  EXPECT_EQ(known_symbol("__mul_user"), nullptr);
  EXPECT_EQ(known_symbol("memcpy_fast"), nullptr);
}

TEST(KnownSymbolTest, CompanionsOfExceptionsAndOfThreadsAreKnown) {
  EXPECT_TRUE(is_of_exceptions("DW.ref.__gcc_personality_v0"));
  EXPECT_TRUE(is_of_exceptions("__gxx_personality_v0"));
  EXPECT_TRUE(is_of_exceptions("_Unwind_Resume"));
  EXPECT_FALSE(is_of_exceptions("__stack_chk_fail"));
  EXPECT_TRUE(is_of_thread_local_storage("___tls_get_addr"));
  EXPECT_TRUE(is_of_thread_local_storage("__aeabi_read_tp"));
  EXPECT_FALSE(is_of_thread_local_storage("__aeabi_idiv"));
}

}  // namespace
}  // namespace cbundle

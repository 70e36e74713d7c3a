#include "engine/elf/target.h"

#include <gtest/gtest.h>

#include <set>

namespace cbundle {
namespace {

// A field of part of a value decodes that part; encoded again, it gives the same word.
TEST(TargetTest, EveryFieldDecodesWhatItEncodes) {
  for (const Target* target : all_targets()) {
    for (const RelocationType& type : target->types) {
      if (type.formula == Formula::none) continue;
      SCOPED_TRACE(std::string(type.name));
      const Field& field = type.field;
      const std::uint64_t word = 0x1234'5678'9abc'def0 & field::ones(8U * field.size);
      for (const std::int64_t value : {0L, 16L, -16L, 0x40L, -0x40L, 0x12345678L, -0x76543210L}) {
        const std::uint64_t stored = field.encode(static_cast<std::uint64_t>(value), word);
        EXPECT_EQ(stored & ~field.mask, word & ~field.mask) << "bits outside the field changed";
        const auto part = static_cast<std::uint64_t>(field.decode(stored));
        EXPECT_EQ(field.encode(part, word), stored) << value;
      }
    }
  }
}

// The encodings of these instructions by assemblers.
struct Encoded {
  const char* target;
  std::uint32_t type;
  std::int64_t value;
  std::uint64_t before;
  std::uint64_t after;
};

TEST(TargetTest, InstructionsAreEncodedAsByAssemblers) {
  const Encoded known[] = {
      {"arm", R_ARM_CALL, 0x100 - 8, 0xeb000000, 0xeb00003e},                // bl .+0x100
      {"arm", R_ARM_MOVW_ABS_NC, 0x12345678, 0xe3000000, 0xe3050678},        // movw r0, #0x5678
      {"arm", R_ARM_MOVT_ABS, 0x12345678, 0xe3400000, 0xe3410234},           // movt r0, #0x1234
      {"arm", R_ARM_THM_PC22, 0x1000 - 4, 0xf000d000, 0xf000fffe},           // bl .+0x1000
      {"arm", R_ARM_THM_PC22, -0x1000 - 4, 0xf000d000, 0xf7fefffe},          // bl .-0x1000
      {"arm", R_ARM_THM_MOVW_ABS_NC, 0x5678, 0xf2400000, 0xf2456078},        // movw r0, #0x5678
      {"arm", R_ARM_THM_JUMP19, 0x100 - 4, 0xf0008000, 0xf000807e},          // beq.w .+0x100
      {"aarch64", R_AARCH64_ADR_PREL_LO21, 0x1235, 0x10000000, 0x300091a0},  // adr x0, .+0x1235
      {"aarch64", R_AARCH64_CALL26, -0x100, 0x94000000, 0x97ffffc0},         // bl .-0x100
      {"aarch64", R_AARCH64_LDST64_ABS_LO12_NC, 0x128, 0xf9400000,
       0xf9409400},                                                         // ldr x0, [x0, #296]
      {"riscv64", R_RISCV_JAL, 0x1234, 0x0000006f, 0x2340106f},             // j .+0x1234
      {"riscv64", R_RISCV_BRANCH, -0x10, 0x00000063, 0xfe0008e3},           // beqz zero, .-16
      {"riscv64", R_RISCV_RVC_JUMP, 0x40, 0xa001, 0xa081},                  // c.j .+64
      {"riscv64", R_RISCV_RVC_BRANCH, 0x10, 0xc001, 0xc801},                // c.beqz s0, .+16
      {"riscv64", R_RISCV_PCREL_HI20, 0x12345fff, 0x00000517, 0x12346517},  // auipc a0, 0x12346
      {"mips", R_MIPS_HI16, 0x1234abcd, 0x3c020000, 0x3c021235},            // lui $2, 0x1235
      {"mips", R_MIPS_26, 0x100040, 0x0c000000, 0x0c040010},                // jal 0x100040
      {"mips64", R_MIPS_HIGHER, 0x0123'4567'89ab'cdef, 0x64420000, 0x64424568},  // daddiu
  };
  for (const Encoded& e : known) {
    const RelocationType* type = type_of(*target_named(e.target), e.type);
    ASSERT_NE(type, nullptr) << e.target << " " << e.type;
    EXPECT_EQ(type->field.encode(static_cast<std::uint64_t>(e.value), e.before), e.after)
        << type->name << std::hex << ": "
        << type->field.encode(static_cast<std::uint64_t>(e.value), e.before);
  }
}

TEST(TargetTest, ThumbInstructionsAreTwoHalfwords) {
  const RelocationType* call = type_of(*target_named("arm"), R_ARM_THM_PC22);
  const std::byte code[] = {std::byte{0x00}, std::byte{0xf0}, std::byte{0xfe}, std::byte{0xff}};
  EXPECT_EQ(call->field.load(code, false), 0xf000fffeU);
  std::byte back[4];
  call->field.store(back, false, 0xf000fffe);
  EXPECT_TRUE(std::equal(code, code + 4, back));
}

TEST(TargetTest, NumbersAndNamesAreUnique) {
  for (const Target* target : all_targets()) {
    std::set<std::uint32_t> numbers;
    std::set<std::string_view> names;
    for (const RelocationType& type : target->types) {
      EXPECT_TRUE(numbers.insert(type.number).second) << type.name;
      EXPECT_TRUE(names.insert(type.name).second) << type.name;
      EXPECT_EQ(type_of(*target, type.number), &type);
    }
    EXPECT_EQ(target_named(target->name), target);
    EXPECT_EQ(target_for(target->machine, target->is_64, target->is_big_endian), target);
  }
}

// S + A - GOT as S + A' - P: equal at every address.
TEST(TargetTest, AGotRelativeReferenceBecomesAPcRelativeOne) {
  const Target* i386 = target_named("i386");
  ASSERT_NE(i386, nullptr);
  const RelocationType* type = type_of(*i386, R_386_GOTOFF);
  ASSERT_NE(type, nullptr);
  const auto native = i386->passthrough(*type, 8, {.offset = 0x30, .got = 0x1000});
  ASSERT_TRUE(native);
  EXPECT_EQ(native->type, std::uint32_t{R_X86_64_PC32});
  const std::int64_t base = 0x400000;
  const std::int64_t symbol = 0x500000;
  EXPECT_EQ(symbol + native->addend - (base + 0x30), symbol + 8 - (base + 0x1000));
}

TEST(TargetTest, WordsAreReadInEitherOrder) {
  const std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  EXPECT_EQ(load_word(bytes, 4, false), 0x04030201U);
  EXPECT_EQ(load_word(bytes, 4, true), 0x01020304U);
  std::byte back[4];
  store_word(back, 4, true, 0x01020304);
  EXPECT_TRUE(std::equal(bytes, bytes + 4, back));
}

}  // namespace
}  // namespace cbundle

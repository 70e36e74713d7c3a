#include "engine/elf/target.h"

#include <gtest/gtest.h>

#include <set>

namespace cbundle {
namespace {

TEST(TargetTest, EveryFieldReadsBackWhatItStores) {
  for (const Target* target : all_targets()) {
    for (const RelocationType& type : target->types) {
      if (type.formula == Formula::none) continue;
      SCOPED_TRACE(std::string(type.name));
      const std::uint64_t mask = type.field.mask();
      const std::uint64_t word =
          0x1234'5678'9abc'def0 & (~std::uint64_t{0} >> (64 - 8 * type.field.size));
      for (const std::int64_t value : {0, 16, -16, 0x40, -0x40}) {
        const std::uint64_t stored = type.field.encode(static_cast<std::uint64_t>(value), word);
        EXPECT_EQ(stored & ~mask, word & ~mask) << "bits outside the field changed";
        EXPECT_EQ(type.field.decode(stored), value);
      }
    }
  }
}

TEST(TargetTest, NumbersAndNamesAreDistinct) {
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

// S + A - GOT, told as S + A' - P: equal wherever both lie.
TEST(TargetTest, AReferenceThroughTheGotBecomesARelativeOne) {
  const Target* i386 = target_named("i386");
  ASSERT_NE(i386, nullptr);
  const RelocationType* type = type_of(*i386, R_386_GOTOFF);
  ASSERT_NE(type, nullptr);
  const auto native = i386->carry(*type, 8, {.offset = 0x30, .got = 0x1000});
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

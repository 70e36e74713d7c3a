#include "engine/elf/object_writer.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

std::string small_object(ObjectWriter::Kind kind) {
  ObjectWriter writer(kind);
  const auto text = writer.section({.name = ".text",
                                    .flags = SHF_ALLOC | SHF_EXECINSTR,
                                    .alignment = 4096,
                                    .content = std::string(24, '\x90')});
  const auto import =
      writer.symbol({.name = "phys", .binding = STB_GLOBAL, .visibility = STV_HIDDEN});
  writer.symbol({.name = "run",
                 .value = 8,
                 .size = 16,
                 .binding = STB_GLOBAL,
                 .type = STT_FUNC,
                 .visibility = STV_HIDDEN,
                 .section = text});
  const auto local = writer.symbol({.name = "", .type = STT_SECTION, .section = text});
  writer.relocation(text, 4, 2, import, -4);
  writer.relocation(text, 12, 1, local, 20);
  return writer.finish();
}

class ObjectWriterTest : public testing::TestWithParam<ObjectWriter::Kind> {};

TEST_P(ObjectWriterTest, AnObjectCanBeReadBack) {
  const ObjectWriter::Kind kind = GetParam();
  const Result<ElfFile> parsed = ElfFile::parse(Blob(small_object(kind)));
  ASSERT_TRUE(parsed) << parsed.error().text();
  const ElfFile& elf = parsed.value();
  EXPECT_EQ(elf.machine(), kind.machine);
  EXPECT_EQ(elf.is_64(), kind.is_64);
  EXPECT_EQ(elf.is_big_endian(), kind.is_big_endian);
  EXPECT_EQ(elf.flags(), kind.flags);
  const Section* text = elf.section_named(".text");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->alignment, 4096U);
  EXPECT_EQ(text->content.size(), 24U);
  const Symbol* run = elf.symbol_named("run");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->value, 8U);
  EXPECT_EQ(run->size, 16U);
  EXPECT_EQ(run->type, STT_FUNC);
  EXPECT_EQ(run->other, STV_HIDDEN);
  ASSERT_EQ(elf.relocations().size(), 1U);
  const auto& records = elf.relocations().front().records;
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(elf.symbols()[records[0].symbol].name, "phys");
  EXPECT_EQ(records[0].addend, -4);
  EXPECT_EQ(records[0].type, 2U);
  EXPECT_EQ(elf.symbols()[records[1].symbol].name, ".text");
  EXPECT_EQ(records[1].addend, 20);
}

TEST_P(ObjectWriterTest, TheOutputIsDeterministic) {
  EXPECT_EQ(small_object(GetParam()), small_object(GetParam()));
}

// Every prefix of a valid file is invalid, and none is read past its end.
TEST_P(ObjectWriterTest, ATruncatedFileIsRefused) {
  const std::string whole = small_object(GetParam());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<ElfFile> parsed = ElfFile::parse(Blob(whole.substr(0, size)));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().kind, ErrorKind::bad_input);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ObjectWriterTest,
                         testing::Values(ObjectWriter::Kind{EM_X86_64, true, false, 0},
                                         ObjectWriter::Kind{EM_386, false, false, 0},
                                         ObjectWriter::Kind{EM_ARM, false, false, 0x5000000},
                                         ObjectWriter::Kind{EM_MIPS, false, true, 0x70001007},
                                         ObjectWriter::Kind{EM_MIPS, true, true, 0x60000007},
                                         ObjectWriter::Kind{EM_MIPS, true, false, 0x60000007}),
                         [](const auto& test) {
                           const ObjectWriter::Kind& kind = test.param;
                           return "machine" + std::to_string(kind.machine) +
                                  (kind.is_64 ? "_64" : "_32") +
                                  (kind.is_big_endian ? "_big" : "_little");
                         });

}  // namespace
}  // namespace cbundle

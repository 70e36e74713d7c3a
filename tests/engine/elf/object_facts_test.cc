#include "engine/elf/object_facts.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/elf/object_writer.h"

namespace cbundle {
namespace {

struct Shape {
  std::string code = "code";
  std::string debug = "lines 1 2 3";
  std::string comment = "compiler 12";
  std::string source = "a.c";
  std::string name = "run";
  std::uint64_t alignment = 16;
  std::int64_t addend = -4;
  std::uint8_t visibility = STV_HIDDEN;
  std::uint64_t flags = SHF_ALLOC | SHF_EXECINSTR;
  std::uint16_t machine = EM_X86_64;
  bool debug_first = false;
};

Blob object_of(const Shape& shape) {
  ObjectWriter writer({shape.machine, true, false, 0});
  const auto debug = [&] {
    if (shape.debug.empty()) return;
    const auto section = writer.section({.name = ".debug_line", .content = shape.debug});
    writer.symbol({.name = "", .type = STT_SECTION, .section = section});
  };
  if (shape.debug_first) debug();
  const auto text = writer.section(
      {.name = ".text", .flags = shape.flags, .alignment = shape.alignment, .content = shape.code});
  if (!shape.debug_first) debug();
  writer.section({.name = ".comment", .content = shape.comment});
  writer.symbol({.name = shape.source, .type = STT_FILE, .section = SHN_ABS});
  writer.symbol({.name = shape.name,
                 .size = 4,
                 .binding = STB_GLOBAL,
                 .type = STT_FUNC,
                 .visibility = shape.visibility,
                 .section = text});
  const auto import = writer.symbol({.name = "phys", .binding = STB_GLOBAL});
  writer.relocation(text, 0, R_X86_64_PC32, import, shape.addend);
  return Blob(writer.finish());
}

Digest semantic(const Shape& shape) { return facts_of(object_of(shape)).value().semantic; }

TEST(ObjectFactsTest, ContentThatCannotReachABundleHasNoEffect) {
  const Digest base = semantic({});
  EXPECT_EQ(base, semantic({.debug = "lines 4 5 6"}));
  EXPECT_EQ(base, semantic({.debug = ""}));
  EXPECT_EQ(base, semantic({.debug_first = true}));
}

TEST(ObjectFactsTest, ContentThatCanReachABundleChangesTheDigest) {
  const Shape changes[] = {
      {.code = "coda"},
      {.code = "longer code"},
      {.name = "walk"},
      {.alignment = 64},
      {.comment = "another compiler"},  // a script may place it
      {.source = "elsewhere/a.c"},      // the linker's messages name it
      {.addend = 0},
      {.visibility = STV_DEFAULT},
      {.flags = SHF_ALLOC},
      {.machine = EM_386},
  };
  for (const Shape& change : changes) EXPECT_NE(semantic({}), semantic(change));
}

TEST(ObjectFactsTest, OtherFilesAreRefusedWithAMessage) {
  const auto refusal = [](std::string bytes) {
    const auto facts = facts_of(Blob(std::move(bytes)));
    return facts ? std::string() : facts.error().text();
  };
  EXPECT_EQ(refusal(""), "the file is empty");
  EXPECT_EQ(refusal("int main() {}"), "not an ELF file");
  EXPECT_NE(refusal(std::string("\x7f"
                                "ELF") +
                    std::string(20, '\0')),
            "");
  std::string program(object_of({}).text());
  program[16] = ET_EXEC;
  EXPECT_NE(refusal(program).find("a linked program or library"), std::string::npos);
}

std::string member(const std::string& name, const std::string& content, bool has_content = true) {
  char header[61];
  std::snprintf(header, sizeof header, "%-16s%-12d%-6d%-6d%-8d%-10zu`\n", name.c_str(), 0, 0, 0,
                644, content.size());
  return header + (has_content ? content + (content.size() % 2 != 0 ? "\n" : "") : "");
}

TEST(ObjectFactsTest, AnArchiveHasTheDigestOfItsBytesAndTheMachineOfItsFirstMember) {
  const std::string object(object_of({}).text());
  const auto facts = facts_of(Blob("!<arch>\n" + member("a.o/", object)));
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_TRUE(facts.value().is_archive);
  EXPECT_EQ(facts.value().machine, EM_X86_64);
  EXPECT_FALSE(facts_of(Blob("!<arch>\n" + member("a.o/", object).substr(0, 100))));
}

TEST(ObjectFactsTest, AThinArchiveNamesItsMembers) {
  const auto facts =
      facts_of(Blob("!<thin>\n" + member("//", "sub/long-name.o/\nb.o/\n") +
                    member("/0", "ignored", false) + member("/17", "ignored", false)));
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts.value().members, (std::vector<std::string>{"sub/long-name.o", "b.o"}));
}

TEST(ObjectFactsTest, AThinArchiveCountsWithItsIndex) {
  const auto semantic_of = [](const std::string& index) {
    const std::string head = index.empty() ? "" : member("/", index);
    return facts_of(
               Blob("!<thin>\n" + head + member("//", "b.o/\n") + member("/0", "ignored", false)))
        .value()
        .semantic;
  };
  EXPECT_NE(semantic_of(""), semantic_of("one symbol"));
  EXPECT_NE(semantic_of("old symbols"), semantic_of("new symbols"));
  EXPECT_EQ(semantic_of("one symbol"), semantic_of("one symbol"));
}

TEST(ObjectFactsTest, NamesOfBsdArchivesAreInTheContent) {
  const auto facts = facts_of(
      Blob("!<arch>\n" + member("#1/20", std::string("__.SYMDEF SORTED\0\0\0\0index", 25)) +
           member("#1/4", std::string("b.o\0", 4) + std::string(object_of({}).text()))));
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(facts.value().machine, EM_X86_64);
}

}  // namespace
}  // namespace cbundle

#include "engine/elf/object_detail.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/test_space.h"

namespace cbundle {
namespace {

constexpr auto code =
    "extern int far(const char *);\n"
    "__attribute__((noinline)) static int near(int x) { return x * 3; }\n"
    "int value = 7;\n"
    "int run(int x) { return near(x) + far(\"text\"); }\n";

class ObjectDetailTest : public testing::Test {
 protected:
  ObjectDetail compile(const std::string& source, const std::string& flags = "-fpic -g") {
    space_.compile("a.o", source, flags);
    const auto details = details_of(Blob(space_.read("a.o")));
    EXPECT_TRUE(details) << details.error().text();
    EXPECT_EQ(details.value().size(), 1u);
    return details.value().front();
  }
  static const SymbolDetail& symbol(const ObjectDetail& detail, const std::string& name) {
    return *std::ranges::find(detail.symbols, name, &SymbolDetail::name);
  }
  static bool has_section(const ObjectDetail& detail, const std::string& name) {
    return std::ranges::find(detail.sections, name, &SectionDetail::name) != detail.sections.end();
  }

  TestSpace space_;
};

TEST_F(ObjectDetailTest, ItHasSectionsAndSymbolsAndNoDebugInformation) {
  const ObjectDetail detail = compile(code);
  EXPECT_TRUE(has_section(detail, ".text"));
  EXPECT_TRUE(has_section(detail, ".data"));
  EXPECT_FALSE(has_section(detail, ".debug_info"));
  EXPECT_FALSE(has_section(detail, ".symtab"));
  EXPECT_EQ(symbol(detail, "run").type, STT_FUNC);
  EXPECT_EQ(symbol(detail, "value").size, 4u);
  EXPECT_EQ(symbol(detail, "near").binding, STB_LOCAL);
  EXPECT_FALSE(symbol(detail, "far").is_defined);
}

TEST_F(ObjectDetailTest, ACommentChangesNothing) {
  EXPECT_EQ(compile(code), compile(std::string("// moves\n// every line\n") + code));
}

TEST_F(ObjectDetailTest, OnlyTheFunctionThatChangedDiffers) {
  const ObjectDetail before = compile(code);
  std::string edited = code;
  edited.replace(edited.find("x * 3"), 5, "x * 5");
  const ObjectDetail now = compile(edited);
  EXPECT_NE(symbol(before, "near"), symbol(now, "near"));
  EXPECT_EQ(symbol(before, "run"), symbol(now, "run"));
  EXPECT_EQ(symbol(before, "value"), symbol(now, "value"));
}

TEST_F(ObjectDetailTest, ACallOfAnotherFunctionIsAChange) {
  const ObjectDetail before = compile(code);
  std::string edited = code;
  for (std::size_t at = 0; (at = edited.find("far(", at)) != edited.npos; ++at) {
    edited.replace(at, 3, "faz");
  }
  EXPECT_NE(symbol(before, "run").content, symbol(compile(edited), "run").content);
}

// The string of run() is .LC0 in one object and .LC1, at another place, in the other.
TEST_F(ObjectDetailTest, AStringThatMovedIsNoChangeOfTheFunctionThatUsesIt) {
  const std::string run = "const char *run(void) { return \"text\"; }\n";
  const ObjectDetail before = compile(run);
  const ObjectDetail now = compile("const char *g(void) { return \"before\"; }\n" + run);
  EXPECT_EQ(symbol(before, "run"), symbol(now, "run"));
  EXPECT_TRUE(std::ranges::none_of(
      now.symbols, [](const SymbolDetail& each) { return each.name.starts_with(".L"); }));
}

TEST_F(ObjectDetailTest, DetailsComeBackAsTheyWere) {
  const std::vector<ObjectDetail> details{compile(code)};
  EXPECT_EQ(unpack_details(pack(details)), details);
  EXPECT_TRUE(unpack_details("nonsense").empty());
  EXPECT_FALSE(details_of(Blob(std::string("not an object"))));
}

}  // namespace
}  // namespace cbundle

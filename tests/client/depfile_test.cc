// Make rules: names as make reads them.
#include "client/depfile.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

TEST(DepfileTest, TheOutputDependsOnItsInputsAndTheyOnNothing) {
  EXPECT_EQ(depfile_of("out.o", std::vector<std::string>{"a.o", "b.lds"}),
            "out.o: \\\n  a.o \\\n  b.lds\n\na.o:\n\nb.lds:\n");
}

TEST(DepfileTest, WithoutInputsTheRuleIsEmpty) { EXPECT_EQ(depfile_of("out.o", {}), "out.o:\n"); }

TEST(DepfileTest, AnInputIsListedOnce) {
  EXPECT_EQ(depfile_of("o", std::vector<std::string>{"a", "b", "a"}),
            "o: \\\n  a \\\n  b\n\na:\n\nb:\n");
}

TEST(DepfileTest, NamesAreEscaped) {
  const std::pair<std::string, std::string> cases[] = {
      {"a b", "a\\ b"},    {"a\tb", "a\\\tb"}, {"a$b", "a$$b"},        {"a#b", "a\\#b"},
      {"a:b", "a\\:b"},    {"a\\b", "a\\b"},   {"a\\ b", "a\\\\\\ b"}, {"a\\\\#b", "a\\\\\\\\\\#b"},
      {"$ #", "$$\\ \\#"},
  };
  for (const auto& [name, written] : cases) {
    EXPECT_EQ(depfile_of(name, std::vector<std::string>{name}),
              written + ": \\\n  " + written + "\n\n" + written + ":\n");
  }
}

TEST(DepfileTest, NamesThatMakeCannotReadAreOmitted) {
  EXPECT_EQ(depfile_of("o", std::vector<std::string>{"a\nb", "c\\", "", "d"}),
            "o: \\\n  d\n\nd:\n");
}

}  // namespace
}  // namespace cbundle

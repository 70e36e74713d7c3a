// The names that the preprocessor looks for: its search path, and what a template's text says.
#include "engine/script/include_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/test_space.h"

namespace cbundle {
namespace {

TEST(IncludeSearchTest, TheSearchPathIsTakenOutOfWhatTheToolPrints) {
  std::string printed =
      "ignoring nonexistent directory \"/usr/local/include/x\"\n"
      "#include \"...\" search starts here:\n"
      "#include <...> search starts here:\n"
      " /usr/lib/gcc/12/include\n"
      " /usr/include\n"
      "End of search list.\n"
      "boot.lds.S:1:2: warning: #warning late\n";
  const SearchPath path = take_search_path(printed);
  EXPECT_TRUE(path.is_known);
  EXPECT_EQ(path.missing, (std::vector<std::filesystem::path>{"/usr/local/include/x"}));
  EXPECT_EQ(path.directories,
            (std::vector<std::filesystem::path>{"/usr/lib/gcc/12/include", "/usr/include"}));
  EXPECT_EQ(printed, "boot.lds.S:1:2: warning: #warning late\n");
  EXPECT_FALSE(take_search_path(printed).is_known);
}

class NamesSearchedTest : public testing::Test {
 protected:
  NamesSearchedTest() : path_{true, {space_ / "missing"}, {space_ / "first", space_ / "last"}} {
    space_.write("last/found.h", "");
  }

  NamesSearched searched(const std::string& text, const std::vector<std::string>& defines = {}) {
    space_.write("sub/boot.lds.S", text);
    return names_searched({space_ / "sub/boot.lds.S", space_ / "last/found.h"}, defines, path_)
        .value();
  }

  bool looks_for(const std::string& text, const char* name) {
    const auto names = searched(text).names;
    return std::ranges::find(names, space_ / name) != names.end();
  }

  TestSpace space_;
  SearchPath path_;
};

TEST_F(NamesSearchedTest, EveryPlaceBeforeTheFileIsNamed) {
  for (const char* text :
       {"#include \"found.h\"", "# /* a */ include /* b */ \"found.h\"", "#inc\\\nlude \"found.h\"",
        "#if __has_include(\"found.h\")", "%:import \"found.h\"", "/* */ #include \"found.h\""}) {
    for (const char* place : {"sub/found.h", "missing/found.h", "first/found.h", "last/found.h"}) {
      EXPECT_TRUE(looks_for(text, place)) << text << ' ' << place;
    }
  }
  EXPECT_FALSE(looks_for("#include <found.h>", "sub/found.h"));
  space_.write("sub/found.h", "");
  EXPECT_FALSE(looks_for("#include \"found.h\"", "first/found.h"));
  EXPECT_TRUE(looks_for("#include_next \"found.h\"", "last/found.h"));
}

TEST_F(NamesSearchedTest, AComputedNameIsOneOfThoseOfTheFilesThatWereRead) {
  EXPECT_TRUE(looks_for("#include HEADER", "sub/found.h"));
  EXPECT_TRUE(looks_for("#include HEADER", "first/found.h"));
}

TEST_F(NamesSearchedTest, WhatCannotBeKnownIsSaid) {
  for (const char* text : {"#define HAS(x) __has_include(x)", "#if __has_include(NAME)",
                           "#define HI __has_include", "#if CALL(__has_include, \"x.h\")",
                           "#if JOIN(__has_, include)(\"x.h\")", "BYTE(__TIMESTAMP__)"}) {
    EXPECT_NE(searched(text).unknown, "") << text;
  }
  for (const char* text : {"#ifdef __has_include", "#if defined(__has_include)",
                           "#if __has_include(<x.h>)", "/* __has_include is fine */"}) {
    EXPECT_EQ(searched(text).unknown, "") << text;
  }
  EXPECT_NE(searched("", {"HI=__has_include"}).unknown, "");
  path_.is_known = false;
  EXPECT_NE(searched("").unknown, "");
}

}  // namespace
}  // namespace cbundle

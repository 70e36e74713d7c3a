// Any text is parsed or refused, in bounded time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "engine/script/layout.h"
#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

constexpr std::array<std::string_view, 72> tokens{
    "SECTIONS", "{",        "}",        "(",         ")",           ";",
    ",",        ":",        "=",        ".",         ".text",       "*",
    "*(.text)", "KEEP",     "MEMORY",   "ORIGIN",    "LENGTH",      "PHDRS",
    "AT",       ">",        "ram",      "ALIGN",     "0x1000",      "1K",
    "+",        "-",        "<<",       "?",         "DEFINED",     "ADDR",
    "SIZEOF",   "OVERLAY",  "PROVIDE",  "ASSERT",    "\"m\"",       "INCLUDE",
    "a.lds",    "ENTRY",    "VERSION",  "/DISCARD/", "BYTE",        "FILL",
    "SORT",     "[",        "]",        "/*",        "*/",          "\n",
    "#",        "# 3",      "NOLOAD",   "SUBALIGN",  "&",           "~",
    "!",        "x",        "x=.;",     "+=",        ".debug_info", "EXCLUDE_FILE",
    "MAX",      "ABSOLUTE", "LOADADDR", "INSERT",    "\"",          "\0",
    "(INFO)",   "=0x90",    "AT>rom",   ":text",     "HIDDEN",      "GROUP"};

// The text may include itself.
Result<Script> parse_with_includes(const std::string& text) {
  return parse_script(text, "boot.lds", "/d", files_in_memory({{"/d/a.lds", text}}));
}

void expect_an_end(const std::string& text) {
  const auto script = parse_with_includes(text);
  if (!script) {
    EXPECT_EQ(script.error().kind, ErrorKind::bad_input);
    EXPECT_FALSE(script.error().text().empty());
    return;
  }
  // The rewritten text can be parsed again.
  EXPECT_EQ(std::count(script.value().text.begin(), script.value().text.end(), '\n'),
            static_cast<std::ptrdiff_t>(script.value().locations.size()));
  const auto again = parse_with_includes(at_shift(script.value().text, 0x5550, 64));
  EXPECT_TRUE(again || again.error().text().find("__cbundle_") != std::string::npos)
      << text << "\n->\n"
      << script.value().text << again.error().text();
}

TEST(ScriptRobustnessTest, RandomBytesAreRefused) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 60, ' ');
    for (char& c : text) c = static_cast<char>(random());
    expect_an_end(text);
  }
}

TEST(ScriptRobustnessTest, RandomTokensAreParsedOrRefused) {
  std::mt19937 random(2);
  for (int round = 0; round < 6000; ++round) {
    std::string text = random() % 2 == 0 ? "SECTIONS { " : "";
    for (auto count = random() % 40; count > 0; --count) {
      text += tokens[random() % tokens.size()];
      if (random() % 4 != 0) text += " ";
    }
    expect_an_end(text);
  }
}

constexpr std::string_view whole = R"(
MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 1M }
PHDRS { text PT_LOAD FLAGS(5) AT(0x1000); }
ENTRY(start)
SECTIONS {
  start = 0x2000; . = start; . = ALIGN(16);
  .text (0x100 + 4) (NOLOAD) : AT(ADDR(.text) - 4) SUBALIGN(4) {
    KEEP(*(SORT(.text.*) .b)) *(EXCLUDE_FILE(*crtend.o) .c) BYTE(1) a = . + (12 * 0); . = . + 4;
  } >rom AT>rom :text =0x90
  OVERLAY 0x1000 : NOCROSSREFS AT (0x4000) { .o { *(.o) } .p { *(.p) } }
  .debug_info 0 : { *(.debug_info) }
  PROVIDE(end = DEFINED(x) ? x : .); ASSERT(end < MAX(0x9000, SIZEOF(.text)), "m")
}
)";

TEST(ScriptRobustnessTest, AScriptWithDeletedOrRepeatedPartsIsParsedOrRefused) {
  ASSERT_TRUE(parse(whole)) << parse(whole).error().text();
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text(whole);
    const std::size_t at = random() % text.size();
    const std::size_t size = random() % 8;
    if (random() % 2 == 0) {
      text.erase(at, size);
    } else {
      text.insert(random() % text.size(), text.substr(at, size));
    }
    expect_an_end(text);
  }
}

TEST(ScriptRobustnessTest, DeepNestingIsAnErrorNotACrash) {
  for (const char* piece : {"KEEP(", "(", "{", "SECTIONS {", ". = (", ". = -", "a ? "}) {
    std::string text = "SECTIONS { .t : { ";
    for (int i = 0; i < 50'000; ++i) text += piece;
    EXPECT_FALSE(parse(text)) << piece;
  }
  std::string text = "SECTIONS { . = 1";
  for (int i = 0; i < 50'000; ++i) text += " ? 1 : 1";
  EXPECT_FALSE(parse(text));
}

TEST(ScriptRobustnessTest, BlanksAndCommentsBetweenTokensHaveNoEffect) {
  const std::string expected = parse(whole).value().text;
  std::mt19937 random(4);
  constexpr std::array<std::string_view, 6> blanks{" ", "\n", "\t", " /* a */ ", " /**/\n", "\r\n"};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (char c : whole) {
      text +=
          c == ' ' || c == '\n' ? std::string(blanks[random() % blanks.size()]) : std::string(1, c);
    }
    const auto script = parse(text);
    ASSERT_TRUE(script) << script.error().text() << text;
    ASSERT_EQ(script.value().text, expected) << text;
  }
}

}  // namespace
}  // namespace cbundle

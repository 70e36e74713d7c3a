// Scripts for two linkers: what is written so that both read it alike, and what only one can do.
#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

// What stands inside the braces of a section `.t` after `before`.
std::string in_section(std::string_view statements, const std::string& before = {}) {
  const std::string text =
      text_or_error("SECTIONS { " + before + " .t : {\n" + std::string(statements) + "\n} }");
  const std::size_t from = text.find("  .t : {\n");
  if (from == std::string::npos) return text;
  std::string lines = text.substr(from + 9, text.rfind("  }\n}\n") - from - 9);
  for (auto at = lines.find("    "); at != std::string::npos; at = lines.find("    ")) {
    lines.erase(at, 4);
  }
  return lines;
}

// "2 cannot do NOCROSSREFS; ": lines of the script, and what lld does there.
std::string incompatibilities(std::string_view text) {
  const auto script = parse(text);
  if (!script) return script.error().text();
  std::string all;
  for (const LinkerIncompatibility& demand : script.value().incompatibilities) {
    all += std::to_string(script.value().locations.at(demand.line).line) + " " + demand.lld +
           demand.gnu + "; ";
  }
  return all;
}

TEST(ScriptDemandsTest, AssignmentsArePlain) {
  EXPECT_EQ(text_or_error("x = 1; x *= 2; x <<= 3; x ^= 4; SECTIONS { x |= 5; }"),
            "x = 1 ;\nx = x * ( 2 ) ;\nx = x << ( 3 ) ;\nx = ( ( x | ( 4 ) ) - ( x & ( 4 ) ) ) ;\n"
            "SECTIONS {\n  x = x | ( 5 ) ;\n}\n");
}

TEST(ScriptDemandsTest, SectionsThatAreNotLoadedHaveOneType) {
  const std::string expected = text_or_error("SECTIONS { .i (INFO) : { } }");
  for (const char* type : {"(DSECT)", "(COPY)", "(OVERLAY)"}) {
    EXPECT_EQ(text_or_error("SECTIONS { .i " + std::string(type) + " : { } }"), expected) << type;
  }
  EXPECT_EQ(text_or_error("SECTIONS { .i () : { } }"), "SECTIONS {\n  .i : {\n  }\n}\n");
}

// lld takes `".a"` and `.a` for two sections, and `ADDR ( ".a-b" )` for neither.
TEST(ScriptDemandsTest, NamesHaveNoQuotesThatTheyDoNotNeed) {
  EXPECT_EQ(text_or_error("SECTIONS { \".a\" : { . = 1; } .a-b : { x = 1; } \"a b\" : { } "
                          "y = SIZEOF(\".a\") + SIZEOF(.a-b) + SIZEOF(\"a b\"); }"),
            "SECTIONS {\n  .a : {\n    __cbundle_start_1 = . ;\n"
            "    . = __cbundle_start_1 + ( 1 ) ;\n  }\n"
            "  .a-b : {\n    x = ADDR ( .a-b ) + ( 1 ) ;\n  }\n  \"a b\" : {\n  }\n"
            "  y = SIZEOF ( .a ) + SIZEOF ( .a-b ) + SIZEOF ( \"a b\" ) ;\n}\n");
}

TEST(ScriptDemandsTest, WhatMeansNothingInALayoutIsLeftOut) {
  EXPECT_EQ(in_section("KEEP(SORT(*)(.a)) SORT(*)(.b) SORT(CONSTRUCTORS) LINKER_VERSION"),
            "KEEP ( * ( .a ) )\n* ( .b )\nCONSTRUCTORS\n");
  EXPECT_EQ(text_or_error("FORCE_COMMON_ALLOCATION FORCE_GROUP_ALLOCATION SECTIONS { ENTRY(a) }"),
            "SECTIONS {\n}\n");
}

TEST(ScriptDemandsTest, TextIsWrittenAsBytes) {
  EXPECT_EQ(in_section("ASCIZ \"a\\n\\t\\\\\\101\\7z\""),
            "BYTE ( 0x61 ) BYTE ( 0xa ) BYTE ( 0x9 ) BYTE ( 0x5c ) BYTE ( 0x41 ) BYTE ( 0x7 ) "
            "BYTE ( 0x7a ) BYTE ( 0x0 )\n");
  EXPECT_EQ(in_section("ASCIZ \"\""), "BYTE ( 0x0 )\n");
  EXPECT_EQ(in_section("ASCIZ \"\\q\""), "boot.lds:2: ASCIZ knows no '\\q'");
}

TEST(ScriptDemandsTest, DataNamesTheLocationBySymbol) {
  EXPECT_EQ(in_section("LONG(. - x) SQUAD(1) SHORT(ALIGN(4) - 1)"),
            "__cbundle_here_1 = . ;\nLONG ( __cbundle_here_1 - x )\nQUAD ( 1 )\n"
            "__cbundle_here_2 = . ;\nSHORT ( ALIGN ( __cbundle_here_2 , 4 ) - 1 )\n");
}

TEST(ScriptDemandsTest, DistancesFromTheSectionsStartAreSpelledOut) {
  const std::string start = "__cbundle_start_1 = . ;\n";
  const auto location = [&](const std::string& text) { return in_section(". = " + text + ";"); };
  for (const char* text : {". + 4", "ALIGN ( 16 )", "x + 8", ". - ( 1 - 2 )", "( . )"}) {
    EXPECT_EQ(location(text), ". = " + std::string(text) + " ;\n");
  }
  EXPECT_EQ(location("0x1fe"), start + ". = __cbundle_start_1 + ( 0x1fe ) ;\n");
  EXPECT_EQ(location("SIZEOF(.a) * 2"),
            start + ". = __cbundle_start_1 + ( SIZEOF ( .a ) * 2 ) ;\n");
  EXPECT_EQ(location("MAX(., 8)"), start + ". = MAX ( . , ( __cbundle_start_1 + ( 8 ) ) ) ;\n");
  EXPECT_EQ(location("(. + 7) & ~7"),
            start + ". = ( __cbundle_start_1 + ( ( ( . + 7 ) - __cbundle_start_1 ) & ~ 7 ) ) ;\n");
  EXPECT_EQ(location("ALIGN(., 8)"),
            start + ". = ( __cbundle_start_1 + ( ALIGN ( ( . - __cbundle_start_1 ) , 8 ) ) ) ;\n");
  EXPECT_EQ(in_section("x = 5; y = x + 1; z = y - x; . = x;"),
            "x = ADDR ( .t ) + ( 5 ) ;\ny = x + 1 ;\nz = ADDR ( .t ) + ( y - x ) ;\n. = x ;\n");
  EXPECT_EQ(in_section("PROVIDE(y = n);", "n = 3;"), "PROVIDE ( y = ADDR ( .t ) + ( n ) ) ;\n");
  EXPECT_EQ(in_section("x = . < 8 ? 1 : .;"),
            "x = ( . - ADDR ( .t ) ) < 8 ? ( ADDR ( .t ) + ( 1 ) ) : . ;\n");
}

// There offsets are what the option makes of them, which nothing but GNU ld knows.
TEST(ScriptDemandsTest, AnotherReadingOfOffsetsIsLeftToTheLinker) {
  EXPECT_EQ(text_or_error("SECTIONS { .t : { x = 5; } } LD_FEATURE(\"SANE_EXPR\")"),
            "SECTIONS {\n  .t : {\n    x = 5 ;\n  }\n}\nLD_FEATURE ( \"SANE_EXPR\" )\n");
}

TEST(ScriptDemandsTest, FillsOfOneByteAreWrittenAsFour) {
  const auto fill = [](const std::string& text) {
    const std::string all = text_or_error("SECTIONS { .t : { } =" + text + " }");
    return all.substr(all.find("} = ") + 4, all.rfind("\n}") - all.find("} = ") - 4);
  };
  for (const char* text : {"0x90", "0x9090", "0x90909090", "0x909090909090", "0x90909090 + 0"}) {
    EXPECT_EQ(fill(text), "0x90909090") << text;
  }
  EXPECT_EQ(fill("0"), "0x00000000");
  EXPECT_EQ(fill("0x909"), "0x09090909");
  EXPECT_EQ(fill("0xFfFf"), "0xffffffff");
  EXPECT_EQ(fill("-1"), "0xffffffff");
  for (const char* text : {"144", "0x00000090", "( 0x90 )", "0x1234", "0x112233445566"}) {
    EXPECT_EQ(fill(text), text);
  }
}

struct Case {
  const char* script;
  const char* incompatibilities;
};

constexpr Case cases[] = {
    {"SECTIONS {\n.t : { *(.a) } }\nNOCROSSREFS(.a .b)", "3 cannot do NOCROSSREFS; "},
    {"NOCROSSREFS_TO(.a .b) SECTIONS { }", "1 cannot do NOCROSSREFS_TO; "},
    {"LD_FEATURE(\"SANE_EXPR\") SECTIONS { }", "1 cannot do LD_FEATURE; "},
    {"SECTIONS {\n .t (READONLY) : { } }", "2 knows no section type ( READONLY ); "},
    {"SECTIONS {\n .t (TYPE = 1) : { } }", "2 knows no section type ( TYPE = 1 ); "},
    {"SECTIONS { .t : ALIGN_WITH_INPUT { } }", "1 cannot do ALIGN_WITH_INPUT; "},
    {"SECTIONS { .t : ALIGN(8) SUBALIGN(4) { } .u ALIGN(8) : SUBALIGN(4) { } }",
     "1 starts a section with SUBALIGN at a multiple of that only; "},
    {"SECTIONS { a,b : { } }", "1 takes the ',' in 'a,b' for the name's end; "},
    {"SECTIONS { OVERLAY : { .o { } } }",
     "1 wants to know where an OVERLAY runs and where it loads; "},
    {"SECTIONS { OVERLAY 0x10 : { .o { } } }",
     "1 wants to know where an OVERLAY runs and where it loads; "},
    {"SECTIONS { OVERLAY . : AT (0x100) { .o { } } }", "1 does not align where an OVERLAY runs; "},
    {"SECTIONS { OVERLAY 0x10 : NOCROSSREFS AT (0x100) { .o { } } }", "1 cannot do NOCROSSREFS; "},
    {"SECTIONS { OVERLAY 0x10 : AT (0x100) { .o {\n. = 4;\n*(.o) } .p { *(.p)\n} =0 } }",
     "2 knows nothing but patterns in an OVERLAY; 4 knows nothing but patterns in an OVERLAY; "},
    {"SECTIONS { OVERLAY 0x10 : AT (0x100) { .o { } }\n> r }",
     "1 takes nothing behind an OVERLAY; "},
    {"x = ORIGIN(r); MEMORY { r : ORIGIN = 0, LENGTH = 1 } SECTIONS { }",
     "1 cannot use the region 'r' before its MEMORY command; "},
    {"MEMORY { r (rxl) : ORIGIN = 0, LENGTH = 1 } SECTIONS { }",
     "1 knows regions of the kinds r, w, x and a only; "},
    {"MEMORY { r : ORIGIN = 0, LENGTH = 1 }\nSECTIONS { .t : { } >r\n.u : { }\n.debug_info : { } }",
     "3 does not find the region of '.u' as GNU ld does; "},
    {"MEMORY { r : ORIGIN = 0, LENGTH = 1 l : ORIGIN = 8, LENGTH = 1 }\nSECTIONS {\n"
     ".t : { } >r AT>l\n.u : { } >r\n.v : { } >l\n.w : AT(9) { } >l }",
     "4 does not load '.u' where the section before it loads; "},
    {"x = DEFINED(y) ? 1 : 2;\ny = 1; z = DEFINED(y); SECTIONS { }",
     "1 takes 'y' to be DEFINED from the start if the script assigns it anywhere; "},
    {"a = 1; SECTIONS {\n.t : {\nLONG(a) LONG(b) } }\na = 2; b = 3;",
     "3 stores the last value that is assigned to 'a'; "},
    {"x = CONSTANT(MAXPAGESIZE); SECTIONS { }",
     "1 takes CONSTANT (MAXPAGESIZE) for 1 when it lays out a bundle; "},
    {"SECTIONS { . = DATA_SEGMENT_ALIGN(16, 16); }", "1 reckons otherwise in DATA_SEGMENT_ALIGN; "},
    {"SECTIONS { . = ALIGN(3); . = ALIGN(4); }", "1 aligns to powers of two only; "},
    {"x = -4 / 2; y = 4 / 2; SECTIONS { }", "1 divides without regard to a sign; "},
    {"SECTIONS { .t : {\nFILL(0x90)\n. = . + 1;\nFILL(0x80) } }",
     "4 fills the whole section with what FILL says last; "},
    {"SECTIONS { .t : {\nFILL(0x90)\n} =0x80 }", "3 has one fill for a section; "},
    {"SECTIONS { .t : {\nFILL(0x1234) } }", "2 lays a fill of unequal bytes otherwise; "},
    {"SECTIONS { .t : { *(SORT(.a.*))\n*(SORT(.b.*) .c) } }",
     "2 puts sorted patterns among others in another order; "},
    {"SECTIONS { .t : { *(SORT_BY_INIT_PRIORITY(.b.*)) *(SORT_BY_INIT_PRIORITY(.ctors.*)) } }",
     "1 knows the priorities of .init_array, .fini_array, .ctors and .dtors only; "},
    {"SECTIONS { .t : { *(SORT(SORT_BY_INIT_PRIORITY(.ctors.*))) } }",
     "1 GNU ld has SORT_BY_INIT_PRIORITY alone, in no other sort; "},
    {"SECTIONS { .t : { *(REVERSE(.b.*)) } }", "1 cannot do REVERSEREVERSE needs GNU ld 2.41; "},
    {"SECTIONS { .t : {\n*(*) *(.t*) INPUT_SECTION_FLAGS(SHF_WRITE) *(*) } }",
     "2 takes '*' to mean tables of its own too; "},
};

TEST(ScriptDemandsTest, WhatOneLinkerCannotDoIsKnownWithItsLine) {
  for (const Case& each : cases)
    EXPECT_EQ(incompatibilities(each.script), each.incompatibilities) << each.script;
}

// GNU ld 2.40 takes other sections' symbols there for distances from where those start.
TEST(ScriptDemandsTest, ExpressionsThatMixSectionsAreGnuLdsAlone) {
  const std::string other =
      "1 does not count from the section's start what GNU ld counts from "
      "there; ";
  for (const char* statement : {"x = other & 0xff;", "x = other < 8;", "x = . - other;",
                                "x = start + 4;", "ASSERT(other < 8, \"m\")", ". = ! other;"}) {
    EXPECT_EQ(incompatibilities("SECTIONS { start = .; .o : { other = .; } .t : { " +
                                std::string(statement) + " } }"),
              other)
        << statement;
  }
  for (const char* statement :
       {"x = other + 4;", "x = DEFINED(other) ? other : 0;", "ASSERT(. - other < 8, \"m\")",
        "ASSERT(other < ., \"m\")", "LONG(other & 0xff)", "x = ABSOLUTE(.) & 0xff;"}) {
    EXPECT_EQ(incompatibilities("SECTIONS { .o : { other = .; } .t : { " + std::string(statement) +
                                " } }"),
              "")
        << statement;
  }
}

TEST(ScriptDemandsTest, ALineThatIsMovedTakesItsDemandAlong) {
  EXPECT_EQ(incompatibilities("SECTIONS { .a : {\nBYTE(1)\nFILL(1234) } } INSERT AFTER .b;\n"
                              "SECTIONS { .b : { } }"),
            "3 fills the whole section with what FILL says last; "
            "3 lays a fill of unequal bytes otherwise; ");
}

TEST(ScriptDemandsTest, OrdinaryScriptsDemandNothing) {
  EXPECT_EQ(incompatibilities(
                "MEMORY { rom (rx) : ORIGIN = 0, LENGTH = 64K ram (w) : ORIGIN = 1M, LENGTH = "
                "1M } ENTRY(a) SECTIONS { . = 0x100; .text : { KEEP(*(.init)) *(.text .text.*)"
                " . = ALIGN(16); end = .; } >rom =0x90 .data : { *(SORT(.data.*)) "
                "LONG(end - .) ASSERT(. < 0x400, \"m\") } >ram AT>rom /DISCARD/ : { *(.note*) }"
                " .comment 0 : { *(.comment) } }"),
            "");
}

}  // namespace
}  // namespace cbundle

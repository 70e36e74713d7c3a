// Scripts for two linkers: what is rewritten so that both read it alike, and what is reported.
#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

// The lines of a section `.t` after `before`.
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

// "2 does not support NOCROSSREFS; ": lines of the script, and what lld does there.
std::string incompatibilities(std::string_view text) {
  const auto script = parse(text);
  if (!script) return script.error().text();
  std::string all;
  for (const LinkerIncompatibility& each : script.value().incompatibilities) {
    all += std::to_string(script.value().locations.at(each.line).line) + " " + each.lld + each.gnu +
           "; ";
  }
  return all;
}

TEST(LinkerIncompatibilityTest, AssignmentOperatorsAreExpanded) {
  EXPECT_EQ(text_or_error("x = 1; x *= 2; x <<= 3; x ^= 4; SECTIONS { x |= 5; }"),
            "x = 1 ;\nx = x * ( 2 ) ;\nx = x << ( 3 ) ;\nx = ( ( x | ( 4 ) ) - ( x & ( 4 ) ) ) ;\n"
            "SECTIONS {\n  x = x | ( 5 ) ;\n}\n");
}

TEST(LinkerIncompatibilityTest, SectionsThatAreNotLoadedHaveOneType) {
  const std::string expected = text_or_error("SECTIONS { .i (INFO) : { } }");
  for (const char* type : {"(DSECT)", "(COPY)", "(OVERLAY)"}) {
    EXPECT_EQ(text_or_error("SECTIONS { .i " + std::string(type) + " : { } }"), expected) << type;
  }
  EXPECT_EQ(text_or_error("SECTIONS { .i () : { } }"), "SECTIONS {\n  .i : {\n  }\n}\n");
}

// To lld `".a"` and `.a` are two sections, and `ADDR ( ".a-b" )` is neither.
TEST(LinkerIncompatibilityTest, UnnecessaryQuotesAreRemoved) {
  EXPECT_EQ(text_or_error("SECTIONS { \".a\" : { . = 1; } .a-b : { x = 1; } \"a b\" : { } "
                          "y = SIZEOF(\".a\") + SIZEOF(.a-b) + SIZEOF(\"a b\"); }"),
            "SECTIONS {\n  .a : {\n    __cbundle_start_1 = . ;\n"
            "    . = __cbundle_start_1 + ( 1 ) ;\n  }\n"
            "  .a-b : {\n    x = ADDR ( .a-b ) + ( 1 ) ;\n  }\n  \"a b\" : {\n  }\n"
            "  y = SIZEOF ( .a ) + SIZEOF ( .a-b ) + SIZEOF ( \"a b\" ) ;\n}\n");
}

TEST(LinkerIncompatibilityTest, CommandsWithoutEffectAreRemoved) {
  EXPECT_EQ(in_section("KEEP(SORT(*)(.a)) SORT(*)(.b) SORT(CONSTRUCTORS) LINKER_VERSION"),
            "KEEP ( * ( .a ) )\n* ( .b )\nCONSTRUCTORS\n");
  EXPECT_EQ(text_or_error("FORCE_COMMON_ALLOCATION FORCE_GROUP_ALLOCATION SECTIONS { ENTRY(a) }"),
            "SECTIONS {\n}\n");
}

TEST(LinkerIncompatibilityTest, TextIsWrittenAsBytes) {
  EXPECT_EQ(in_section("ASCIZ \"a\\n\\t\\\\\\101\\7z\""),
            "BYTE ( 0x61 ) BYTE ( 0xa ) BYTE ( 0x9 ) BYTE ( 0x5c ) BYTE ( 0x41 ) BYTE ( 0x7 ) "
            "BYTE ( 0x7a ) BYTE ( 0x0 )\n");
  EXPECT_EQ(in_section("ASCIZ \"\""), "BYTE ( 0x0 )\n");
  EXPECT_EQ(in_section("ASCIZ \"\\q\""), "boot.lds:2: unknown escape '\\q' in ASCIZ");
}

TEST(LinkerIncompatibilityTest, TheLocationCounterInDataBecomesASymbol) {
  EXPECT_EQ(in_section("LONG(. - x) SQUAD(1) SHORT(ALIGN(4) - 1)"),
            "__cbundle_here_1 = . ;\nLONG ( __cbundle_here_1 - x )\nQUAD ( 1 )\n"
            "__cbundle_here_2 = . ;\nSHORT ( ALIGN ( __cbundle_here_2 , 4 ) - 1 )\n");
}

TEST(LinkerIncompatibilityTest, OffsetsFromTheSectionsStartAreWrittenExplicitly) {
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

// The option changes the meaning of offsets, and only GNU ld supports it.
TEST(LinkerIncompatibilityTest, WithLdFeatureOffsetsAreNotRewritten) {
  EXPECT_EQ(text_or_error("SECTIONS { .t : { x = 5; } } LD_FEATURE(\"SANE_EXPR\")"),
            "SECTIONS {\n  .t : {\n    x = 5 ;\n  }\n}\nLD_FEATURE ( \"SANE_EXPR\" )\n");
}

TEST(LinkerIncompatibilityTest, FillsOfOneByteAreWrittenAsFour) {
  const auto fill = [](const std::string& text) {
    const std::string all = text_or_error("SECTIONS { .t : { } =" + text + " }");
    return all.substr(all.find("} = ") + 4, all.rfind("\n}") - all.find("} = ") - 4);
  };
  for (const char* text : {"0x90", "0x9090", "0x90909090", "0x909090909090", "0x90909090 + 0"}) {
    EXPECT_EQ(fill(text), "0x90909090") << text;
  }
  EXPECT_EQ(fill("0"), "0x00000000");
  EXPECT_EQ(fill("0x909"), "0x09090909");
  EXPECT_EQ(fill("0x"), "0x00000000");  // to ld a zero in base 16
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
    {"SECTIONS {\n.t : { *(.a) } }\nNOCROSSREFS(.a .b)", "3 does not support NOCROSSREFS; "},
    {"NOCROSSREFS_TO(.a .b) SECTIONS { }", "1 does not support NOCROSSREFS_TO; "},
    {"LD_FEATURE(\"SANE_EXPR\") SECTIONS { }", "1 does not support LD_FEATURE; "},
    {"SECTIONS {\n .t (READONLY) : { } }", "2 does not support the section type ( READONLY ); "},
    {"SECTIONS {\n .t (TYPE = 1) : { } }", "2 does not support the section type ( TYPE = 1 ); "},
    {"SECTIONS { .t : ALIGN_WITH_INPUT { } }", "1 does not support ALIGN_WITH_INPUT; "},
    {"SECTIONS { .t : ALIGN(8) SUBALIGN(4) { } .u ALIGN(8) : SUBALIGN(4) { } }",
     "1 aligns the start of a section to its SUBALIGN; "},
    {"SECTIONS { a,b : { } }", "1 ends the section name 'a,b' at the ','; "},
    {"SECTIONS { OVERLAY : { .o { } } }",
     "1 requires an address and a load address for an OVERLAY; "},
    {"SECTIONS { OVERLAY 0x10 : { .o { } } }",
     "1 requires an address and a load address for an OVERLAY; "},
    {"SECTIONS { OVERLAY . : AT (0x100) { .o { } } }",
     "1 does not align the address of an OVERLAY; "},
    {"SECTIONS { OVERLAY 0x10 : NOCROSSREFS AT (0x100) { .o { } } }",
     "1 does not support NOCROSSREFS; "},
    {"SECTIONS { OVERLAY 0x10 : AT (0x100) { .o {\n. = 4;\n*(.o) } .p { *(.p)\n} =0 } }",
     "2 accepts only input section patterns in an OVERLAY; "
     "4 accepts only input section patterns in an OVERLAY; "},
    {"SECTIONS { OVERLAY 0x10 : AT (0x100) { .o { } }\n> r }",
     "1 accepts no attributes after OVERLAY; "},
    {"x = ORIGIN(r); MEMORY { r : ORIGIN = 0, LENGTH = 1 } SECTIONS { }",
     "1 cannot use the region 'r' before its MEMORY command; "},
    {"MEMORY { r (rxl) : ORIGIN = 0, LENGTH = 1 } SECTIONS { }",
     "1 supports only the region attributes r, w, x and a; "},
    {"MEMORY { r : ORIGIN = 0, LENGTH = 1 }\nSECTIONS { .t : { } >r\n.u : { }\n.debug_info : { } }",
     "3 chooses the region of '.u' by other rules than GNU ld; "},
    {"MEMORY { r : ORIGIN = 0, LENGTH = 1 l : ORIGIN = 8, LENGTH = 1 }\nSECTIONS {\n"
     ".t : { } >r AT>l\n.u : { } >r\n.v : { } >l\n.w : AT(9) { } >l }",
     "4 does not give '.u' the load region of the section before it; "},
    {"x = DEFINED(y) ? 1 : 2;\ny = 1; z = DEFINED(y); SECTIONS { }",
     "1 treats 'y' as DEFINED from the start if the script assigns it anywhere; "},
    {"a = 1; SECTIONS {\n.t : {\nLONG(a) LONG(b) } }\na = 2; b = 3;",
     "3 stores the last value that is assigned to 'a'; "},
    {"x = CONSTANT(MAXPAGESIZE); SECTIONS { }",
     "1 evaluates CONSTANT (MAXPAGESIZE) as 1 in a bundle's layout; "},
    {"SECTIONS { . = DATA_SEGMENT_ALIGN(16, 16); }", "1 computes DATA_SEGMENT_ALIGN differently; "},
    {"SECTIONS { . = ALIGN(3); . = ALIGN(4); }", "1 aligns only to powers of two; "},
    {"x = -4 / 2; y = 4 / 2; SECTIONS { }", "1 divides as unsigned numbers; "},
    {"SECTIONS { .t : {\nFILL(0x90)\n. = . + 1;\nFILL(0x80) } }",
     "4 fills the whole section with the last FILL value; "},
    {"SECTIONS { .t : {\nFILL(0x90)\n} =0x80 }", "3 supports one fill value for a section; "},
    {"SECTIONS { .t : {\nFILL(0x1234) } }", "2 places a fill of different bytes differently; "},
    {"SECTIONS { .t : { *(SORT(.a.*))\n*(SORT(.b.*) .c) } }",
     "2 orders sorted patterns in a list with others differently; "},
    {"SECTIONS { .t : { *(SORT_BY_INIT_PRIORITY(.b.*)) *(SORT_BY_INIT_PRIORITY(.ctors.*)) } }",
     "1 supports priorities only for .init_array, .fini_array, .ctors and .dtors; "},
    {"SECTIONS { .t : { *(SORT(SORT_BY_INIT_PRIORITY(.ctors.*))) } }",
     "1 GNU ld does not accept SORT_BY_INIT_PRIORITY inside another sort; "},
    {"SECTIONS { .t : { *(REVERSE(.b.*)) } }",
     "1 does not support REVERSEREVERSE needs GNU ld 2.41; "},
    {"SECTIONS { .t : {\n*(*) *(.t*) INPUT_SECTION_FLAGS(SHF_WRITE) *(*) } }",
     "2 matches '*' against its own tables too; "},
};

TEST(LinkerIncompatibilityTest, IncompatibilitiesAreReportedWithTheirLine) {
  for (const Case& each : cases)
    EXPECT_EQ(incompatibilities(each.script), each.incompatibilities) << each.script;
}

// To GNU ld 2.40 symbols of other sections are offsets there, from the start of those sections.
TEST(LinkerIncompatibilityTest, ExpressionsThatMixSectionsAreReported) {
  const std::string other = "1 does not compute offsets from the section's start as GNU ld does; ";
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

TEST(LinkerIncompatibilityTest, TheReportOfAnInsertedLineMovesWithIt) {
  EXPECT_EQ(incompatibilities("SECTIONS { .a : {\nBYTE(1)\nFILL(1234) } } INSERT AFTER .b;\n"
                              "SECTIONS { .b : { } }"),
            "3 fills the whole section with the last FILL value; "
            "3 places a fill of different bytes differently; ");
}

TEST(LinkerIncompatibilityTest, OrdinaryScriptsHaveNoIncompatibilities) {
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

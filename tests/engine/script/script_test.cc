// Users' scripts: their rewritten text, and the errors of invalid ones.
#include "engine/script/script.h"

#include <gtest/gtest.h>

#include "tests/engine/script/script_files.h"

namespace cbundle {
namespace {

// The lines between the braces of SECTIONS, without their indentation.
std::string inside(std::string_view statements) {
  const std::string text = text_or_error("SECTIONS {\n" + std::string(statements) + "\n}");
  if (!text.starts_with("SECTIONS {\n")) return text;
  std::string lines = text.substr(11, text.size() - 11 - 2);
  for (auto at = lines.find("\n  "); at != std::string::npos; at = lines.find("\n  ")) {
    lines.erase(at + 1, 2);
  }
  return lines.substr(2);
}

TEST(ScriptTest, TheShiftIsAddedToAddresses) {
  EXPECT_EQ(inside(". = 0x8000;"), ". = ( 0x8000 + S & M ) ;\n");
  EXPECT_EQ(inside(".text 0x8000 : { *(.text) }"),
            ".text ( 0x8000 + S & M ) : {\n* ( .text )\n}\n");
  EXPECT_EQ(inside(".text (0x80 + 4) (NOLOAD) : AT(0x40) { }"),
            ".text ( ( 0x80 + 4 ) + S & M ) ( NOLOAD ) : AT ( ( 0x40 + S & M ) ) {\n}\n");
  EXPECT_EQ(inside("OVERLAY 0x1000 : NOCROSSREFS AT (0x4000) { .a { *(.a) } .b { } :x =1 } >r"),
            "OVERLAY ( 0x1000 + S & M ) : NOCROSSREFS AT ( ( 0x4000 + S & M ) ) {\n"
            ".a {\n* ( .a )\n}\n.b {\n} : x = 1\n} > r\n"
            "PROVIDE ( __load_start_a = LOADADDR ( .a ) ) ;\n"
            "PROVIDE ( __load_stop_a = LOADADDR ( .a ) + SIZEOF ( .a ) ) ;\n"
            "PROVIDE ( __load_start_b = LOADADDR ( .b ) ) ;\n"
            "PROVIDE ( __load_stop_b = LOADADDR ( .b ) + SIZEOF ( .b ) ) ;\n");
  EXPECT_EQ(inside("start = 0x9000; . = start;"), "start = 0x9000 ;\n. = ( start + S & M ) ;\n");
  EXPECT_EQ(inside(". += 0x10;"), ". = . + ( 0x10 ) ;\n");
  EXPECT_EQ(inside("a=b *= 2;"), "a=b = \"a=b\" * ( 2 ) ;\n");  // ld accepts such names
}

TEST(ScriptTest, TheShiftIsNotAddedTwice) {
  EXPECT_EQ(inside(". = ALIGN(16); here = .; . = here + 4;"),
            ". = ALIGN ( 16 ) ;\nhere = . ;\n. = here + 4 ;\n");
  EXPECT_EQ(inside(".b : AT(ADDR(.b) - 0x100) SUBALIGN(8) { }"),
            ".b : AT ( ADDR ( .b ) - 0x100 ) SUBALIGN ( 8 ) {\n}\n");
  EXPECT_EQ(inside("x = 0x1000; PROVIDE(y = 5);"), "x = 0x1000 ;\nPROVIDE ( y = 5 ) ;\n");
}

TEST(ScriptTest, NumbersInsideAnOutputSectionAreOffsets) {
  EXPECT_EQ(inside(".t : { . = 0x10; a = 4; . += 2; }"),
            ".t : {\n__cbundle_start_1 = . ;\n. = __cbundle_start_1 + ( 0x10 ) ;\n"
            "a = ADDR ( .t ) + ( 4 ) ;\n. = . + ( 2 ) ;\n}\n");
  EXPECT_EQ(inside(".t : { . = ABSOLUTE(0x10); }"),
            ".t : {\n. = ABSOLUTE ( ( 0x10 + S & M ) ) ;\n}\n");
  EXPECT_EQ(
      inside(".t : { a = 4; b = ABSOLUTE(4); } . = a; . = b;"),
      ".t : {\na = ADDR ( .t ) + ( 4 ) ;\nb = ABSOLUTE ( 4 ) ;\n}\n. = a ;\n. = ( b + S & M ) ;\n");
}

TEST(ScriptTest, AssertionsUseAddressesWithoutTheShift) {
  EXPECT_EQ(text_or_error("ASSERT(end <= 0x9000, \"too big\")\nSECTIONS { end = .; }"),
            "ASSERT ( ( end - S & M ) <= 0x9000 , \"too big\" )\nSECTIONS {\n  end = . ;\n}\n");
  EXPECT_EQ(inside("ASSERT(. <= 64, \"a\"); .t : { ASSERT(. <= 64, \"b\"); }"),
            "ASSERT ( ( . - S & M ) <= 64 , \"a\" )\n"
            ".t : {\nASSERT ( ( . - ADDR ( .t ) ) <= 64 , \"b\" ) ;\n}\n");
  EXPECT_EQ(inside(".t : { ASSERT(ABSOLUTE(.) <= 0x9000 && . - x < 4, \"c\"); }"),
            ".t : {\nASSERT ( ( ABSOLUTE ( . ) - S & M ) <= 0x9000 && . - x < 4 , \"c\" ) ;\n}\n");
  EXPECT_EQ(text_or_error("SECTIONS { e = .; }\n. = ASSERT(e < 9, \"m\");"),
            "SECTIONS {\n  e = . ;\n}\n. = ASSERT ( ( e - S & M ) < 9 , \"m\" ) ;\n");
}

TEST(ScriptTest, RegionsAreShiftedWithTheSameLength) {
  auto script = parse(
      "MEMORY { rom (rx!w) : org = 0x1000, len = 16K ram : ORIGIN = ORIGIN(rom) + LENGTH(rom) "
      "LENGTH = 1M }\nREGION_ALIAS(\"code\", rom)\nSECTIONS { .t : { } >ram AT>rom :p =0x90 }");
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_TRUE(script.value().has_memory);
  EXPECT_EQ(shortened(script.value().text),
            "MEMORY {\n"
            "  rom ( rx!w ) : ORIGIN = ( 0x1000 + S & M ) , LENGTH = 0x4000\n"
            "  ram : ORIGIN = ORIGIN ( rom ) + LENGTH ( rom ) , LENGTH = 0x100000\n"
            "}\n"
            "REGION_ALIAS ( \"code\" , rom )\n"
            "SECTIONS {\n  .t : {\n  } > ram AT > rom : p = 0x90909090\n}\n");
}

TEST(ScriptTest, OnlyTheLoadAddressOfASegmentIsShifted) {
  auto script =
      parse("PHDRS { h PT_PHDR PHDRS; t PT_LOAD FILEHDR AT(0x100) FLAGS(5); } SECTIONS{}");
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_TRUE(script.value().has_phdrs);
  EXPECT_EQ(
      shortened(script.value().text),
      "PHDRS {\n  h PT_PHDR PHDRS ;\n  t PT_LOAD FILEHDR AT ( ( 0x100 + S & M ) ) FLAGS ( 5 ) ;\n"
      "}\nSECTIONS {\n}\n");
}

TEST(ScriptTest, SectionsThatAreNeverLoadedAreNotShifted) {
  EXPECT_EQ(inside(".t : { } .debug_info 0 : { *(.debug_info) } .debug_str : { } e = .;"),
            ".t : {\n}\n__cbundle_end = . ;\n.debug_info 0 : {\n* ( .debug_info )\n}\n"
            ".debug_str 0 : {\n}\n. = __cbundle_end ;\ne = . ;\n");
  EXPECT_EQ(inside(".own 0 (INFO) : { *(.own) }"),
            "__cbundle_end = . ;\n.own 0 ( INFO ) : {\n* ( .own )\n}\n. = __cbundle_end ;\n");
  EXPECT_EQ(inside(".comment : { *(.comment) }"), ".comment : {\n* ( .comment )\n}\n");
  EXPECT_EQ(inside(".vectors 0 : { }"), ".vectors ( 0 + S & M ) : {\n}\n");
  EXPECT_EQ(inside(".debug 0 : { PROVIDE(x = .); }"),
            "__cbundle_end = . ;\n.debug 0 : {\nPROVIDE ( x = . ) ;\n}\n. = __cbundle_end ;\n");
}

TEST(ScriptTest, PatternsAreCopied) {
  EXPECT_EQ(
      inside(
          ".t : { KEEP(*(SORT_BY_NAME(.init.*) .fini)) *(EXCLUDE_FILE(*crtend.o *crtend?.o) .c .d)"
          " SORT(*)(.e) [ .f .g ] INPUT_SECTION_FLAGS(SHF_MERGE & !SHF_STRINGS) *(.h) }"),
      ".t : {\n"
      "KEEP ( * ( SORT_BY_NAME ( .init.* ) .fini ) )\n"
      "* ( EXCLUDE_FILE ( *crtend.o *crtend?.o ) .c .d )\n"
      "* ( .e )\n"
      "* ( .f .g )\n"
      "INPUT_SECTION_FLAGS ( SHF_MERGE & !SHF_STRINGS ) * ( .h )\n"
      "}\n");
  EXPECT_EQ(inside(".t : { BYTE(1); LONG(ADDR(.t)>>12) FILL(0x90) CONSTRUCTORS ASCIZ \"a b\" }"),
            ".t : {\nBYTE ( 1 )\nLONG ( ADDR ( .t ) >> 12 )\nFILL ( 0x90909090 )\n"
            "CONSTRUCTORS\nBYTE ( 0x61 ) BYTE ( 0x20 ) BYTE ( 0x62 ) BYTE ( 0x0 )\n}\n");
}

// All objects have been joined: such a pattern matches nothing, or ld links the file again.
TEST(ScriptTest, PatternsThatSelectFilesByNameAreRefusedWithAHint) {
  EXPECT_EQ(text_or_error("SECTIONS {\n.t : {\nboot.o(.text) } }"),
            "boot.lds:3: the pattern selects sections of the file 'boot.o', but all objects of a "
            "bundle are joined into one before this link\n  give the sections a name of "
            "their own, with __attribute__((section(\"NAME\"))) or -ffunction-sections, and write "
            "*(NAME)");
  for (const char* pattern : {"boot.o", "*boot.o(.text)", "KEEP(\"boot.o\"(.a))", "lib.a:x.o(.a)",
                              "*.a:(.a)", "*:x.o(.a)", "SORT(b*)(.a)", "crti.o(.init)", "*?(.a)"}) {
    EXPECT_NE(text_or_error(std::string("SECTIONS { .t : { ") + pattern + " } }")
                  .find("selects sections of the file '"),
              std::string::npos)
        << pattern;
  }
  for (const char* pattern : {"*(EXCLUDE_FILE(x.o) .c)", "EXCLUDE_FILE(*x.o) *(.c)",
                              "*(.a EXCLUDE_FILE(*.o) .c)", "*(EXCLUDE_FILE(*) .c)"}) {
    EXPECT_NE(text_or_error(std::string("SECTIONS { .t : { ") + pattern + " } }")
                  .find("excludes sections of the file '"),
              std::string::npos)
        << pattern;
  }
}

// `/DISCARD/ : { *(*) }` at the end of a script must not discard the imports.
TEST(ScriptTest, PatternsForAllSectionsExcludeTheImportStub) {
  EXPECT_EQ(inside(".t : { *(*) *(.text.* SORT(.*)) *(EXCLUDE_FILE(*crtend.o) \"*\") }"),
            ".t : {\n* ( EXCLUDE_FILE ( *__cbundle_imports.o ) * )\n"
            "* ( .text.* SORT ( EXCLUDE_FILE ( *__cbundle_imports.o ) .* ) )\n"
            "* ( EXCLUDE_FILE ( *crtend.o *__cbundle_imports.o ) \"*\" )\n}\n");
}

TEST(ScriptTest, PatternsForAllFilesAndForTheCRuntimeAreCopied) {
  EXPECT_EQ(inside(".t : { *.o(.a) \"*\"(.b) KEEP(*crtbegin?.o(.ctors)) */crti.o(.init) }"),
            ".t : {\n*.o ( .a )\n\"*\" ( .b )\nKEEP ( *crtbegin?.o ( .ctors ) )\n"
            "*/crti.o ( .init )\n}\n");
}

TEST(ScriptTest, ImportDeclarationsAreRemovedFromTheText) {
  auto script = parse(
      "SECTIONS {\n  .text : {\n    base = .;\n    phys = . + (46 * 0); seg=.+(47*0);\n"
      "    vid = . + ( 48 * 1 ) ;\n    . = . + 0;\n    *(.text)\n  }\n top = . + (9 * 0);\n}\n");
  EXPECT_FALSE(script) << "to ld 'seg=.+(47*0)' is one name";
  script = parse(
      "SECTIONS {\n  .text : {\n    base = .;\n    phys = . + (46 * 0); seg = .+(47*0);\n"
      "    vid = . + ( 48 * 1 ) ;\n    . = . + 0;\n    *(.text)\n  }\n top = . + (9 * 0);\n}\n");
  ASSERT_TRUE(script) << script.error().text();
  std::string imports;
  for (const auto& i : script.value().imports) imports += i.name + " " + i.location.text() + "\n";
  EXPECT_EQ(imports, "phys boot.lds:4\nseg boot.lds:4\nvid boot.lds:5\ntop boot.lds:9\n");
  EXPECT_EQ(script.value().text,
            "SECTIONS {\n  .text : {\n    base = . ;\n    . = . + 0 ;\n    * ( .text )\n  }\n}\n");
}

TEST(ScriptTest, OtherAssignmentsDeclareNoImport) {
  for (const char* text :
       {"a = . + 46 ;", "a = . + ( 46 ) ;", "a = . + ( 46 * 2 ) ;", "a = . - ( 46 * 0 ) ;",
        "a = b + ( 46 * 0 ) ;", "a = . + ( 0x2e * 0 ) ;", "PROVIDE ( a = . + ( 46 * 0 ) ) ;"}) {
    EXPECT_EQ(inside(text), std::string(text) + "\n");
  }
  EXPECT_EQ(inside(". = . + (46 * 0);"), ". = . + ( 46 * 0 ) ;\n");
}

TEST(ScriptTest, AnImportInQuotesHasItsNameWithoutThem) {
  EXPECT_EQ(parse("SECTIONS { \"host\" = . + (1 * 0); }").value().imports.at(0).name, "host");
  EXPECT_EQ(text_or_error("SECTIONS { .t : { a = . + (1 * 0);\n \"a\" = . + (2 * 0); } }"),
            "boot.lds:2: import 'a' is already declared at boot.lds:1");
}

TEST(ScriptTest, ANameDeclaredTwiceIsAnError) {
  EXPECT_EQ(text_or_error("SECTIONS { .t : { a = . + (1 * 0);\n b = . + (2 * 0);\n\n"
                          " a = . + (4 * 0); } }"),
            "boot.lds:4: import 'a' is already declared at boot.lds:1");
}

TEST(ScriptTest, EachLineHasASourceLocation) {
  auto script = parse("ENTRY(a)\n\nSECTIONS\n{\n  /* b\n */ .t : {\n   *(.t)\n  } c = 1;\n}\n");
  ASSERT_TRUE(script) << script.error().text();
  std::string lines;
  for (const SourceLocation& location : script.value().locations)
    lines += std::to_string(location.line) + " ";
  EXPECT_EQ(lines, "1 3 6 7 8 8 9 ");
  EXPECT_EQ(script.value().entry, "a");
}

TEST(ScriptTest, CommentsAndBlanksAreNotInTheText) {
  const std::string tight = "SECTIONS{.t 0x10:{*(.a .b)KEEP(*(.c))}>r .u :{x = .;} y = ALIGN(4);}";
  const std::string loose =
      "/* hello */\nSECTIONS\n{\n\n.t   0x10\t: /* a { */ { * ( .a\n.b )\r\n KEEP ( *(.c) ) }\n> r "
      ".u : { x = . ; ; } /*\n*/ y = ALIGN ( 4 ) ;\n}\n/* end */";
  EXPECT_EQ(text_or_error(loose), text_or_error(tight));
}

TEST(ScriptTest, TheLargestAlignmentIsReported) {
  auto alignment = [](const std::string& statements) {
    return parse("page = 0x2000; SECTIONS {" + statements + "}").value().alignment;
  };
  EXPECT_EQ(alignment(".t : { *(.t) }"), 1U);
  EXPECT_EQ(alignment(". = ALIGN(64); .t : { . = ALIGN(256); }"), 256U);
  EXPECT_EQ(alignment(".t ALIGN(page) : { }"), 0x2000U);
  EXPECT_EQ(alignment(".t : ALIGN(512) SUBALIGN(1024) { }"), 1024U);
  EXPECT_EQ(alignment(". = (. + 4095) & ~4095;"), 4096U);
  EXPECT_EQ(alignment("x = ALIGN(128);"), 128U);
}

TEST(ScriptTest, OutputFormatsAndLibrariesAreRemoved) {
  auto script = parse(
      "OUTPUT_FORMAT(elf32-i386, elf32-i386, elf32-i386)\nOUTPUT_ARCH(\"i386:x86-64\");\n"
      "SEARCH_DIR(\"=/lib\") TARGET(binary) MAP(a.map)\n"
      "EXTERN(a b) NOCROSSREFS(.a .b) FORCE_COMMON_ALLOCATION SECTIONS { }");
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_EQ(script.value().output_format, "elf32-i386");
  EXPECT_EQ(script.value().output_arch, "i386:x86-64");
  EXPECT_EQ(script.value().text, "EXTERN ( a b )\nNOCROSSREFS ( .a .b )\nSECTIONS {\n}\n");
}

TEST(ScriptTest, CommandsThatAddObjectsAreRefusedWithAHint) {
  EXPECT_EQ(text_or_error("\nINPUT(a.o)"),
            "boot.lds:2: a bundle's script cannot contain 'INPUT'\n"
            "  name the objects on the command line");
  for (const char* text : {"GROUP(a.a)", "STARTUP(a.o)", "OUTPUT(a)", "HLL(a)", "SYSLIB(a)",
                           "VERSION { V1 { global: a; }; }", "INHIBIT_COMMON_ALLOCATION"}) {
    EXPECT_NE(text_or_error(text).find("a bundle's script cannot contain '"), std::string::npos)
        << text;
  }
}

TEST(ScriptTest, LoadedSectionsAreListedInOrder) {
  const auto script = parse(
      "SECTIONS { .a : { } /DISCARD/ : { } .comment 0 : { } .i (INFO) : { } "
      "OVERLAY : { .o1 { } \".o 2\" { } } .a : { } }");
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_EQ(script.value().sections, (std::vector<std::string>{".a", ".o1", "\".o 2\"", ".a"}));
}

TEST(ScriptInsertTest, SectionsAreMovedBesideTheOneNamed) {
  EXPECT_EQ(text_or_error("x = 1; SECTIONS { .a : { *(.a) } . = ALIGN(8); } INSERT BEFORE .c;\n"
                          "SECTIONS { .b : { } } INSERT AFTER .a; y = 2;\n"
                          "SECTIONS { . = ALIGN(4); .c : { } z = 3; }"),
            "x = 1 ;\nSECTIONS {\n}\nSECTIONS {\n}\ny = 2 ;\nSECTIONS {\n  . = ALIGN ( 4 ) ;\n"
            "  .a : {\n    * ( .a )\n  }\n  .b : {\n  }\n  . = ALIGN ( 8 ) ;\n  .c : {\n  }\n"
            "  z = 3 ;\n}\n");
}

TEST(ScriptInsertTest, AScriptOfInsertionsOnlyUsesTheDefaultSections) {
  const auto script = parse("SECTIONS { .a : { *(.a) } } INSERT AFTER .rodata;");
  ASSERT_TRUE(script) << script.error().text();
  const std::string& text = script.value().text;
  EXPECT_TRUE(
      text.starts_with("SECTIONS {\n}\nSECTIONS {\n  .text : {\n    * ( .text .text.* )\n"
                       "  }\n  .rodata : {\n    * ( .rodata .rodata.* )\n  }\n"
                       "  .a : {\n    * ( .a )\n  }\n  .data.rel.ro : {\n"))
      << text;
  EXPECT_EQ(script.value().sections,
            (std::vector<std::string>{".text", ".rodata", ".a", ".data.rel.ro", ".data", ".bss",
                                      ".rest"}));
}

TEST(ScriptInsertTest, LinesKeepTheirSourceLocations) {
  const auto script = parse("SECTIONS {\n.a : {\n} }\nINSERT AFTER .text;").value();
  ASSERT_EQ(script.locations.size(), 24U);
  EXPECT_EQ(script.locations[6], (SourceLocation{"boot.lds", 2}));
  EXPECT_EQ(script.locations[5], SourceLocation());
}

TEST(ScriptInsertTest, InvalidInsertionsAreRefused) {
  EXPECT_EQ(
      text_or_error("SECTIONS { .a : { } }\nINSERT AFTER .b;"),
      "boot.lds:2: INSERT names an unknown output section '.b'\n"
      "  a script in which all sections are inserted has .text, .rodata, .data.rel.ro, .data, "
      ".bss and .rest");
  EXPECT_EQ(text_or_error("SECTIONS { } INSERT .text;"),
            "boot.lds:1: expected AFTER or BEFORE after INSERT, found '.text'");
  EXPECT_NE(
      text_or_error("SECTIONS { .a : { } } INSERT AFTER .a;").find("unknown output section '.a'"),
      std::string::npos);
}

TEST(ScriptTest, SyntaxErrorsNameTheExpectedTokenAndHintAtMissingSpaces) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SECTIONS { .text: { } }",
       "boot.lds:1: expected ':' after the output section '.text:', found '{'\n"
       "  put spaces around the ':': '.text:' is read as one name"},
      {"SECTIONS { .=0x10; }",
       "boot.lds:1: expected ':' after the output section '.=0x10', found ';'\n"
       "  put spaces around the '=': '.=0x10' is read as one name"},
      {"SECTIONS { .t : { x=.; } }",
       "boot.lds:1: 'x=.' is read as the name of a file\n  put spaces around its '='"},
      {"SECTIONS { .t : { *(.a,.b) } }",
       "boot.lds:1: '.a,.b' is read as one name\n  separate names by spaces, not by ','"},
      {"MEMORY { r : ORIGIN=0, LENGTH=1 }",
       "boot.lds:1: expected 'ORIGIN =', found 'ORIGIN=0,'\n"
       "  put spaces around the '=': 'ORIGIN=0,' is read as one name"},
      {"SECTIONS { x = 1 }", "boot.lds:1: expected ';' after the assignment to 'x', found '}'"},
      {"SECTIONS { .t : {",
       "boot.lds:1: expected '}' at the end of '.t', found the end of the file"},
      {"SECTIONS { .t : { *(.a } }", "boot.lds:1: expected a pattern of input sections, found '}'"},
      {"SECTIONS { } }", "boot.lds:1: unexpected '}'"},
      {"int main() { }", "boot.lds:1: expected a command of a linker script, found 'int'"},
      {"\n\nx = 1;",
       "boot.lds: the script has no SECTIONS command\n"
       "  start from the output of 'cbundle script --default'"},
      {"__cbundle_end = 1; SECTIONS { }",
       "boot.lds:1: symbol '__cbundle_end' has a reserved name\n"
       "  choose a name that does not start with '__cbundle_'"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(text_or_error(text), message) << text;
}

TEST(ScriptTest, LineMarkersOfThePreprocessorNameTheTemplate) {
  auto script = parse_script(
      "# 0 \"/d/boot.lds.S\"\n# 0 \"<built-in>\"\n# 1 \"/d/boot.lds.S\"\nSECTIONS {\n"
      "# 30 \"/d/boot.lds.S\"\n.t : { a = . + (30 * 0); }\n# 1 \"/d/x.h\" 1\nb = ;\n",
      "boot.lds.S", "/d", files_in_memory({}));
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().text(), "/d/x.h:1: expected an expression, found ';'");
}

TEST(ScriptIncludeTest, IncludedFilesAreInserted) {
  const auto read = files_in_memory({{"/d/sub/boot.lds",
                                      "INCLUDE memory.lds\nSECTIONS {\n INCLUDE "
                                      "parts/all.lds\n .t : { INCLUDE \"in.lds\" }\n}"},
                                     {"/d/sub/memory.lds", "MEMORY { INCLUDE regions.lds }"},
                                     {"/d/regions.lds", "r : ORIGIN = 1, LENGTH = 2"},
                                     {"/d/sub/parts/all.lds", ". = 0x10;"},
                                     {"/d/in.lds", "*(.t)"}});
  auto script = read_script("sub/boot.lds", "/d", read);
  ASSERT_TRUE(script) << script.error().text();
  EXPECT_EQ(shortened(script.value().text),
            "MEMORY {\n  r : ORIGIN = ( 1 + S & M ) , LENGTH = 2\n}\nSECTIONS {\n"
            "  . = ( 0x10 + S & M ) ;\n  .t : {\n    * ( .t )\n  }\n}\n");
  std::string files;
  for (const Dependency& file : script.value().dependencies) {
    files += (file.existed ? "" : "no ") + file.path.string() + "\n";
  }
  EXPECT_EQ(files,
            "/d/sub/boot.lds\nno /d/memory.lds\n/d/sub/memory.lds\n/d/regions.lds\n"
            "no /d/parts/all.lds\n/d/sub/parts/all.lds\n/d/in.lds\n");
}

TEST(ScriptIncludeTest, ErrorsNameTheIncludedFile) {
  const auto read =
      files_in_memory({{"/d/sub/a.lds", "\nINCLUDE b.lds"}, {"/d/sub/b.lds", "\n\nSECTIONS { ?"}});
  auto script = read_script("sub/a.lds", "/d", read);
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().text(), "sub/b.lds:3: stray '?'");
}

TEST(ScriptIncludeTest, AMissingFileIsAnError) {
  auto script = read_script("a.lds", "/d", files_in_memory({{"/d/a.lds", "INCLUDE b.lds"}}));
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().text(),
            "a.lds:1: file 'b.lds' is neither in '/d' nor beside this script");
  EXPECT_EQ(read_script("c.lds", "/d", files_in_memory({})).error().text(),
            "script 'c.lds' does not exist");
}

TEST(ScriptIncludeTest, AFileThatIncludesItselfIsRefused) {
  auto read = files_in_memory({{"/d/a.lds", "INCLUDE a.lds"}});
  EXPECT_NE(read_script("a.lds", "/d", read).error().text().find("too many nested includes of '"),
            std::string::npos);
  std::string often;
  for (int i = 0; i < 100; ++i) often += "INCLUDE b.lds\n";
  read = files_in_memory({{"/d/b.lds", often}});
  EXPECT_NE(read_script("b.lds", "/d", read).error().text().find("too many nested includes of '"),
            std::string::npos);
}

TEST(ScriptIncludeTest, TheErrorOfReadingAFileIsReturned) {
  const ReadScript broken = [](const auto&) -> Result<std::optional<std::string>> {
    return Error{ErrorKind::bad_input, "no permission"};
  };
  EXPECT_EQ(read_script("a.lds", "/d", broken).error().text(), "no permission");
}

TEST(ScriptIncludeTest, AnIncludedFileMustBeComplete) {
  const auto read = files_in_memory({{"/d/a.lds", "SECTIONS { INCLUDE b.lds"}, {"/d/b.lds", "}"}});
  EXPECT_EQ(read_script("a.lds", "/d", read).error().text(), "b.lds:1: unexpected '}'");
}

}  // namespace
}  // namespace cbundle

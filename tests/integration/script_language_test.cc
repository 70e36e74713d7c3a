// What scripts can say, one case each: the bundle's bytes are those that a plain link with the same
// script loads, or the refusal says why.
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "engine/base/text.h"
#include "engine/pipeline/pipeline.h"
#include "engine/store/memory_cache.h"
#include "tests/support/counting_executor.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

// Every section has bytes of its own, and some hold distances, which a layout must keep.
constexpr const char* source = R"(
.macro in section, flags, byte, align=4
  .section \section, "\flags"
  .balign \align
  .fill 5, 1, \byte
.endm
in .text, ax, 0x11
.globl main
main: .long table - ., over_b - .
in .text.more, ax, 0x12
in .init.text, ax, 0x13
in .rodata, a, 0x21, 16
.globl table
table: .long main - .
in .over.a, ax, 0x31
in .over.b, ax, 0x32
over_b: .byte 0
in .sort.b, a, 0x42, 8
in .sort.a, a, 0x41, 2
in .sort.c, a, 0x43, 32
in commands, a, 0x51
.section .note.GNU-stack, "", @progbits
)";

#define CODE "*(.text .text.*) *(.init.text) *(.rodata)"
#define REST " *(.over.*) *(commands) *(.sort.*) "
#define TEXT " .text : { " CODE REST " } "

struct Case {
  const char* name;
  const char* script;
};

constexpr Case same_bytes[] = {
    {"location counter", "SECTIONS { . = 0x8000; .text : { " CODE " } . = ALIGN(64); . += 0x20;"
                         " .rest : { . = 0x10; " REST " . = . + 3; BYTE(1) } }"},
    {"regions",
     "MEMORY { rom (rx) : ORIGIN = 0x8000, LENGTH = 64K\n ram (rw!x) : org = 0x10000000, len = 1M }"
     " SECTIONS { .text : { " CODE " } >rom\n .ram : { *(.over.*) } >ram AT>rom\n"
     " .more : { *(commands) } >ram AT>rom\n .end : { *(.sort.*) } >rom\n"
     " from = LOADADDR(.ram); to = ADDR(.ram); size = SIZEOF(.ram); }"},
    {"region by its kind",
     "MEMORY { ram (w) : ORIGIN = 0x100, LENGTH = 1M\n"
     " rom (rx) : ORIGIN = 0x8000, LENGTH = 64K } SECTIONS {" TEXT "}"},
    {"region alias",
     "MEMORY { m : ORIGIN = 0x8000, LENGTH = 64K } REGION_ALIAS(\"code\", m) SECTIONS { .text : {"
     " LONG(LENGTH(code)) LONG(ORIGIN(code) - ADDR(.text)) " CODE REST "} >code }"},
    {"load address",
     "SECTIONS { . = 0x10000; .text : { " CODE " } . = 0x9000000;"
     " .rest : AT(0x10100) { " REST " } .tail : AT(LOADADDR(.rest) + SIZEOF(.rest)) { BYTE(9) } }"},
    {"load order", "SECTIONS { .text : AT(0x200) { " CODE " } .rest : AT(0x100) { " REST " } }"},
    {"provide", "PROVIDE(xxx = 0xcafe); SECTIONS {" TEXT "PROVIDE_HIDDEN(end = .); HIDDEN(x = 1);"
                " PROVIDE(table = 0); }"},
    {"entry and keep",
     "ENTRY(main) SECTIONS { .text : { KEEP(*(.init.text)) "
     "KEEP(*(SORT_NONE(.over.*))) " CODE REST "} }"},
    {"sort by name", "SECTIONS { .text : { *(SORT(.sort.*)) " CODE REST "} }"},
    {"sort by alignment", "SECTIONS { .text : { *(SORT_BY_ALIGNMENT(.sort.*)) " CODE REST "} }"},
    {"sort twice",
     "SECTIONS { .text : { *(SORT_BY_NAME(SORT_BY_ALIGNMENT(.sort.*)))"
     " *(SORT_BY_INIT_PRIORITY(.over.*)) SORT(*)(commands) " CODE REST "} }"},
    {"exclude the C runtime",
     "SECTIONS { .text : { *(EXCLUDE_FILE(*crtend.o) .sort.* commands) " CODE REST "} }"},
    {"flags", "SECTIONS { .text : { INPUT_SECTION_FLAGS(SHF_EXECINSTR) *(*) } .rest : { *(*) } }"},
    {"overlay",
     "SECTIONS { .text 0x1000 : { " CODE " LONG(__load_stop_overa - __load_start_overa) }"
     " OVERLAY 0x10000 : NOCROSSREFS AT (0x1100) { .over.a { *(.over.a) } .over.b {"
     " *(.over.b) } =0x90 } after = .; .rest : AT(0x1180) {" REST "LONG(after - "
     "ADDR(.over.a)) } }"},
    {"overlay without addresses",
     "SECTIONS { .text : { " CODE " } OVERLAY : { .o1 { *(.over.a) } .o2 { *(.over.b) LONG(7) } }"
     " .rest : {" REST "} }"},
    {"overlay in regions",
     "MEMORY { rom : ORIGIN = 0x8000, LENGTH = 64K\n ram : ORIGIN = 0x100000, LENGTH = 1M }"
     " SECTIONS { .text : { " CODE " } >rom\n OVERLAY : { .o1 { *(.over.a) } .o2 { *(.over.b) } }"
     " >ram AT>rom\n .rest : {" REST "} >rom }"},
    {"assertions", "SECTIONS { . = 0x7c00; .text : { " CODE REST "ASSERT(. < 512, \"a\");"
                   " ASSERT(ABSOLUTE(.) > 0x7c00 && ABSOLUTE(.) < 0x7e00, \"b\"); . = 510;"
                   " SHORT(0xaa55) } ASSERT(. == 0x7e00, \"c\") }"
                   " ASSERT(SIZEOF(.text) == 512 && ADDR(.text) == 0x7c00, \"d\")"},
    {"functions",
     "SECTIONS { .text : { QUAD(DEFINED(main) ? 1 : 2) QUAD(ADDR(.text) - LOADADDR(.text))"
     " LONG(SIZEOF(.rest)) SHORT(ALIGNOF(.rest)) BYTE(MAX(1, 2)) BYTE(MIN(3, 4)) "
     " SQUAD(LOG2CEIL(4097)) LONG(CONSTANT(MAXPAGESIZE)) " CODE " } . = NEXT(0x400);"
     " .rest ALIGN(64) : {" REST "} }"},
    {"data segment",
     "SECTIONS { . = SEGMENT_START(\"text-segment\", 0x400000); .text : { " CODE " }"
     " . = DATA_SEGMENT_ALIGN(0x1000, 0x1000); .a : { *(commands) }"
     " . = DATA_SEGMENT_RELRO_END(0, .);"
     " .rest : {" REST "} . = DATA_SEGMENT_END(.); last = .; }"},
    {"fill", "SECTIONS { .text : { FILL(0xcc) BYTE(1) . = ALIGN(16); " CODE " FILL(0x11223344)"
             " . = ALIGN(32); " REST "} =0x90909090 .f : { BYTE(1) . = . + 7; BYTE(2) } =0xab }"},
    {"alignment",
     "SECTIONS { .text : ALIGN(32) SUBALIGN(32) { " CODE " } .ro : ONLY_IF_RO {"
     " *(commands) } .ro : ONLY_IF_RW { *(commands) } .a : ALIGN_WITH_INPUT {" REST "} }"},
    {"types",
     "SECTIONS {" TEXT ".ro (READONLY) : { LONG(3) } .t (TYPE = SHT_PROGBITS) : { LONG(4) }"
     " .i (INFO) : { LONG(1) } .c (COPY) : { LONG(2) } .d (DSECT) : { LONG(5) } }"},
    {"room that is not loaded",
     "SECTIONS { .text : { " CODE " } .room (NOLOAD) : { . = . + 64; } .rest : {" REST "} }"},
    {"segments",
     "PHDRS { text PT_LOAD FLAGS(5); more PT_LOAD; stack PT_GNU_STACK FLAGS(7); }"
     " SECTIONS { .text : { " CODE " } :text .rest : {" REST "} :more =0x90 }"},
    {"symbols in a section",
     "SECTIONS { .text : { first = .; " CODE " x = 0x10; y = ABSOLUTE(.); z = ADDR(.text) + 4;"
     " BYTE(z - ADDR(.text)) BYTE(y - ADDR(.text)) LONG(last - first) " REST "last = .; } }"},
    {"a section twice", "SECTIONS { .text : { " CODE " } .rest : {" REST "} .text : { BYTE(1) } }"},
    {"formats",
     "SEARCH_DIR(/lib) MAP(a.map) EXTERN(main)"
     " NOCROSSREFS(.a .b) NOCROSSREFS_TO(.a .b) FORCE_COMMON_ALLOCATION"
     " FORCE_GROUP_ALLOCATION LD_FEATURE(\"SANE_EXPR\") SECTIONS {" TEXT "}"},
    {"an included file", "SECTIONS { .text : { INCLUDE code.lds " REST "} }"},
    {"a high address",
     "SECTIONS { . = 0xfff00000; start = .; .text : { " CODE " } . = ALIGN(4096);"
     " .rest : {" REST "} ASSERT(start == 0xfff00000 && . < 0xfff10000, \"m\") }"},
    {"all else", "SECTIONS { .text : { *(*) } }"},
};

// The same of ld.lld. Sections without code, as linkers fill gaps in code each in its own way.
constexpr Case alike[] = {
    {"numbers",
     "SECTIONS { . = 0x10K; .d : { LONG(10H) LONG($10) LONG(1010b) LONG(17o) LONG(12d) LONG(010) "
     "QUAD(0x1M)" REST "} }"},
    {"compound assignments",
     "x = 3; x += 4; x -= 2; x *= 6; x /= 2; x <<= 3; x >>= 1; x |= 0x80; x &= 0xf4;"
     " SECTIONS { .d : { LONG(x)" REST "} }"},
    {"signs and synonyms",
     "SECTIONS { . = BLOCK(64); .a : { *(commands) } . = NEXT(0x40); x = NEXT(0x100);"
     " .d BLOCK(32) : { LONG(+5 - -3) LONG(x - ADDR(.a))" REST "} }"},
    {"offsets in a section",
     "SECTIONS { .a : { LONG(1) } .d 0x1010 : { s = .; LONG(2) . = 0x20; LONG(3) . = ALIGN(., 16);"
     " LONG(4) . = (. + 7) & ~7; . = MAX(., 0x60); LONG(5) . += 4; x = 8; y = x + 4; z = . - s;"
     " PROVIDE(w = . < 0x100 ? 16 : 32); LONG(x - s) LONG(y - s) LONG(z - s) LONG(w - s)" REST
     " ASSERT(. < 0x200, \"m\") ASSERT(. - s > 0x60 && ABSOLUTE(.) > 0x1000, \"n\") } }"},
    {"the location in data",
     "SECTIONS { .d : { s = .; LONG(. - s) LONG(s - .) LONG(ALIGN(64) - s)" REST "} }"},
    {"data",
     "SECTIONS { .d : { BYTE(-1) SHORT(0x12345) SQUAD(-2) QUAD(0x1122334455667788)"
     " ASCIZ \"a\\n\\101\"" REST "} }"},
    {"types", "SECTIONS { .d : {" REST "} .i (DSECT) : { LONG(1) } .j (COPY) : { LONG(1) }"
              " .k (OVERLAY) : { LONG(1) } .l () : { LONG(2) } .m (NOLOAD) : { LONG(3) }"
              " .n : { LONG(4) } }"},
    {"words without meaning",
     "FORCE_COMMON_ALLOCATION FORCE_GROUP_ALLOCATION SECTIONS { ENTRY(main) .d : { LINKER_VERSION"
     " SORT(CONSTRUCTORS)" REST "} }"},
    {"sorted files",
     "SECTIONS { .d : { SORT(*)(commands) KEEP(SORT_BY_NAME(*)(.over.b)) [ .sort.a .over.a ]" REST
     "} }"},
    {"sorted sections",
     "SECTIONS { .d : { *(SORT(.sort.*)) *(SORT_BY_ALIGNMENT(.over.*)) *(SORT_NONE(.rodata)) " REST
     "} }"},
    {"fill of a byte",
     "SECTIONS { .d : { LONG(1) . = . + 7; " REST "} =0x90 .e : { FILL(0xcc) BYTE(1) . = . + 9;"
     " BYTE(1) } .f : { BYTE(2) . = . + 5; BYTE(2) } =0x11111111 }"},
    {"overlay",
     "SECTIONS { .d : {" REST "LONG(__load_stop_o1 - __load_start_o1) } OVERLAY 0x1000 : AT (0x200)"
     " { .o1 { *(.rodata) } .o2 { *(.init.text) } } after = .; .e : AT(0x280) {"
     " LONG(after - ADDR(.o1)) } }"},
    {"region", "MEMORY { rom (rx) : ORIGIN = 32K, LENGTH = 0x10K } SECTIONS { .d : {" REST
               "LONG(LENGTH(rom)) } >rom .e ALIGN(16) : { LONG(5) } >rom }"},
    {"names of sections",
     "SECTIONS { \".d\" : { LONG(SIZEOF(.e-f)) } .e-f : { LONG(SIZEOF(.d)) x = 4;" REST
     "ASSERT(. < 0x100, \"m\") } \"g h\" : { LONG(x - ADDR(.e-f)) . = SIZEOF(.d) + 8;"
     " LONG(SIZEOF(\"g h\")) } }"},
    {"a section twice",
     "SECTIONS { .d : { LONG(1) } .e : {" REST "} .d : { . = 0x400; LONG(2) } }"},
};

struct Refused {
  const char* script;
  const char* words;
};

constexpr Refused refused[] = {
    {"SECTIONS {" TEXT "}\nVERSION { V { *; }; }",
     "user.lds:2: a bundle's script cannot contain 'VERSION'"},
    {"INPUT(b.o) SECTIONS {" TEXT "}", "user.lds:1: a bundle's script cannot contain 'INPUT'"},
    {"INHIBIT_COMMON_ALLOCATION SECTIONS {" TEXT "}",
     "user.lds:1: a bundle's script cannot contain 'INHIBIT_COMMON_ALLOCATION'"},
    {"SECTIONS {\n.text : { a.o(.text)" REST "} }",
     "user.lds:2: the pattern selects sections of the file 'a.o'"},
    {"SECTIONS {" TEXT "}\nASSERT(SIZEOF(.text) > 64K, \"too small\")", "too small"},
    {"SECTIONS {" TEXT ".x : { LONG(ADDR(.text)) } }", "depends on where the bundle is"},
    {"SECTIONS {" TEXT ".x main + main : { LONG(1) } }", "apart instead of"},
    {"SECTIONS { .text : { " CODE " } .rest : AT(8) {" REST "} }",
     "where another section of the bundle already is"},
    {"SECTIONS { .text : { " CODE " } .over (INFO) : {" REST "} }", "is not part of the bundle"},
    {"SECTIONS { .text : { " CODE " } . = 0x9000000; .rest : {" REST "} }",
     "leaves a hole of 0x8ff"},
    {"MEMORY { r : ORIGIN = 0, LENGTH = 16 } SECTIONS { .text : {" CODE REST "} >r }",
     "will not fit in region `r'"},
    {"SECTIONS { .text : { *(.text) } }", "is not placed by the script"},
    {"SECTIONS { .x : { } } INSERT AFTER .y;",
     "user.lds:1: INSERT names an unknown output section '.y'"},
};

class ScriptLanguageTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    assemble("a", source);
    space_.write("code.lds", CODE);
    request_.directory = space_.path();
    request_.objects = {"a.o"};
    request_.path = "/usr/bin:/bin";
    request_.script = "user.lds";
    request_.spec.form = Form::image;
  }

  bool is_32() const { return std::string(GetParam()) == "32"; }
  std::string emulation() const { return is_32() ? "elf_i386" : "elf_x86_64"; }

  void assemble(const std::string& name, const std::string& text) {
    space_.write(name + ".s", text);
    ASSERT_EQ(space_.run("as --" + std::string(GetParam()) + " " + name + ".s -o " + name + ".o"),
              0);
  }

  // What is written; an error's message where there is nothing.
  std::string build(const std::string& script) {
    space_.write("user.lds", script);
    const Result<Built> built = pipeline_.build(request_, progress_, {});
    return built ? std::string(built.value().object.text()) : built.error().text();
  }

  // Objects are joined first for a bundle, which can change the order of their sections.
  std::string plain_bytes(const std::string& script) {
    space_.write("user.lds", script);
    const std::string ld = "ld -m " + emulation();
    EXPECT_EQ(space_.run("rm -f bytes; " + ld + " -r -o joined.o a.o && " + ld +
                         " -N -e 0 --no-relax --no-check-sections -T user.lds -o plain joined.o"
                         " 2> said && objcopy -O binary plain bytes"),
              0)
        << space_.read("said");
    return space_.read("bytes");
  }

  TestSpace space_;
  MemoryCache store_;
  CountingExecutor executor_;
  Pipeline pipeline_{store_, executor_};
  RecordingProgress progress_;
  Request request_;
};

INSTANTIATE_TEST_SUITE_P(Machines, ScriptLanguageTest, testing::Values("32", "64"),
                         [](const auto& machine) { return "Bits" + std::string(machine.param); });

// An import that nothing uses has its place all the same, and must change nothing.
TEST_P(ScriptLanguageTest, TheImageIsWhatAPlainLinkLoads) {
  request_.spec.imports = {{"elsewhere", ImportKind::data}};
  for (const Case& each : same_bytes) {
    SCOPED_TRACE(each.name);
    const std::string image = build(each.script);
    const std::string plain = plain_bytes(each.script);
    EXPECT_FALSE(plain.empty());
    EXPECT_TRUE(image == plain) << image.size() << " and " << plain.size() << " bytes: " << image;
  }
}

TEST_P(ScriptLanguageTest, RefusalsSayWhy) {
  for (const Refused& each : refused) {
    const std::string said = build(each.script);
    EXPECT_NE(said.find(each.words), std::string::npos) << each.script << "\n" << said;
  }
}

class LldLanguageTest : public ScriptLanguageTest {
 protected:
  void SetUp() override {
    if (lld_name().empty()) GTEST_SKIP() << "there is no lld";
    ScriptLanguageTest::SetUp();
    std::string data = source;
    for (const std::string code : {".text, ax", ".text.more, ax"}) {
      data.replace(data.find(code), code.size(), ".rodata, a");
    }
    for (auto at = data.find(", ax"); at != std::string::npos; at = data.find(", ax")) {
      data.erase(at + 3, 1);
    }
    assemble("a", data);
    ASSERT_EQ(space_.run("objcopy -R .text a.o"), 0);
  }

  // What is written or said, without the directory's name.
  std::string build_by(const std::string& linker, const std::string& script) {
    request_.linker = linker;
    return replaced(build(script), space_.path().native() + "/", "");
  }
};

INSTANTIATE_TEST_SUITE_P(Machines, LldLanguageTest, testing::Values("32", "64"),
                         [](const auto& machine) { return "Bits" + std::string(machine.param); });

TEST_P(LldLanguageTest, LldMakesOfAScriptWhatGnuLdMakesOfIt) {
  for (const Case& each : alike) {
    SCOPED_TRACE(each.name);
    const std::string image = build_by("ld", each.script);
    EXPECT_EQ(image.find("user.lds"), std::string::npos) << image;
    EXPECT_TRUE(build_by(lld_name(), each.script) == image) << build_by(lld_name(), each.script);
  }
}

TEST_P(LldLanguageTest, ExportsAreInTheSamePlaces) {
  request_.spec.form = Form::description;
  request_.spec.exports = {"main", "table", "over_b"};
  for (const Case& each : alike) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(build_by(lld_name(), each.script), build_by("ld", each.script));
  }
}

// Before lld runs: its own words are not among them.
TEST_P(LldLanguageTest, WhatLldCannotDoIsSaidWithAWayOut) {
  const std::string with = ", or link with GNU ld (--linker ld)";
  EXPECT_EQ(build_by(lld_name(), "SECTIONS {\n .d : {" REST "} }\n\nNOCROSSREFS(.a .b)"),
            "user.lds:4: ld.lld does not support NOCROSSREFS\n  remove it" + with);
  EXPECT_EQ(build_by(lld_name(), "/* a\n */ SECTIONS {\n .d : { BYTE(1)\n FILL(0x90)" REST
                                 "\n} =0x1234\n .e (READONLY) : { } }"),
            "user.lds:4: ld.lld fills the whole section with the last FILL value\n"
            "  use one FILL, first in the section" +
                with +
                "\nuser.lds:5: ld.lld places a fill of different bytes differently\n"
                "  fill with one byte value, such as 0x90909090" +
                with +
                "\nuser.lds:5: ld.lld supports one fill value for a section\n"
                "  remove FILL or the fill at its end" +
                with +
                "\nuser.lds:6: ld.lld does not support the section type ( READONLY )\n"
                "  remove the type" +
                with);
}

TEST_P(LldLanguageTest, AnotherNameOfLldIsKnown) {
  ASSERT_EQ(space_.run("ln -s \"$(command -v " + lld_name() + ")\" my-ld"), 0);
  const std::string script = "SECTIONS { .d : {" REST "} } NOCROSSREFS(.a .b)";
  EXPECT_TRUE(
      build_by("./my-ld", script).starts_with("user.lds:1: ld.lld does not support NOCROSSREFS"))
      << build_by("./my-ld", script);
  EXPECT_EQ(build_by("ld", script).find("user.lds"), std::string::npos);
}

// GNU ld 2.40 calls it a syntax error; a newer one may do it.
TEST_P(LldLanguageTest, WhatAnOlderGnuLdDoesNotKnowIsExplained) {
  const std::string said = build_by("ld", "SECTIONS {\n .d : {\n *(REVERSE(.sort.*))" REST "} }");
  if (said.find("syntax error") == std::string::npos) GTEST_SKIP() << "this GNU ld knows REVERSE";
  EXPECT_NE(said.find("user.lds:3: syntax error\n  REVERSE needs GNU ld 2.41"), std::string::npos)
      << said;
}

// The template's sections hold what their names say, and its last one what is left.
TEST_P(ScriptLanguageTest, InsertedSectionsStandBetweenThoseOfTheTemplate) {
  const std::string whole = build(
      "SECTIONS { .first : { *(.init.text) } .text : { *(.text .text.*) }"
      " .more : {" REST "} .rodata : { *(.rodata .rodata.*) } }");
  ASSERT_NE(whole.find("\x51\x51"), std::string::npos) << whole;
  EXPECT_EQ(build("SECTIONS { .first : { *(.init.text) } .more : { *(commands) } } "
                  "INSERT AFTER .bss;"),
            build("SECTIONS { .text : { *(.text .text.*) } .rodata : { *(.rodata) }"
                  " .first : { *(.init.text) } .more : { *(commands) }"
                  " .rest : { *(.over.a) *(.over.b) *(.sort.b) *(.sort.a) *(.sort.c) } }"));
  EXPECT_EQ(build("SECTIONS { .more : {" REST "} } INSERT AFTER .text;"
                  " SECTIONS { .first : { *(.init.text) } } INSERT BEFORE .text;"),
            whole);
}

TEST_P(ScriptLanguageTest, ASparseScriptMakesSegmentsInItsDescription) {
  request_.spec.form = Form::description;
  const std::string description =
      build("SECTIONS { . = 0x1000; .text : { " CODE " } . = 0x9000000; .rest : {" REST "} }");
  EXPECT_NE(description.find("{\"offset\": 150990848, \"size\": "), std::string::npos)
      << description;
}

TEST_P(ScriptLanguageTest, ExportsAreWhereTheyAreLoaded) {
  request_.spec.form = Form::description;
  request_.spec.exports = {"main", "table"};
  const std::string description = build(
      "MEMORY { rom : ORIGIN = 0x8000, LENGTH = 64K\n ram : ORIGIN = 0x100000, LENGTH = 1M }"
      " SECTIONS { .text : { *(.text) . = 0x40; } >rom\n .ram : { *(.rodata) } >ram AT>rom\n"
      " .rest : { *(.text.* .init.text)" REST "} >rom }");
  EXPECT_NE(description.find("{\"name\": \"main\", \"offset\": 5,"), std::string::npos)
      << description;
  EXPECT_NE(description.find("{\"name\": \"table\", \"offset\": 69,"), std::string::npos)
      << description;
}

// The bytes of a section that is not loaded are nobody's; its room is kept.
TEST_P(ScriptLanguageTest, AnUnloadedSectionIsZeros) {
  const std::string image =
      build("SECTIONS { .c (NOLOAD) : { *(commands) } .text : { " CODE REST " } }");
  EXPECT_TRUE(image.starts_with(std::string(5, '\0') + std::string(1, '\0'))) << image;
  EXPECT_EQ(image.find('\x51'), std::string::npos);
}

// Wherever a script puts the code: the object, linked at a third place, reaches its imports.
TEST_P(ScriptLanguageTest, ImportsAreReachedFromWhereverTheScriptPutsTheCode) {
  assemble("a", ".text\n.globl run\nrun: .long first - ., second - ., first - . + 8\n");
  request_.spec.form = Form::object;
  request_.spec.imports = {{"first", ImportKind::data}, {"second", ImportKind::func}};
  const std::string high = is_32() ? "0xc0000000" : "0xffffffff80000000";
  for (const std::string& script :
       {std::string("SECTIONS { . = 0x7c00; .text : { *(.text) } }"),
        std::string("SECTIONS { .text 0x100000 : { *(.text) } /DISCARD/ : { *(*) } }"),
        "SECTIONS { . = " + high + "; .text : { *(.text) } }",
        "MEMORY { r : ORIGIN = " + high + ", LENGTH = 1M } SECTIONS { .text : { *(.text) } >r }",
        "SECTIONS { . = " + high + " + 0x100000; .text : AT(ADDR(.text) - " + high +
            ") { *(.text) } . = 0; .empty : { } }"}) {
    SCOPED_TRACE(script);
    const std::string object = build(script);
    ASSERT_TRUE(
        object.starts_with("\x7f"
                           "ELF"))
        << object;
    space_.write("out.o", object);
    ASSERT_EQ(space_.run("ld -e 0 -Ttext=0x10000 --defsym first=0x20004"
                         " --defsym second=0x30000 -o linked out.o && "
                         "objcopy -O binary -j .text linked bytes"),
              0);
    std::array<std::int32_t, 3> words{};
    ASSERT_GE(space_.read("bytes").size(), sizeof words);
    std::memcpy(words.data(), space_.read("bytes").data(), sizeof words);
    EXPECT_EQ(words, (std::array<std::int32_t, 3>{0x10004, 0x1fffc, 0x10004}));
  }
}

}  // namespace
}  // namespace cbundle

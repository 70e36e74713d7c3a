// The written object, linked alone at a third address, is what the inputs give when they are
// linked there themselves: for every configuration, and for every form of script.

#include <gtest/gtest.h>

#include "engine/base/text.h"
#include "engine/pipeline/pipeline.h"
#include "engine/store/memory_cache.h"
#include "tests/support/bundle_fixture.h"
#include "tests/support/configurations.h"

namespace cbundle {

namespace {

struct ScriptForm {
  const char* name;
  const char* file;
  const char* text;
  bool is_for_selfreloc = true;  // no fixup may lie in a section that loads elsewhere than it runs
};

// Each is a template, with macros of its own for what goes where.
constexpr auto macros =
    "#define CODE *(.text .text.*)\n"
    "#define CONSTANTS *(.rodata .rodata.* .srodata .srodata.*) *(.data.rel.ro .data.rel.ro.*)\n"
    "#ifdef WRITABLE\n"
    "#define REST *(.data .data.* .sdata .sdata.*) *(.bss .bss.* .sbss .sbss.*)\n"
    "#else\n"
    "#define REST\n"
    "#endif\n";

constexpr ScriptForm script_forms[] = {
    {"none", "", ""},
    {"one section", "one.lds.S", "SECTIONS { .text : { CODE CONSTANTS REST } }\n"},
    {"addresses", "addresses.lds.S",
     "SECTIONS { . = 0x70000; .head ALIGN(32) : { LONG(0x1badb002) } .text ALIGN(64) : { CODE }"
     " .rodata : { CONSTANTS } .data : { REST } }\n"},
    {"regions", "regions.lds.S",
     "MEMORY { rom (rx) : ORIGIN = 0x10000, LENGTH = 256K }\n"
     "SECTIONS { .text : { CODE } > rom .rodata ALIGN(16) : { CONSTANTS REST } > rom }\n"},
    {"load addresses", "load.lds.S",
     "SECTIONS { .text 0x10000 : { CODE } .rodata 0x50000 :"
     " AT(LOADADDR(.text) + SIZEOF(.text) + 320) { CONSTANTS } }\n",
     false},
};

class RelinkTest : public testing::TestWithParam<Configuration> {
 protected:
  // Empty, or what is wrong.
  std::string verify(const std::string& level, const ScriptForm& form) {
    Request verified = request;
    verified.spec.verify = Verify::relink;
    verified.script = form.file;
    if (GetParam().mode == Mode::selfreloc) verified.defines.emplace_back("WRITABLE");
    if (!verified.script.empty()) space.write(form.file, std::string(macros) + form.text);
    const Result<Built> built = pipeline.build(verified, progress, {});
    return built ? "" : level + ", script " + form.name + ": " + built.error().text();
  }

  TestSpace space;
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline{store, executor};
  RecordingProgress progress;
  Request request;
};

TEST_P(RelinkTest, LinkedAnywhereItEqualsADirectLinkOfItsInputs) {
  for (const char* level : {"-O0", "-O2"}) {
    if (!prepare(GetParam(), level, space, request)) {
      GTEST_SKIP() << "there is no " << GetParam().tools << "gcc for " << GetParam().flags;
    }
    for (const ScriptForm& form : script_forms) {
      const bool applies = form.is_for_selfreloc || GetParam().mode == Mode::pic;
      if (applies) {
        EXPECT_EQ(verify(level, form), "");
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RelinkTest, testing::ValuesIn(all_configurations()),
                         name_of_configuration);

// A word of the offset table has no record. Where it was of a script's name for a place in an
// import, the object referred to the import and lost the offset in it.
TEST(RelinkOfMipsTest, AWordOfTheOffsetTableMayBeForAPlaceInAnImport) {
  TestSpace space;
  space.write("a.c",
              "#pragma GCC visibility push(hidden)\n"
              "extern unsigned row[8], fifth;\n"
              "unsigned get(void) { return row[0] + fifth; }");
  const bool has_tools =
      space.run(lld_name() +
                " --version > .lld && mipsel-linux-gnu-gcc -O2 -fpic "
                "-mno-relax-pic-calls -ffreestanding -c a.c -o a.o 2> .gcc") == 0;
  if (!has_tools) GTEST_SKIP() << "there is no lld, or no compiler for MIPS";
  space.write("named.lds",
              "SECTIONS { .text : { *(.text*) *(.data*) *(.rodata*) } } fifth = row + 16;");
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline{store, executor};
  RecordingProgress progress;
  Request request;
  request.directory = space.path();
  request.objects = {"a.o"};
  request.path = "/usr/bin:/bin";
  request.linker = lld_name();
  request.script = "named.lds";
  request.spec.imports = {{"row", ImportKind::data}};
  request.spec.exports = {"get"};
  request.spec.mode = Mode::selfreloc;
  request.spec.verify = Verify::relink;
  const Result<Built> built = pipeline.build(request, progress, {});
  EXPECT_TRUE(built) << built.error().text();
}

// What a build does with the check, and what it says when the check fails.
class VerifyTest : public BundleFixture {
 protected:
  VerifyTest() { request.spec.verify = Verify::relink; }

  // Changes the emitted object before it is linked, as a bug would.
  void spoil(const std::string& section, std::size_t offset, char byte) {
    executor.before = [=](const Command& command) {
      const auto object = command.directory / "bundle.o";
      if (!std::filesystem::exists(object)) return;
      std::string bytes = read_file(object).value();
      const ElfFile elf = ElfFile::parse(Blob(bytes)).value();
      const Bytes content = elf.section_named(section)->content;
      bytes[bytes.find(as_text(content)) + offset] = byte;
      ASSERT_TRUE(write_file(object, bytes));
    };
  }

  void compile_pointers() {
    compile(
        "#pragma GCC visibility push(hidden)\n"
        "extern const char far[];\n"
        "static const char *const names[] = {\"north\", far, \"south\"};\n"
        "const char *name(unsigned i) { return names[i % 3]; }");
    import({"far"});
    request.spec.exports = {"name"};
    request.spec.mode = Mode::selfreloc;
  }
};

TEST_P(VerifyTest, IsAStageOfItsOwnThatRunsWhenAskedForAndIsCached) {
  compile("int run(void) { return 1; }");
  request.spec.verify = Verify::none;
  ASSERT_EQ(build(), "");
  const std::string usual = progress.stages();
  EXPECT_EQ(usual.find("verify"), std::string::npos) << usual;
  const auto stages_of = [&](Verify verify) {
    progress.events.clear();
    request.spec.verify = verify;
    EXPECT_EQ(build(), "");
    return progress.stages();
  };
  EXPECT_EQ(stages_of(Verify::relink),
            "partial hit, layout-a hit, layout-b hit, combine hit, emit hit, layout-c ran, "
            "verify ran");
  EXPECT_EQ(stages_of(Verify::relink), "bundle hit");
  request.spec.form = Form::image;
  EXPECT_EQ(stages_of(Verify::relink),
            "partial hit, layout-a hit, layout-b hit, combine hit, emit ran, layout-c hit, "
            "verify hit");
}

TEST_P(VerifyTest, AnEmptyBundleIsFine) {
  compile("");
  EXPECT_EQ(build(), "");
}

TEST_P(VerifyTest, ASelfRelocatingBundleMayHaveNoFixups) {
  compile("int run(void) { return 1; }");
  request.spec.mode = Mode::selfreloc;
  EXPECT_EQ(build(), "");
}

TEST_P(VerifyTest, AByteThatDiffersIsReportedWithItsOffset) {
  compile("int run(void) { return 1; }");
  request.spec.exports = {"run"};
  spoil(".text.cbundle", 1, 7);  // mov $1, %eax
  const std::string base = is_32() ? "0x2abaaaa0" : "0x2aaaaaaaaabaaaa0";
  EXPECT_EQ(build(), "cbundle: error: the emitted object, linked alone at " + base +
                         ", differs from a link of its inputs there\n"
                         "cbundle: hint: this is a bug in cbundle or in the linker: please report "
                         "it, with the objects, the script, the command line and the linker's "
                         "version\n"
                         "cbundle: note: the bytes at 0x1 are 07 instead of 01\n");
  executor.before = nullptr;
  EXPECT_EQ(build(), "") << "a failure must not be found in the cache";
}

TEST_P(VerifyTest, AFieldThatDiffersIsReportedWithItsRecord) {
  compile(
      "extern int far __attribute__((visibility(\"hidden\")));\nint *run(void) { return &far; }");
  import({"far"});
  request.spec.exports = {"run"};
  ASSERT_EQ(build(), "");
  const Relocation record = emitted().relocations().front().records[0];
  request.spec.section = ".other";
  spoil(".rela.other", 16, static_cast<char>(record.addend + 1));  // its addend's lowest byte
  const std::string message = build();
  EXPECT_NE(message.find("the bytes at " + hex(record.offset) + " are "), std::string::npos)
      << message;
  EXPECT_NE(message.find(", in a field that refers to 'far' (R_X86_64_PC32)\n"), std::string::npos)
      << message;
}

TEST_P(VerifyTest, AnObjectThatDoesNotLinkIsAFault) {
  compile("int run(void) { return 1; }");
  spoil(".shstrtab", 1, 'x');  // a section's name
  EXPECT_NE(build().find("the emitted object does not link at 0x2a"), std::string::npos);
}

TEST_P(VerifyTest, AFixupThatDoesNotMoveItsFieldIsAFault) {
  compile_pointers();
  ASSERT_EQ(build(), "");
  request.spec.section = ".other";
  spoil(".other.fixups", 0, 1);  // the offset's lowest byte
  EXPECT_NE(build().find("moved by its table of fixups from 0x2a"), std::string::npos);
  spoil(".other.fixups", 4, 99);  // the kind
  EXPECT_NE(build().find("the table of fixups is malformed"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Machines, VerifyTest, testing::Values("-m32", "-m64"),
                         BundleFixture::name_of_machine);

}  // namespace
}  // namespace cbundle

// Bundles made by the whole pipeline with the real linker: what is proved, refused and written.

#include <gtest/gtest.h>

#include "engine/elf/elf_file.h"
#include "tests/support/bundle_fixture.h"

namespace cbundle {
namespace {

constexpr auto shared_code = R"(
#pragma GCC visibility push(hidden)
extern unsigned counter, table[4];
extern unsigned hook(unsigned);
static const unsigned short weights[] = {3, 1, 4, 1, 5, 9, 2, 6};
static const char *name_of(unsigned op) {
  switch (op) {
  case 0: return "mix"; case 1: return "name"; case 2: return "count";
  case 3: return "hook"; case 4: return "weigh"; case 5: return "five"; default: return "other";
  }
}
unsigned run(unsigned op, unsigned arg) {
  switch (op) {
  case 0: return arg * 7; case 1: return name_of(arg)[0]; case 2: return counter++ + arg;
  case 3: return hook(arg) ^ 0x55; case 4: return weights[arg & 7] + table[2];
  case 5: return name_of(arg + 1)[1]; default: return 0xdead;
  }
}
)";

class BundleTest : public BundleFixture {};

// The constant would be eight bytes off.
TEST_P(BundleTest, AScriptThatBeginsBesideTheAlignmentIsRefused) {
  compile("__attribute__((aligned(16), visibility(\"hidden\"))) const int limits[4] = {1};");
  request.script = "beside.lds";
  space.write("beside.lds",
              "SECTIONS { .text 0x7c08 : { *(.text .text.*) *(.rodata .rodata.*) } }");
  EXPECT_EQ(build(),
            "cbundle: error: the script begins the bundle 0x8 bytes after a multiple of 0x10, but "
            "the object can only be placed at such a multiple\n"
            "cbundle: hint: begin its first section at a multiple of 0x10\n");
}

TEST_P(BundleTest, ExportsHaveTypeAndSizeAndAreHidden) {
  compile(
      "#pragma GCC visibility push(hidden)\n"
      "int run(void) { return 1; }\nconst int limits[3] = {1, 2, 3};");
  request.spec.exports = {"run", "limits"};
  ASSERT_EQ(build(), "");
  const Result<ElfFile> elf = ElfFile::parse(Blob(space.read("out.o")));
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf.value().machine(), EM_X86_64);
  const Symbol* run = elf.value().symbol_named("run");
  const Symbol* limits = elf.value().symbol_named("limits");
  ASSERT_TRUE(run != nullptr && limits != nullptr);
  EXPECT_EQ(run->type, STT_FUNC);
  EXPECT_NE(run->size, 0U);
  EXPECT_EQ(limits->type, STT_OBJECT);
  EXPECT_EQ(limits->size, 12U);
  EXPECT_EQ(run->other, STV_HIDDEN);
}

// What a layout's link left in a field must not reach the object.
TEST_P(BundleTest, FieldsThatTheFinalLinkFillsInAreBlank) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.spec.exports = {"run"};
  ASSERT_EQ(build(), "");
  const Result<ElfFile> elf = ElfFile::parse(Blob(space.read("out.o")));
  ASSERT_TRUE(elf);
  const Bytes text = elf.value().section_named(".text.cbundle")->content;
  ASSERT_EQ(elf.value().relocations().size(), 1U);
  for (const Relocation& r : elf.value().relocations().front().records) {
    EXPECT_EQ(as_text(text.subspan(r.offset, 4)), std::string_view("\0\0\0\0", 4)) << r.offset;
  }
}

// As assembly, the output went on with what was in memory after the bundle.
TEST_P(BundleTest, AnExportAfterTheBundleIsRefused) {
  compile("int run(void) { return 7; } __asm__(\".globl far; .hidden far; far = run + 0x10000\");");
  request.spec.exports = {"run", "far"};
  request.spec.form = Form::assembly;
  expect_refusal("export 'far' is before or after the bundle's bytes");
}

TEST_P(BundleTest, NoImportsAndNoExportsAreFine) {
  compile("int quiet(void) { return 1; }");
  EXPECT_EQ(build(), "");
  compile("");
  EXPECT_EQ(build(), "");
}

TEST_P(BundleTest, ACustomSectionIsPartOfTheBundle) {
  compile("__attribute__((section(\"my_table\"), visibility(\"hidden\"))) const int t[] = {7};");
  request.spec.exports = {"t"};
  ASSERT_EQ(build(), "");
  const Result<ElfFile> elf = ElfFile::parse(Blob(space.read("out.o")));
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf.value().section_named(".text.cbundle")->size, 4U);
}

TEST_P(BundleTest, PointerTablesAreRefusedAndFixedUpInSelfreloc) {
  compile(
      "#pragma GCC visibility push(hidden)\n"
      "static const char *const names[] = {\"north\", \"east\", \"south\"};\n"
      "const char *name(unsigned i) { return names[i % 3]; }");
  request.spec.exports = {"name"};
  expect_refusal("needs the absolute address of");
  request.spec.mode = Mode::selfreloc;
  ASSERT_EQ(build(), "");
  const Result<ElfFile> elf = ElfFile::parse(Blob(space.read("out.o")));
  ASSERT_TRUE(elf);
  const Section* fixups = elf.value().section_named(".text.cbundle.fixups");
  ASSERT_NE(fixups, nullptr);
  EXPECT_EQ(fixups->size, 3U * 16);
  EXPECT_NE(elf.value().symbol_named("cbundle_fixups_end"), nullptr);
}

TEST_P(BundleTest, AnAddressHiddenInAScriptIsFound) {
  compile("int run(void) { return 7; }");
  request.spec.exports = {"run"};
  request.script = "hidden.lds";
  space.write("hidden.lds", "SECTIONS { .text : { *(.text .text.*) LONG(ADDR(.text) >> 12) } }");
  expect_refusal("depends on where the bundle is");
}

// lld keeps such a name in the import's section. It was taken for the import itself, and what the
// code read was the first word instead of the fifth.
TEST_P(BundleTest, AScriptsNameForAPlaceInAnImportIsThatPlace) {
  if (lld_name().empty()) GTEST_SKIP() << "there is no lld";
  compile(
      "#pragma GCC visibility push(hidden)\n"
      "extern unsigned row[8], fifth;\n"
      "unsigned *const spots[] = {row, &fifth, &fifth + 1};");
  import({"row"});
  request.spec.exports = {"spots"};
  request.spec.mode = Mode::selfreloc;
  request.script = "named.lds";
  request.linker = lld_name();
  space.write("named.lds",
              "SECTIONS { .text : { *(.text*) *(.data*) *(.rodata*) } } fifth = row + 16;");
  ASSERT_EQ(build(), "");
  const ElfFile object = emitted();
  std::vector<std::int64_t> addends;
  for (const Relocation& r : object.relocations().front().records) {
    EXPECT_EQ(object.symbols()[r.symbol].name, "row");
    addends.push_back(r.addend);
  }
  EXPECT_EQ(addends, (std::vector<std::int64_t>{0, 16, 20}));
}

TEST_P(BundleTest, WritableDataFoldedIntoCodeByAScriptIsRefused) {
  compile("__attribute__((visibility(\"hidden\"))) int counter = 3;");
  request.script = "fold.lds";
  space.write("fold.lds", "SECTIONS { .text : { *(.text .text.*) *(.data .data.*) } }");
  expect_refusal("variable 'counter' is writable data");
}

TEST_P(BundleTest, AScriptWithAddressesOfItsOwnIsMoved) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.spec.exports = {"run"};
  request.script = "own.lds";
  space.write("own.lds",
              "MEMORY { rom (rx) : ORIGIN = 0x8000, LENGTH = 64K }\n"
              "SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) } > rom }");
  EXPECT_EQ(build(), "");
}

// Constants in such a section were taken for the import.
TEST_P(BundleTest, ASectionNamedAsAnImportsIsRefused) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.script = "named.lds";
  space.write("named.lds",
              "SECTIONS { .text : { *(.text .text.*) }"
              " .cbundle.import.0 : { *(.rodata .rodata.*) } }");
  expect_refusal("section .cbundle.import.0 has the name of an import's section");
}

// Memory was asked for the hole: for 64 bits more than there is.
TEST_P(BundleTest, AHoleBetweenLoadAddressesTakesNoMemory) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.spec.exports = {"run"};
  request.spec.form = Form::description;
  request.script = "sparse.lds";
  const std::string far = is_32() ? "0x20000000" : "0x400000000000";
  space.write("sparse.lds",
              "SECTIONS { .text : { *(.text .text.*) *(.rodata .rodata.*) }"
              " .far : AT(" +
                  far + ") { QUAD(7) } }");
  ASSERT_EQ(build(), "");
  EXPECT_NE(space.read("out.o").find("\"offset\": " +
                                     std::string(is_32() ? "536870912" : "70368744177664")),
            std::string::npos)
      << space.read("out.o");
}

TEST_P(BundleTest, AnArrayTooLargeForABundleIsRefused) {
  compile("__attribute__((visibility(\"hidden\"))) char heap[0x60000000];");
  request.spec.mode = Mode::selfreloc;
  expect_refusal("the bundle is larger than 1 GB");
}

TEST_P(BundleTest, AScriptsErrorNamesItsOwnLine) {
  compile("int run(void) { return 7; }");
  request.script = "wrong.lds";
  space.write("wrong.lds",
              "/* one\n   two */\nSECTIONS {\n"
              "  .text : { *(.text .text.*) }\n"
              "  ASSERT(SIZEOF(.text) > 4096, \"too small\")\n}\n");
  expect_refusal("too small");
}

TEST_P(BundleTest, ThreadLocalAndConstructorsAreRefusedTogether) {
  compile(
      "__thread int mine;\nint get(void) { return mine; }\n"
      "__attribute__((constructor)) static void begin(void) { mine = 1; }");
  const std::string message = build();
  EXPECT_NE(message.find("is thread-local"), std::string::npos) << message;
  EXPECT_NE(message.find("is a constructor"), std::string::npos) << message;
}

TEST_P(BundleTest, AWeakUndefinedSymbolIsRefused) {
  compile(
      "extern int maybe(void) __attribute__((weak, visibility(\"hidden\")));\n"
      "int run(void) { return maybe ? maybe() : 0; }");
  expect_refusal("uses weak symbol 'maybe', which is not defined");
}

TEST_P(BundleTest, AnErrorHasItsSourceLine) {
  compile(
      "#pragma GCC visibility push(hidden)\n"
      "extern int absent(void);\n\nint run(void) {\n  return absent() + 1;\n}\n");
  expect_refusal("a.o.c:5: error: function 'run' uses undefined symbol 'absent' (a.o)");
}

TEST_P(BundleTest, AssemblyTextGivesTheSameBytesAsTheObject) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.spec.exports = {"run"};
  ASSERT_EQ(build(), "");
  ASSERT_EQ(space.run("mv out.o object.o"), 0);
  request.spec.form = Form::assembly;
  ASSERT_EQ(build(), "");
  ASSERT_EQ(space.run("as -o assembled.o out.o"), 0);
  const std::string places =
      " --defsym counter=0x2600000 --defsym table=0x2600100 --defsym "
      "hook=0x2601230 -e 0 -Ttext=0x2490000 ";
  ASSERT_EQ(space.run("for f in object assembled; do ld" + places +
                      "-o $f $f.o && "
                      "objcopy -O binary -j .text $f $f.bin; done"),
            0);
  EXPECT_FALSE(space.read("object.bin").empty());
  EXPECT_EQ(space.read("object.bin"), space.read("assembled.bin"));
}

TEST_P(BundleTest, AnImageComesWithADescription) {
  compile(shared_code);
  import({"counter", "table", "hook"});
  request.spec.exports = {"run"};
  request.spec.form = Form::image;
  ASSERT_EQ(build(), "");
  const std::size_t size = space.read("out.o").size();
  request.spec.form = Form::description;
  ASSERT_EQ(build(), "");
  const std::string description = space.read("out.o");
  EXPECT_NE(description.find("\"size\": " + std::to_string(size)), std::string::npos);
  EXPECT_NE(description.find("\"import\": \"counter\""), std::string::npos) << description;
  EXPECT_NE(description.find("{\"name\": \"run\""), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Machines, BundleTest, testing::Values("-m32", "-m64"),
                         BundleFixture::name_of_machine);

}  // namespace
}  // namespace cbundle

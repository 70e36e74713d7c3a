// What other ways to make position-independent blobs get wrong: accepted though unsound, refused
// though sound, or refused in words that help nobody.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/bundle_fixture.h"

namespace cbundle {
namespace {

#define HIDDEN "#pragma GCC visibility push(hidden)\n"

class KnownFlowTest : public BundleFixture {
 protected:
  // What build() says, without the name of the directory.
  std::string said() {
    std::string message = build();
    const std::string directory = space.path().string() + "/";
    for (std::size_t at = 0; (at = message.find(directory, at)) != message.npos;) {
      message.erase(at, directory.size());
    }
    return message;
  }

  void expect_pieces(std::initializer_list<const char*> pieces) {
    const std::string message = said();
    for (const char* piece : pieces) {
      EXPECT_NE(message.find(piece), std::string::npos) << piece << "\nis not in: " << message;
    }
  }

  // The imports that the emitted function's records name, with blanks between.
  static std::string imports_of(const ElfFile& elf, std::string_view function) {
    const Symbol* in = elf.symbol_named(function);
    std::string names;
    for (const Relocations& table : elf.relocations()) {
      for (const Relocation& r : table.records) {
        if (in == nullptr || r.offset < in->value || r.offset >= in->value + in->size) continue;
        names += (names.empty() ? "" : " ") + std::string(elf.symbols()[r.symbol].name);
      }
    }
    return names;
  }

  // A template of the shape that is linked twice by hand, with imports declared in it.
  void use_template(const std::string& before, const std::string& imports) {
    request.script = "boot.lds.S";
    space.write("boot.lds.S", before +
                                  "#ifdef FINAL\n# define GAP 0\n# define MULT 0\n# define START\n"
                                  "#else\n# define GAP 0x010200\n# define MULT 1\n"
                                  "# define START 0x408020\n#endif\n"
                                  "#define IMPORT(name) name = . + (__LINE__ * MULT)\n"
                                  "SECTIONS\n{\n  .text START : {\n    " +
                                  imports +
                                  "\n    . = . + GAP;\n"
                                  "    *(.text .text.*) *(.rodata .rodata.*)\n  }\n}\n");
  }
};

TEST_P(KnownFlowTest, ACommonSymbolIsRefused) {
  compile(HIDDEN "int shared;\nint get(void) { return shared; }", "-fcommon");
  expect_pieces({"variable `shared' is writable data",
                 "make it const, move it to the host and import it, or use --mode selfreloc"});
}

TEST_P(KnownFlowTest, ACommonSymbolOfSelfrelocLiesInsideTheBundle) {
  compile(HIDDEN "int box[4]; char byte;\nint get(void) { return box[3] + byte; }", "-fcommon");
  request.spec.mode = Mode::selfreloc;
  request.spec.exports = {"box", "byte"};
  ASSERT_EQ(build(), "");
  const ElfFile elf = emitted();
  const Section* section = elf.section_named(".text.cbundle");
  ASSERT_NE(section, nullptr);
  for (const char* name : {"box", "byte"}) {
    const Symbol* symbol = elf.symbol_named(name);
    ASSERT_NE(symbol, nullptr);
    EXPECT_EQ(symbol->section, elf.index_of(*section));
    EXPECT_LE(symbol->value + symbol->size, section->size) << name;
    EXPECT_EQ(symbol->type, STT_OBJECT) << name;
  }
  EXPECT_EQ(elf.symbol_named("box")->size, 16U);
}

TEST_P(KnownFlowTest, SmallAndLargeAlignmentsAreKept) {
  for (const unsigned alignment : {16U, 64U, 4096U}) {
    compile(HIDDEN "const char first = 1;\nconst char line[32] __attribute__((aligned(" +
            std::to_string(alignment) + "))) = {1};\nint run(void) { return first; }");
    request.spec.exports = {"line"};
    ASSERT_EQ(build(), "");
    const ElfFile elf = emitted();
    EXPECT_EQ(elf.section_named(".text.cbundle")->alignment, alignment);
    EXPECT_EQ(elf.symbol_named("line")->value % alignment, 0U);
  }
}

constexpr auto two_imports = HIDDEN
    "extern int first, second;\nint *one(void) { return &first; }\n"
    "int *two(void) { return &second; }\n";

TEST_P(KnownFlowTest, TwoImportsOnOneLineOfATemplateAreToldApart) {
  compile(two_imports);
  request.spec.exports = {"one", "two"};
  use_template("", "IMPORT(first); IMPORT(second);");
  ASSERT_EQ(build(), "");
  EXPECT_EQ(imports_of(emitted(), "one"), "first");
  EXPECT_EQ(imports_of(emitted(), "two"), "second");
}

TEST_P(KnownFlowTest, ATemplateMayHaveMoreThan65792Lines) {
  compile(two_imports);
  request.spec.exports = {"one", "two"};
  use_template(std::string(70'000, '\n'), "IMPORT(first);\n    IMPORT(second);");
  ASSERT_EQ(build(), "");
  EXPECT_EQ(imports_of(emitted(), "one"), "first");
  EXPECT_EQ(imports_of(emitted(), "two"), "second");
}

TEST_P(KnownFlowTest, ImportsMayBeNamedAsThePreprocessorsOwnMacros) {
  compile(HIDDEN
          "extern int linux_ __asm__(\"linux\"), unix_ __asm__(\"unix\");\n"
          "int *one(void) { return &linux_; }\nint *two(void) { return &unix_; }\n");
  request.spec.exports = {"one", "two"};
  use_template("", "IMPORT(linux);\n    IMPORT(unix);");
  ASSERT_EQ(build(), "");
  EXPECT_EQ(imports_of(emitted(), "one"), "linux");
  EXPECT_EQ(imports_of(emitted(), "two"), "unix");
}

constexpr auto label_inside =
    "__asm__(\".text\\n.globl call, inside\\n.type call, @function\\n\"\n"
    "        \"call: .byte 0xe8\\n .long host - . - 4\\n ret\\n.size call, . - call\\n\"\n"
    "        \".set inside, call + 3\\n\");\n";

TEST_P(KnownFlowTest, AnExportInsideAReferenceDoublesNoByte) {
  compile(label_inside);
  import({"host"});
  request.spec.exports = {"call", "inside"};
  ASSERT_EQ(build(), "");
  const ElfFile elf = emitted();
  EXPECT_EQ(elf.section_named(".text.cbundle")->size, 6U);
  EXPECT_EQ(elf.symbol_named("inside")->value, 3U);
  ASSERT_EQ(elf.relocations().size(), 1U);
  ASSERT_EQ(elf.relocations().front().records.size(), 1U);
  EXPECT_EQ(elf.relocations().front().records.front().offset, 1U);
}

TEST_P(KnownFlowTest, AnExportInsideAReferenceIsRefusedAsAssembly) {
  compile(label_inside);
  import({"host"});
  request.spec.exports = {"call", "inside"};
  request.spec.form = Form::assembly;
  EXPECT_EQ(said(), "an export lies inside a reference to an import at 0x1\n  use --emit object");
}

TEST_P(KnownFlowTest, AnExportMayLieAtAReferencesAddress) {
  compile("__asm__(\".text\\n.globl word\\nword: .long host - .\\n\");\n");
  import({"host"});
  request.spec.exports = {"word"};
  ASSERT_EQ(build(), "");
  EXPECT_EQ(emitted().symbol_named("word")->value, 0U);
  EXPECT_EQ(emitted().section_named(".text.cbundle")->size, 4U);
  request.spec.form = Form::assembly;
  ASSERT_EQ(build(), "");
  EXPECT_EQ(space.output_of("as -o again.o out.o && nm again.o"),
            "                 U host\n0000000000000000 T word\n");
}

TEST_P(KnownFlowTest, AnImportThatIsDefinedTooIsRefused) {
  compile(HIDDEN "int hook(int x) { return x; }\nint run(int x) { return hook(x) + 1; }");
  import({"hook"});
  EXPECT_EQ(said(),
            "a.o.c:2: in function `hook' (a.o): import `hook' is also defined in the bundle\n"
            "  remove the definition or the --import");
}

TEST_P(KnownFlowTest, AnExportThatIsStaticIsRefused) {
  compile("\n__attribute__((used)) static int helper(int x) { return x; }");
  request.spec.exports = {"helper"};
  EXPECT_EQ(said(),
            "a.o.c:2: in function `helper' (a.o): export `helper' is static\n"
            "  remove `static' from its definition");
}

TEST_P(KnownFlowTest, AnExportThatIsNowhereIsRefusedWithTheNearestName) {
  compile(HIDDEN "int parse(void) { return 1; }");
  request.spec.exports = {"prase"};
  EXPECT_EQ(said(), "export `prase' is not defined in the bundle\n  did you mean `parse'?");
}

TEST_P(KnownFlowTest, WritableDataIsRefused) {
  compile(HIDDEN "int counter = 3;\nint run(void) { return counter++; }");
  expect_pieces({"a.o: in variable `counter'", "is writable data (section .data)",
                 "make it const, move it to the host and import it, or use --mode selfreloc"});
}

TEST_P(KnownFlowTest, ASectionThatAScriptLeavesOutIsNamed) {
  compile(
      "__attribute__((section(\"my_table\"), used)) const int t[] = {7};\n"
      "int run(void) { return 1; }");
  request.script = "out.lds";
  space.write("out.lds", "SECTIONS { .text : { *(.text .text.*) } }");
  expect_pieces({"unplaced orphan section `my_table'"});
}

TEST_P(KnownFlowTest, AWeakFunctionMayBeExported) {
  compile(HIDDEN "__attribute__((weak)) int run(void) { return 1; }");
  request.spec.exports = {"run"};
  ASSERT_EQ(build(), "");
  EXPECT_EQ(emitted().symbol_named("run")->type, STT_FUNC);
}

TEST_P(KnownFlowTest, DebugInformationChangesNothing) {
  const std::string source = HIDDEN "extern int limit;\nint run(int x) { return x + limit; }";
  import({"limit"});
  request.spec.exports = {"run"};
  compile(source, "-g0");
  ASSERT_EQ(build(), "");
  const std::string without = space.read("out.o");
  compile(source, "-g3 -gdwarf-4");
  ASSERT_EQ(build(), "");
  EXPECT_EQ(space.read("out.o"), without);
}

TEST_P(KnownFlowTest, AnAbsoluteJumpTableIsRefused) {
  compile(HIDDEN
          "int run(int x, int y) {\n  switch (x) {\n    case 0: return y * 3;\n"
          "    case 1: return y + 77;\n    case 2: return y ^ 5;\n    case 3: return y / 3;\n"
          "    case 4: return 9 - y;\n    case 5: return y << y;\n    default: return 1;\n  }\n}",
          "-fno-pic");
  expect_pieces({"a.o.c:3: in function `run' (a.o): needs the absolute address of",
                 is_32() ? "(R_386_32)" : "(R_X86_64_32S)", "compile with -fpic"});
}

TEST_P(KnownFlowTest, ATableOfStringsIsRefused) {
  compile(HIDDEN
          "static const char *const names[] = {\"north\", \"east\", \"south\"};\n"
          "const char *name(unsigned i) { return names[i % 3]; }");
  expect_pieces({"a.o: in variable `names'", "needs the absolute address of",
                 is_32() ? "(R_386_32)" : "(R_X86_64_64)", "store offsets instead of pointers",
                 "--mode selfreloc"});
}

TEST_P(KnownFlowTest, AUseOfTheGlobalOffsetTableIsRefused) {
  compile("extern int outside;\n\nint run(void) { return outside; }");
  import({"outside"});
  EXPECT_EQ(said(),
            std::string("a.o.c:3: in function `run' (a.o): reads the address of `outside' (") +
                (is_32() ? "R_386_GOT32X" : "R_X86_64_REX_GOTPCRELX") +
                ") from a global offset table\n"
                "  declare it with __attribute__((visibility(\"hidden\"))), or compile with "
                "-fvisibility=hidden and a `#pragma GCC visibility push(hidden)'");
}

TEST_P(KnownFlowTest, AnObjectForTheLinksOptimizerIsRefused) {
  compile("int run(void) { return 1; }", "-flto -fno-fat-lto-objects");
  EXPECT_EQ(said(),
            "a.o: holds only link-time optimization data, no code; compile it with -fno-lto or "
            "-ffat-lto-objects");
}

TEST_P(KnownFlowTest, ThreadLocalStorageIsRefused) {
  compile("__thread int mine;\nint get(void) { return mine; }");
  expect_pieces({"variable `mine' is thread-local", "remove __thread",
                 "a.o.c:2: in function `get' (a.o): uses thread-local storage, `mine' (",
                 is_32() ? "R_386_TLS_GD" : "R_X86_64_TLSGD"});
}

TEST_P(KnownFlowTest, AFunctionThatIsChosenAtRunTimeIsRefused) {
  compile(
      "static int one(void) { return 1; }\nstatic void *choose(void) { return one; }\n"
      "int pick(void) __attribute__((ifunc(\"choose\")));");
  expect_pieces({"a.o.c:2: ", "(a.o)", "function `pick' is chosen at run time (ifunc)",
                 "a bundle has no loader to choose; call one version"});
}

TEST_P(KnownFlowTest, ConstructorsAreRefused) {
  compile("__attribute__((constructor)) static void begin(void) { __asm__ volatile(\"\"); }");
  expect_pieces({"section .init_array holds constructors or destructors",
                 "initialize statically, or export a function to call"});
}

TEST_P(KnownFlowTest, ExceptionTablesAreRefused) {
  compile(
      "void act(void), done(int *);\n"
      "void run(void) {\n  int v __attribute__((cleanup(done))) = 1;\n  act();\n}",
      "-fexceptions");
  expect_pieces({"exception tables need an unwinder, which a bundle does not have",
                 "compile with -fno-exceptions"});
}

TEST_P(KnownFlowTest, ADoubleDefinitionNamesBothObjects) {
  compile(HIDDEN "int run(void) { return 1; }");
  space.compile("b.o", "\n" HIDDEN "int run(void) { return 2; }", flags());
  request.objects = {"a.o", "b.o"};
  expect_pieces({"b.o: in function `run':\nb.o.c:3: multiple definition of `run'",
                 "a.o:a.o.c:2: first defined here"});
}

TEST_P(KnownFlowTest, TheStackProtectorIsRefusedWithTheFlagAgainstIt) {
  compile(HIDDEN "\nint run(void) { return 1; }", "-fstack-protector-all");
  EXPECT_EQ(said(), std::string("a.o.c:3: in function `run' (a.o): undefined symbol `") +
                        (is_32() ? "__stack_chk_fail_local" : "__stack_chk_fail") +
                        "'\n  compile with -fno-stack-protector");
}

TEST_P(KnownFlowTest, ACallOfTheCompilersLibraryIsRefusedWithItsName) {
  compile(is_32() ? HIDDEN
              "\nunsigned long long run(unsigned long long a, unsigned long long b) {\n"
              "  return a / b;\n}"
                  : HIDDEN
              "\nunsigned __int128 run(unsigned __int128 a, unsigned __int128 b) {\n"
              "  return a / b;\n}");
  EXPECT_EQ(said(), std::string("a.o.c:4: in function `run' (a.o): undefined symbol `") +
                        (is_32() ? "__udivdi3" : "__udivti3") +
                        "'\n  it is in the compiler's own library: add the file that "
                        "-print-libgcc-file-name names to the objects, or avoid the operation");
}

TEST_P(KnownFlowTest, TheCompilersLibraryMayBePartOfABundle) {
  compile(is_32() ? HIDDEN
              "unsigned long long run(unsigned long long a, unsigned long long b) {\n"
              "  return a / b;\n}"
                  : HIDDEN
              "unsigned __int128 run(unsigned __int128 a, unsigned __int128 b) {\n"
              "  return a / b;\n}");
  std::string library = space.output_of("gcc " + flags() + " -print-libgcc-file-name");
  library.pop_back();
  request.objects = {"a.o", library};
  request.spec.exports = {"run"};
  EXPECT_EQ(said(), "");
}

INSTANTIATE_TEST_SUITE_P(Machines, KnownFlowTest, testing::Values("-m32", "-m64"),
                         BundleFixture::name_of_machine);

}  // namespace
}  // namespace cbundle

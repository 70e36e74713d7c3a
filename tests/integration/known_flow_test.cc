// What other ways to make position-independent blobs get wrong: accepted though unsound, refused
// though sound, or refused with a message that helps nobody.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/bundle_fixture.h"

namespace cbundle {
namespace {

#define HIDDEN "#pragma GCC visibility push(hidden)\n"

class KnownFlowTest : public BundleFixture {
 protected:
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
  EXPECT_EQ(build(),
            "a.o.c:2: error: variable 'shared' is writable data (a.o)\n"
            "a.o.c:2: hint: make it const, move it to the host and import it, or use --mode "
            "selfreloc\n");
}

TEST_P(KnownFlowTest, ACommonSymbolOfSelfrelocIsInsideTheBundle) {
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

TEST_P(KnownFlowTest, TwoImportsOnOneLineOfATemplateAreDistinguished) {
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
  EXPECT_EQ(elf.relocations().front().records[0].offset, 1U);
}

TEST_P(KnownFlowTest, AnExportInsideAReferenceIsRefusedAsAssembly) {
  compile(label_inside);
  import({"host"});
  request.spec.exports = {"call", "inside"};
  request.spec.form = Form::assembly;
  EXPECT_EQ(build(),
            "cbundle: error: an export is inside a reference to an import at 0x1\n"
            "cbundle: hint: use --emit object\n");
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
  EXPECT_EQ(build(),
            "a.o.c:2: error: import 'hook' is also defined in the bundle (a.o)\n"
            "a.o.c:2: hint: remove the definition or the --import\n");
}

TEST_P(KnownFlowTest, AnExportThatIsStaticIsRefused) {
  compile("\n__attribute__((used)) static int helper(int x) { return x; }");
  request.spec.exports = {"helper"};
  EXPECT_EQ(build(),
            "a.o.c:2: error: export 'helper' is static (a.o)\n"
            "a.o.c:2: hint: remove 'static' from its definition\n");
}

TEST_P(KnownFlowTest, AnExportThatIsNowhereIsRefusedWithTheNearestName) {
  compile(HIDDEN "int parse(void) { return 1; }");
  request.spec.exports = {"prase"};
  EXPECT_EQ(build(),
            "cbundle: error: export 'prase' is not defined in the bundle\n"
            "cbundle: hint: did you mean 'parse'?\n");
}

TEST_P(KnownFlowTest, WritableDataIsRefused) {
  compile(HIDDEN
          "int counter = 3;\nint run(void) {\n  static int calls;\n"
          "  return counter++ + calls++;\n}");
  EXPECT_EQ(build(),
            "a.o.c:2: error: variable 'counter' is writable data in section .data (a.o)\n"
            "a.o.c:2: hint: make it const, move it to the host and import it, or use --mode "
            "selfreloc\n"
            "a.o.c:4: error: variable 'calls' is writable data in section .bss (a.o)\n"
            "a.o.c:4: hint: make it const, move it to the host and import it, or use --mode "
            "selfreloc\n");
}

TEST_P(KnownFlowTest, OfManyErrorsTwentyAreShownAndTheOthersCounted) {
  std::string source = HIDDEN;
  for (int i = 0; i < 25; ++i) source += "int v" + std::to_string(i) + " = 3;\n";
  compile(source);
  const std::string message = build();
  EXPECT_EQ(std::ranges::count(message, '\n'), 41) << message;
  EXPECT_TRUE(message.ends_with("cbundle: note: 5 more errors\n")) << message;
}

TEST_P(KnownFlowTest, ASectionThatAScriptLeavesOutIsNamed) {
  compile(
      "__attribute__((section(\"my_table\"), used)) const int t[] = {7};\n"
      "int run(void) { return 1; }");
  request.script = "out.lds";
  space.write("out.lds", "SECTIONS { .text : { *(.text .text.*) } }");
  EXPECT_EQ(
      build(),
      "a.o.c:1: error: section my_table, which contains 't', is not placed by the script (a.o)\n"
      "a.o.c:1: hint: place it in an output section: *(my_table)\n");
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

constexpr auto a_switch = HIDDEN
    "int run(int x, int y) {\n  switch (x) {\n    case 0: return y * 3;\n"
    "    case 1: return y + 77;\n    case 2: return y ^ 5;\n    case 3: return y / 3;\n"
    "    case 4: return 9 - y;\n    case 5: return y << y;\n    default: return 1;\n  }\n}";

TEST_P(KnownFlowTest, AnAbsoluteJumpTableIsRefused) {
  compile(a_switch, "-fno-pic");
  EXPECT_EQ(build(), std::string("a.o.c:3: error: function 'run' has a switch whose jump table "
                                 "holds absolute addresses (") +
                         (is_32() ? "R_386_32" : "R_X86_64_64") +
                         " in .rodata, a.o)\n"
                         "a.o.c:3: hint: compile with -fpic, or with -fno-jump-tables\n");
}

TEST_P(KnownFlowTest, TheHintsForAJumpTableHelp) {
  for (const char* hint : {"-fpic", "-fno-pic -fno-jump-tables"}) {
    compile(a_switch, hint);
    request.spec.exports = {"run"};
    EXPECT_EQ(build(), "") << hint;
  }
}

TEST_P(KnownFlowTest, CodeForAFixedPlaceIsRefusedOnceAFunction) {
  compile(HIDDEN
          "const int squares[9] = {0, 1, 4};\nextern int go(const char *);\n"
          "int run(int i) {\n  return squares[i] + go(\"north\") + go(\"east\");\n}",
          "-fno-pic");
  import({"go"});
  const std::string message = build();
  EXPECT_TRUE(message.starts_with("a.o.c:5: error: function 'run' needs the absolute address of"))
      << message;
  EXPECT_TRUE(message.ends_with("\na.o.c:5: hint: compile with -fpic\n")) << message;
  const bool has_note =
      message.find("a.o.c:5: note: 2 more like it in 'run'\n") != std::string::npos;
  EXPECT_EQ(has_note, is_32()) << message;  // the others are of another type for x86-64
  EXPECT_EQ(std::ranges::count(message, '\n'), is_32() ? 3 : 2) << message;
}

TEST_P(KnownFlowTest, ATableOfStringsIsRefused) {
  compile(HIDDEN
          "static const char *const names[] = {\"north\", \"east\", \"south\"};\n"
          "const char *name(unsigned i) { return names[i % 3]; }");
  EXPECT_EQ(build(),
            std::string("a.o.c:2: error: variable 'names' needs the absolute address of the "
                        "string \"north\" (") +
                (is_32() ? "R_386_32" : "R_X86_64_64") +
                " in .data.rel.ro.local, a.o)\n"
                "a.o.c:2: note: 2 more like it in 'names'\n"
                "a.o.c:2: hint: store offsets instead of pointers (a switch does it for you, "
                "clang's with -fno-jump-tables), or use --mode selfreloc\n");
}

TEST_P(KnownFlowTest, AUseOfTheGlobalOffsetTableIsRefused) {
  compile("extern int outside;\n\nint run(void) { return outside; }");
  import({"outside"});
  EXPECT_EQ(
      build(),
      std::string("a.o.c:3: error: function 'run' reads the address of 'outside' from a "
                  "global offset table (") +
          (is_32() ? "R_386_GOT32X" : "R_X86_64_REX_GOTPCRELX") +
          " in .text, a.o)\n"
          "a.o.c:3: hint: declare it with __attribute__((visibility(\"hidden\"))), or compile "
          "with -fvisibility=hidden and a '#pragma GCC visibility push(hidden)'\n");
}

TEST_P(KnownFlowTest, AnObjectForTheLinksOptimizerIsRefused) {
  compile("int run(void) { return 1; }", "-flto -fno-fat-lto-objects");
  const std::string message = build();
  EXPECT_TRUE(message.starts_with("a.o: error: contains only link-time optimization data, no code"))
      << message;
  EXPECT_NE(message.find("-ffat-lto-objects"), std::string::npos) << message;
}

TEST_P(KnownFlowTest, ThreadLocalStorageIsRefused) {
  compile("__thread int mine;\nint get(void) { return mine; }");
  EXPECT_EQ(build(),
            "a.o.c:1: error: variable 'mine' is thread-local (a.o)\n"
            "a.o.c:1: hint: remove __thread: a bundle has no thread-local storage\n");
  EXPECT_EQ(progress.texts<Warning>(), "");
}

TEST_P(KnownFlowTest, ThreadLocalStorageOfOthersIsRefused) {
  compile("extern __thread int theirs;\nint get(void) { return theirs + theirs; }");
  import({"theirs"});
  EXPECT_EQ(
      build(),
      std::string("a.o.c:2: error: function 'get' uses the thread-local variable 'theirs' (") +
          (is_32() ? "R_386_TLS_GD" : "R_X86_64_TLSGD") +
          " in .text, a.o)\n"
          "a.o.c:2: hint: remove __thread: a bundle has no thread-local storage\n");
}

constexpr auto a_weak_use =
    "extern int maybe __attribute__((weak, visibility(\"hidden\")));\n"
    "int *run(void) { return &maybe; }";

TEST_P(KnownFlowTest, AWeakSymbolThatIsNowhereIsRefusedOnce) {
  compile(a_weak_use);
  EXPECT_EQ(build(),
            "a.o.c:2: error: function 'run' uses weak symbol 'maybe', which is not defined: its "
            "address would be 0 wherever the bundle is placed, which position-independent code "
            "cannot express (a.o)\n"
            "a.o.c:2: hint: define it, declare it hidden and not weak, and with --import maybe, or "
            "remove the use\n");
}

TEST_P(KnownFlowTest, TheHintForAWeakHiddenImportDoesNotSayHidden) {
  compile(a_weak_use);
  import({"maybe"});
  EXPECT_EQ(build(),
            std::string("a.o.c:2: error: function 'run' reads the address of 'maybe' from a global "
                        "offset table (") +
                (is_32() ? "R_386_GOT32X" : "R_X86_64_REX_GOTPCRELX") +
                " in .text, a.o)\n"
                "a.o.c:2: hint: declare it without 'weak', for which compilers use the table\n");
}

TEST_P(KnownFlowTest, AFunctionThatIsChosenAtRunTimeIsRefused) {
  compile(
      "static int one(void) { return 1; }\nstatic void *choose(void) { return one; }\n"
      "int pick(void) __attribute__((ifunc(\"choose\")));");
  EXPECT_EQ(build(),
            "a.o.c:2: error: function 'pick' is chosen at run time (ifunc) (a.o)\n"
            "a.o.c:2: hint: a bundle has no loader to choose; call one version\n");
}

TEST_P(KnownFlowTest, ConstructorsAreRefused) {
  compile(
      "__attribute__((constructor)) static void begin(void) { __asm__ volatile(\"\"); }\n"
      "__attribute__((destructor)) static void finish(void) { __asm__ volatile(\"\"); }");
  EXPECT_EQ(build(),
            "a.o.c:1: error: function 'begin' is a constructor, which a bundle never runs (a.o)\n"
            "a.o.c:1: hint: initialize statically, or export a function that the host calls\n"
            "a.o.c:2: error: function 'finish' is a destructor, which a bundle never runs (a.o)\n"
            "a.o.c:2: hint: initialize statically, or export a function that the host calls\n");
}

TEST_P(KnownFlowTest, ExceptionTablesAreRefused) {
  compile(
      "void act(void), done(int *);\n"
      "void run(void) {\n  int v __attribute__((cleanup(done))) = 1;\n  act();\n}",
      "-fexceptions");
  import({"act", "done"});
  EXPECT_EQ(build(),
            "a.o.c:2: error: function 'run' uses exception tables, which need an unwinder that a "
            "bundle does not have (a.o)\n"
            "a.o.c:2: hint: compile with -fno-exceptions\n");
}

TEST_P(KnownFlowTest, ADoubleDefinitionNamesBothObjects) {
  compile(HIDDEN "int run(void) { return 1; }\nconst int size = 4;");
  space.compile("b.o", "\n" HIDDEN "int run(void) { return 2; }\nconst int size = 8;", flags());
  request.objects = {"a.o", "b.o"};
  EXPECT_EQ(build(),
            "b.o.c:3: error: function 'run' is defined a second time, after a.o.c:2 in a.o (b.o)\n"
            "b.o.c:3: hint: rename one, make it static, or leave one of the objects out\n"
            "b.o.c:4: error: variable 'size' is defined a second time, after a.o.c:3 in a.o (b.o)\n"
            "b.o.c:4: hint: rename one, make it static, or leave one of the objects out\n");
}

TEST_P(KnownFlowTest, AMemberOfAnArchiveIsNamedWithIt) {
  compile(HIDDEN "int count(void);\nint run(void) { return count(); }");
  space.compile("b.o", HIDDEN "int counter = 3;\nint count(void) { return counter++; }", flags());
  for (const char* kind : {"rcs", "rcsT"}) {
    ASSERT_EQ(space.run(std::string("rm -f lib.a && ar ") + kind + " lib.a b.o"), 0);
    request.objects = {"a.o", "lib.a"};
    EXPECT_EQ(build(),
              "b.o.c:2: error: variable 'counter' is writable data in section .data (lib.a(b.o))\n"
              "b.o.c:2: hint: make it const, move it to the host and import it, or use --mode "
              "selfreloc\n");
  }
}

TEST_P(KnownFlowTest, AnObjectThatIsGivenTwiceIsRefused) {
  compile(HIDDEN "int run(void) { return 1; }");
  request.objects = {"a.o", "a.o"};
  EXPECT_EQ(build(), "cbundle: error: a.o is given twice\ncbundle: hint: give it once\n");
}

TEST_P(KnownFlowTest, TheStackProtectorIsRefusedWithTheFlagAgainstIt) {
  compile(HIDDEN "\nint run(void) { return 1; }", "-fstack-protector-all");
  EXPECT_EQ(build(), std::string("a.o.c:3: error: function 'run' uses undefined symbol '") +
                         (is_32() ? "__stack_chk_fail_local" : "__stack_chk_fail") +
                         "' (a.o)\na.o.c:3: hint: compile with -fno-stack-protector\n");
}

TEST_P(KnownFlowTest, ACallOfTheCompilersLibraryIsRefusedWithItsName) {
  compile(is_32() ? HIDDEN
              "\nunsigned long long run(unsigned long long a, unsigned long long b) {\n"
              "  return a / b;\n}"
                  : HIDDEN
              "\nunsigned __int128 run(unsigned __int128 a, unsigned __int128 b) {\n"
              "  return a / b;\n}");
  EXPECT_EQ(build(), std::string("a.o.c:4: error: function 'run' uses undefined symbol '") +
                         (is_32() ? "__udivdi3" : "__udivti3") +
                         "' (a.o)\n"
                         "a.o.c:4: hint: it is in the compiler's own library: add the file that "
                         "-print-libgcc-file-name names to the objects, or avoid the operation\n");
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
  if (!std::filesystem::exists(library)) GTEST_SKIP() << "gcc has no library for " << flags();
  request.objects = {"a.o", library};
  request.spec.exports = {"run"};
  EXPECT_EQ(build(), "");
}

INSTANTIATE_TEST_SUITE_P(Machines, KnownFlowTest, testing::Values("-m32", "-m64"),
                         BundleFixture::name_of_machine);

}  // namespace
}  // namespace cbundle

// Errors whose text depends on the machine, from the objects of its own compiler.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/bundle_fixture.h"

namespace cbundle {
namespace {

#define HIDDEN "#pragma GCC visibility push(hidden)\n"

struct Machine {
  const char* name;
  const char* compiler;  // and the flags that choose the machine
  const char* word;      // the record of an absolute word
};

const Machine machines[] = {
    {"x86_64", "gcc -m64", "R_X86_64_64"},
    {"arm", "arm-linux-gnueabi-gcc -marm -march=armv5te", "R_ARM_ABS32"},
    {"thumb", "arm-linux-gnueabi-gcc -mthumb -march=armv7-a", "R_ARM_ABS32"},
    {"aarch64", "aarch64-linux-gnu-gcc", "R_AARCH64_ABS64"},
    {"riscv64", "riscv64-linux-gnu-gcc -mno-relax", "R_RISCV_64"},
    {"riscv32", "riscv64-linux-gnu-gcc -march=rv32imac -mabi=ilp32 -mno-relax", "R_RISCV_32"},
    {"mips", "mips-linux-gnu-gcc", "R_MIPS_32"},
    {"mips64el", "mips64el-linux-gnuabi64-gcc", "R_MIPS_64"},
};

class MachineErrorTest : public testing::Test {
 protected:
  MachineErrorTest() {
    request.directory = space.path();
    request.objects = {"a.o"};
    request.path = "/usr/bin:/bin";
    request.output = space / "out.o";
  }

  // Whether the compiler is here.
  bool compile(const std::string& compiler, const std::string& source) {
    const std::size_t end = compiler.find(' ');
    const std::string program = compiler.substr(0, end);
    const std::string flags = end == compiler.npos ? "" : compiler.substr(end);
    if (space.run("command -v " + program + " > .which") != 0) return false;
    space.write("a.c", source);
    EXPECT_EQ(space.run(program +
                        " -O2 -g -ffreestanding -fno-stack-protector "
                        "-fno-asynchronous-unwind-tables" +
                        flags + " -c a.c -o a.o"),
              0)
        << compiler;
    return true;
  }

  std::string build() {
    const Result<Built> built = pipeline.build(request, progress, {});
    return built ? std::string() : render(built.error().diagnostics, "cbundle");
  }

  TestSpace space;
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline{store, executor};
  RecordingProgress progress;
  Request request;
};

class EveryMachineTest : public MachineErrorTest, public testing::WithParamInterface<Machine> {
 protected:
  void SetUp() override {
    MachineErrorTest::SetUp();
    if (!try_compile("", "")) GTEST_SKIP() << GetParam().compiler << " is not here";
  }

  bool try_compile(const std::string& flags, const std::string& source) {
    return compile(std::string(GetParam().compiler) + " " + flags, source);
  }
};

TEST_P(EveryMachineTest, AWritableVariableIsNamedWithItsLine) {
  ASSERT_TRUE(try_compile("-fpic", HIDDEN "\nint counter = 3;"));
  EXPECT_EQ(build(),
            "a.c:3: error: variable 'counter' is writable data in section .data (a.o)\n"
            "a.c:3: hint: make it const, move it to the host and import it, or use --mode "
            "selfreloc\n");
}

TEST_P(EveryMachineTest, ATableOfStringsIsOneErrorAtItsFirst) {
  ASSERT_TRUE(
      try_compile("-fpic", HIDDEN "const char *const names[] = {\"north\", \"east\", \"south\"};"));
  EXPECT_EQ(build(),
            "a.c:2: error: variable 'names' needs the absolute address of the string "
            "\"north\" (" +
                std::string(GetParam().word) +
                " in .data.rel.ro.local, a.o)\n"
                "a.c:2: note: 2 more like it in 'names'\n"
                "a.c:2: hint: store offsets instead of pointers (a switch does it for you, "
                "clang's with -fno-jump-tables), or use --mode selfreloc\n");
}

TEST_P(EveryMachineTest, AThreadLocalVariableIsOneError) {
  ASSERT_TRUE(try_compile("-fpic", "__thread int mine;"));
  EXPECT_EQ(build(),
            "a.c:1: error: variable 'mine' is thread-local (a.o)\n"
            "a.c:1: hint: remove __thread: a bundle has no thread-local storage\n");
}

TEST_P(EveryMachineTest, TheStackProtectorIsOneCause) {
  request.spec.mode = Mode::selfreloc;
  ASSERT_TRUE(try_compile("-fpic -fstack-protector-all", HIDDEN "int run(void) { return 1; }"));
  const std::string message = build();
  EXPECT_NE(message.find("uses undefined symbol"), std::string::npos) << message;
  EXPECT_NE(message.find("'__stack_chk_fail'"), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with(": hint: compile with -fno-stack-protector\n")) << message;
  EXPECT_EQ(std::ranges::count(message, '\n'), 2) << message;
}

// Debug information names places by records, which libdw does not know for every machine.
TEST_P(EveryMachineTest, ALineIsFoundInASectionThatIsNotTheFirst) {
  for (const char* const compressed : {"", " -gz"}) {
    ASSERT_TRUE(try_compile(std::string("-fpic -ffunction-sections") + compressed,
                            HIDDEN "int one(void) { return 1; }\nint missing(void);\n\n"
                                   "int two(void) { return missing() + 1; }"));
    if (IsSkipped()) return;
    EXPECT_TRUE(build().starts_with("a.c:5: error: function 'two' ")) << build();
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, EveryMachineTest, testing::ValuesIn(machines),
                         [](const auto& test) { return std::string(test.param.name); });

// The linker helps itself with code of its own, which no layout can be compared by.
TEST_F(MachineErrorTest, ATailCallThatWouldHaveToChangeTheStateIsAnErrorAtItsLine) {
  if (!compile("arm-linux-gnueabi-gcc -fpic -marm -march=armv7-a",
               HIDDEN "int host(int);\nint run(int x) { return host(x + 1); }")) {
    GTEST_SKIP() << "no compiler for ARM is here";
  }
  request.spec.imports = {{"host", ImportKind::thumb}};
  EXPECT_EQ(build(),
            "a.c:3: error: function 'run' does not match its relocation against 'host' "
            "(R_ARM_JUMP24 in .text, a.o)\n"
            "a.c:3: hint: a jump, such as a tail call, cannot change between ARM and Thumb code: "
            "declare the import as it is, :func or :thumb, or compile with "
            "-fno-optimize-sibling-calls\n");
}

struct Case {
  const char* name;
  const char* compiler;
  const char* source;
  const char* text;  // all of it
  Mode mode = Mode::selfreloc;
};

class MachinesOwnErrorTest : public MachineErrorTest, public testing::WithParamInterface<Case> {};

TEST_P(MachinesOwnErrorTest, IsCompleteAsAPersonSeesIt) {
  const Case& test = GetParam();
  request.spec.mode = test.mode;
  if (!compile(test.compiler, test.source)) GTEST_SKIP() << test.compiler << " is not here";
  EXPECT_EQ(build(), test.text);
}

constexpr auto takes_address = HIDDEN "int table[9] = {1};\nint run(int i) { return table[i]; }";
constexpr auto counts = HIDDEN "int add(int *p) { return __atomic_fetch_add(p, 1, 5); }";
constexpr auto quiet = "int run(void) { return 1; }";

const Case cases[] = {
    {"LowCodeOfX8664", "gcc -m64 -fno-pic", takes_address,
     "a.c:3: error: function 'run' assumes that the address of 'table' fits in 32 bits, but a "
     "bundle may be placed anywhere (R_X86_64_32S in .text, a.o)\n"
     "a.c:3: hint: compile with -fpic, or with -mcmodel=large\n"},
    {"LowCodeOfRiscv64", "riscv64-linux-gnu-gcc -mno-relax -fno-pic -mcmodel=medlow", takes_address,
     "a.c:3: error: function 'run' assumes that the address of 'table' fits in 32 bits, but a "
     "bundle may be placed anywhere (R_RISCV_HI20 in .text, a.o)\n"
     "a.c:3: hint: compile with -fpic, or with -mcmodel=medany\n"},
    {"LowCodeOfRiscv32",
     "riscv64-linux-gnu-gcc -march=rv32imac -mabi=ilp32 -mno-relax -fno-pic -mcmodel=medlow",
     takes_address,
     "a.c:3: error: function 'run' needs the absolute address of 'table' in a field that no fixup "
     "can change (R_RISCV_HI20 in .text, a.o)\n"
     "a.c:3: hint: compile with -fpic, or with -mcmodel=medany\n"},
    {"LowCodeOfMips64", "mips64el-linux-gnuabi64-gcc -fno-pic -mno-abicalls -G0 -msym32",
     takes_address,
     "a.c:3: error: function 'run' assumes that the address of 'table' fits in 32 bits, but a "
     "bundle may be placed anywhere (R_MIPS_HI16 in .text, a.o)\n"
     "a.c:3: hint: compile with -mno-sym32\n"},
    {"HalfAWordOfAArch64", "aarch64-linux-gnu-gcc -fpic",
     "__asm__(\".data\\n.globl low\\n.type low, %object\\n.size low, 4\\nlow: .word low\\n\");",
     "a.o: error: variable 'low' needs the absolute address of 'low' in a field that no fixup can "
     "change (R_AARCH64_ABS32 in .data)\n"
     "a.o: hint: store the whole address, in 64 bits, or an offset\n"},
    {"OutlineAtomicsOfAArch64", "aarch64-linux-gnu-gcc -fpic -moutline-atomics", counts,
     "a.c:2: error: function 'add' uses undefined symbol '__aarch64_ldadd4_acq_rel' (a.o)\n"
     "a.c:2: hint: compile with -mno-outline-atomics\n"},
    {"AtomicsOfOldArm", "arm-linux-gnueabi-gcc -fpic -march=armv5te", counts,
     "a.c:2: error: function 'add' uses undefined symbol '__sync_fetch_and_add_4' (a.o)\n"
     "a.c:2: hint: this machine, as compiled for, has no such atomic instruction: name a newer one "
     "with -march, or import the function from the host\n"},
    {"DivisionOfArm", "arm-linux-gnueabi-gcc -fpic -march=armv5te",
     "int run(int a, int b) { return a / b; }",
     "a.c:1: error: function 'run' uses undefined symbol '__aeabi_idiv' (a.o)\n"
     "a.c:1: hint: it is in the compiler's own library: add the file that -print-libgcc-file-name "
     "names to the objects, or avoid the operation\n"},
    {"MipsHasNoModePic", "mips-linux-gnu-gcc -fpic", takes_address,
     "a.c:2: error: variable 'table' is writable data in section .data (a.o)\n"
     "a.c:2: hint: make it const, move it to the host and import it, or use --mode selfreloc\n"
     "a.c:3: error: function 'run' reads the address of 'table' from a global offset table, as all "
     "position-independent code of this machine does (R_MIPS_GOT16 in .text, a.o)\n"
     "a.c:3: hint: use --mode selfreloc, whose fixups cover the table\n",
     Mode::pic},
    {"JumpTableOfRiscv64", "riscv64-linux-gnu-gcc -mno-relax -fno-pic",
     "int run(int x, int y) {\n  switch (x) {\n    case 0: return y * 3;\n"
     "    case 1: return y + 77;\n    case 2: return y ^ 5;\n    case 3: return y / 3;\n"
     "    case 4: return 9 - y;\n    case 5: return y << y;\n    default: return 1;\n  }\n}",
     "a.c:2: error: function 'run' has a switch whose jump table holds absolute addresses "
     "(R_RISCV_32 in .rodata, a.o)\n"
     "a.c:2: hint: compile with -fpic, or with -fno-jump-tables\n",
     Mode::pic},
    {"X32", "gcc -mx32", quiet,
     "a.o: error: contains x32 code (64-bit x86 with 32-bit pointers), which is not supported\n"
     "a.o: hint: compile with -m64 or -m32\n"},
    {"BigEndianArm", "arm-linux-gnueabi-gcc -mbig-endian", quiet,
     "a.o: error: contains big-endian ARM code, which is not supported\n"
     "a.o: hint: compile with -mlittle-endian\n"},
    {"BigEndianAArch64", "aarch64-linux-gnu-gcc -mbig-endian", quiet,
     "a.o: error: contains big-endian AArch64 code, which is not supported\n"
     "a.o: hint: compile with -mlittle-endian\n"},
    {"MipsN32", "mips64el-linux-gnuabi64-gcc -mabi=n32", quiet,
     "a.o: error: contains MIPS n32 code, which is not supported\n"
     "a.o: hint: compile with -mabi=64 or -mabi=32\n"},
    {"Mips16", "mips-linux-gnu-gcc -mips16 -msoft-float", quiet,
     "a.o: error: contains MIPS16 code, which is not supported\n"
     "a.o: hint: compile with -mno-mips16\n"},
    {"MicroMips", "mips-linux-gnu-gcc -mmicromips", quiet,
     "a.o: error: contains microMIPS code, which is not supported\n"
     "a.o: hint: compile with -mno-micromips\n"},
};

INSTANTIATE_TEST_SUITE_P(Machines, MachinesOwnErrorTest, testing::ValuesIn(cases),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cbundle

// Scripts of many shapes, moved and linked by the real linker: all that is loaded moves by the
// shift, and lies where a plain link with the same script puts it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "engine/script/built_in.h"
#include "engine/script/layout.h"
#include "engine/script/relocatable_expression.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

constexpr const char* source = R"(
const int table[4] = {1, 2, 3, 4};
int counter = 5;
int zeros[8];
const char *name(void) { return "bundle"; }
int lookup(int x) { return table[x & 3] + counter + zeros[x & 7]; }
__attribute__((section(".init.text"))) int begin(int x) { return lookup(x) + 1; }
__attribute__((section(".over.a"))) int over_a(int x) { return lookup(x) * 3; }
__attribute__((section(".over.b"))) int over_b(void) { return 2; }
__attribute__((section("commands"), used)) static const int command = 7;
)";

// Named last in every shape: what the others do not place.
#define THE_REST                                                                                \
  " .over : { *(.over.a) *(.over.b) } .data : { *(.data .data.*) } .commands : { *(commands) }" \
  " .bss : { *(.bss .bss.*) }"
#define CODE "*(.text .text.*) *(.rodata .rodata.*)"

struct Shape {
  const char* name;
  const char* script;
  const char* moving = "";  // symbols that must move, with blanks between
  bool is_as_plain = true;  // a plain link puts everything at the same place
};

const Shape shapes[] = {
    {"location",
     "SECTIONS { . = 0x8000; first = .; .text : { " CODE " *(.init.text) mid = .; }"
     " . = ALIGN(64); second = .; . += 0x40; " THE_REST " last = .; }",
     "first mid second last"},
    {"section address",
     "SECTIONS { .text 0x4000 + 0x80 : { " CODE " } .init ADDR(.text) + 0x1000 : { *(.init.text) }"
     " .later ALIGN(4096) (NOLOAD) : { . = . + 16; } " THE_REST " }"},
    {"constants",
     "at = 0x3000; step = at / 2; SECTIONS { . = at; .text : { " CODE " }"
     " . = at + step * 4; here = .; .init : { *(.init.text) } " THE_REST " }",
     "here"},
    {"load addresses",
     "SECTIONS { . = 0x10000; .text : AT(0x4000) { " CODE " }"
     " .init 0x20000 : AT(LOADADDR(.text) + SIZEOF(.text)) { *(.init.text) }"
     " .over 0x30000 : AT(ADDR(.over) - 0x8000) { *(.over.a) *(.over.b) } " THE_REST "}"},
    {"regions",
     "MEMORY { rom (rx) : ORIGIN = 0x1000, LENGTH = 64K\n"
     " ram (rw) : o = ORIGIN(rom) + LENGTH(rom), l = 1M } REGION_ALIAS(\"fast\", ram)"
     " SECTIONS { .text : { " CODE " *(.init.text) } >rom\n"
     " .over : { *(.over.a) *(.over.b) } >rom =0x90909090\n .commands : { *(commands) } >rom\n"
     " .data : { data_start = .; *(.data .data.*) } >fast AT>rom\n .bss : { *(.bss .bss.*) } >ram\n"
     " load = LOADADDR(.data); }",
     "data_start load"},
    {"overlay",
     "SECTIONS { .text 0x1000 : { " CODE
     " *(.init.text) } OVERLAY 0x10000 : NOCROSSREFS AT (0x4000)"
     " { .over.a { *(.over.a) } .over.b { *(.over.b) } } after = .;"
     " loaded = __load_start_overa; " THE_REST " }",
     "after loaded"},
    {"keep, provide, assert",
     "ENTRY(begin) SECTIONS { . = 0x1000; .text : { KEEP(*(.init.text)) " CODE
     " PROVIDE(etext = .);"
     " ASSERT(. < 0x4000, \"text\"); } PROVIDE_HIDDEN(code_end = .); HIDDEN(size = . - 0x1000);"
     " ASSERT(. <= 0x4000 && . >= 0x1000, \"limits\")"
     " ASSERT((ADDR(.text) & 0xfff) == 0, \"page\") " THE_REST
     " } ASSERT(etext_limit - code_end > 0, \"late\") etext_limit = 0x8000 + code_end;"},
    {"conditional",
     "SECTIONS { . = DEFINED(nowhere) ? nowhere : 0x6000; .text : { " CODE " *(.init.text) }"
     " . = MAX(., 0x9000); here = .; . = . < 0xa000 ? 0xa000 : .; " THE_REST " }",
     "here"},
    {"arithmetic",
     "SECTIONS { . = 0x1000; .text : { " CODE " *(.init.text) } . = (. + 0xfff) & ~0xfff; page = .;"
     " . = . * 2; doubled = .; " THE_REST " }",
     "page doubled"},
    {"never loaded",
     "SECTIONS { . = 0x5000; .text : { " CODE " *(.init.text) } here = .;" THE_REST
     " .comment 0 : { *(.comment) } .debug_info : { *(.debug_info) } }",
     "here"},
    // Here ld would go on behind the comments, at 0x20 or so.
    {"never loaded, in the middle",
     "SECTIONS { . = 0x5000; .text : { " CODE " *(.init.text) } .comment 0 : { *(.comment) }"
     " .debug_info : { *(.debug_info) } .debug_abbrev 0 : { *(.debug_abbrev) } here = .; " THE_REST
     " }",
     "here", false},
    {"own offsets table", "SECTIONS { .text : { " CODE
                          " *(.init.text) } .got : { *(.got) } .got.plt : { *(.got.plt) }" THE_REST
                          " } ASSERT(SIZEOF(.got) == 0, \"got\")"},
    {"fill and data",
     "SECTIONS { .text 0x100 : { BYTE(1) . = ALIGN(16); " CODE " . = . + 0x20; QUAD(0x1234)"
     " FILL(0xcc) . = ALIGN(64); *(.init.text) } =0x90 /DISCARD/ : { *(.none) } " THE_REST " }"},
    {"absolute in a section",
     "SECTIONS { .text 0x1000 : { *(.init.text) . = ABSOLUTE(0x2000); here = .; " CODE
     " } " THE_REST " }",
     "here"},
};

const Shape high_shapes[] = {
    {"high",
     "SECTIONS { . = BASE; .text : AT(ADDR(.text) - BASE) { " CODE " *(.init.text) } end = .;"
     " ASSERT(end < BASE + 0x10000, \"size\") " THE_REST " }",
     "end"},
};

// ld puts even empty orphans somewhere, and goes on from there.
const std::string without_orphans =
    "SECTIONS { .rest : { *(.got .got.plt .plt .iplt .igot .igot.plt .rel.* .rela.*) }"
    " /DISCARD/ : { *(.note.*) } }";

struct Section {
  std::uint64_t size = 0, address = 0, load_address = 0;
  bool operator==(const Section&) const = default;
};
using Sections = std::map<std::string, Section>;

struct Linked {
  Sections sections;
  std::map<std::string, std::uint64_t> symbols;
};

struct Machine {
  const char* name;
  const char* flag;
  const char* emulation;
  unsigned address_bits;
  std::uint64_t distance;
};
constexpr Machine machines[] = {{"i386", "-m32", "elf_i386", 32, 0x5555'5555},
                                {"x86-64", "-m64", "elf_x86_64", 64, 0x5555'5555'5555'5555}};

// 0 for one that is not there: the linker drops empty sections.
std::uint64_t size_of(const Linked& linked, const std::string& section) {
  const auto found = linked.sections.find(section);
  return found == linked.sections.end() ? 0 : found->second.size;
}

constexpr std::uint64_t reach = 0x4000;

class ScriptLinkTest : public testing::TestWithParam<Machine> {
 protected:
  void SetUp() override {
    const std::string probe =
        std::string("echo | gcc -c ") + GetParam().flag + " -x c - -o probe.o";
    if (space_.run(probe + " 2>/dev/null") != 0) GTEST_SKIP() << "gcc cannot " << GetParam().flag;
    space_.compile("code.o", source, std::string(GetParam().flag) + " -fpic -fvisibility=hidden");
  }

  std::uint64_t mask() const { return ~std::uint64_t{0} >> (64 - GetParam().address_bits); }

  Script read(const std::string& text) {
    space_.write("user.lds", text);
    const auto script = read_script("user.lds", space_.path(), [](const auto& path) {
      auto content = read_file(path);
      return content ? Result(std::optional(content.value()))
                     : Result(std::optional<std::string>());
    });
    EXPECT_TRUE(script) << script.error().text();
    return script ? script.value() : Script();
  }

  // A multiple of all that objects and script align to.
  std::uint64_t distance(const Script& script) const {
    return GetParam().distance & ~(std::max<std::uint64_t>(script.alignment, 64) - 1);
  }

  Linked link(const std::string& linker, const std::string& options, const std::string& text) {
    space_.write("layout.lds", text);
    const std::string command = linker + " -m " + GetParam().emulation +
                                " -N --no-check-sections " + options +
                                " -T layout.lds -o out.elf " + objects_ + " > said 2>&1";
    EXPECT_EQ(space_.run("rm -f out.elf; " + command +
                         " && objdump -hw out.elf > sections && nm out.elf > symbols"),
              0)
        << space_.read("said") << text;
    return {sections(), symbols()};
  }

  Linked link_layout(const Script& script, std::uint64_t shift,
                     std::vector<std::uint64_t> imports = {}) {
    const LayoutPlacement placement{shift, GetParam().address_bits, reach, std::move(imports)};
    return link(linker_, "--emit-relocs --orphan-handling=error",
                layout_script(script, placement).text);
  }

  // Of `objdump -h`, which alone shows load addresses.
  Sections sections() {
    std::istringstream lines(space_.read("sections"));
    Sections all;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string index, name, size, address, load_address;
      words >> index >> name >> size >> address >> load_address;
      if (index.empty() || index.find_first_not_of("0123456789") != std::string::npos) continue;
      if (line.find("ALLOC") == std::string::npos) continue;
      auto number = [](const std::string& hex) { return std::strtoull(hex.c_str(), nullptr, 16); };
      all[name] = {number(size), number(address) & mask(), number(load_address) & mask()};
    }
    return all;
  }

  std::map<std::string, std::uint64_t> symbols() {
    std::istringstream lines(space_.read("symbols"));
    std::map<std::string, std::uint64_t> all;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string value, kind, name;
      words >> value >> kind >> name;
      all[name] = std::strtoull(value.c_str(), nullptr, 16) & mask();
    }
    return all;
  }

  // That `moved` is `still` with all addresses of `names` greater by `shift`.
  void expect_moved(const Linked& still, const Linked& moved, std::uint64_t shift) {
    for (const auto& [name, section] : still.sections) {
      if (name.starts_with(".cbundle.") || name == ".rest" || is_never_loaded(name)) continue;
      ASSERT_TRUE(moved.sections.contains(name)) << name << space_.read("layout.lds");
      const Section expected{section.size, (section.address + shift) & mask(),
                             (section.load_address + shift) & mask()};
      const Section& found = moved.sections.at(name);
      EXPECT_EQ(found.size, expected.size) << name;
      EXPECT_EQ(found.address, expected.address) << name << "\n" << space_.read("layout.lds");
      // A section without bytes is in no segment's file part, and then shows no load address.
      if (section.size > 0) {
        EXPECT_EQ(found.load_address, expected.load_address) << name;
      }
    }
  }

  void expect_symbols_moved(const Linked& still, const Linked& moved, const Shape& shape,
                            std::uint64_t shift) {
    std::istringstream names(std::string(shape.moving) + " begin lookup table counter zeros");
    for (std::string name; names >> name;) {
      ASSERT_TRUE(still.symbols.contains(name)) << name;
      ASSERT_TRUE(moved.symbols.contains(name)) << name;
      EXPECT_EQ(moved.symbols.at(name), (still.symbols.at(name) + shift) & mask()) << name;
    }
  }

  void expect_moves_as_a_whole(const Shape& shape) {
    SCOPED_TRACE(shape.name);
    const Script script = read(shape.script);
    const std::uint64_t base = 0x100000;
    const Linked a = link_layout(script, base);
    const Linked b = link_layout(script, base + distance(script));
    expect_moved(a, b, distance(script));
    expect_symbols_moved(a, b, shape, distance(script));
  }

  TestSpace space_;
  std::string objects_ = "code.o";
  std::string linker_ = "ld --no-warn-rwx-segments";
};

std::string name_of_machine(const testing::TestParamInfo<Machine>& machine) {
  return machine.param.address_bits == 32 ? "I386" : "X86_64";
}

INSTANTIATE_TEST_SUITE_P(Machines, ScriptLinkTest, testing::ValuesIn(machines), name_of_machine);

TEST_P(ScriptLinkTest, EveryShapeMovesAsAWholeFromWhereAPlainLinkPutsIt) {
  // Without a GOT, which a plain link would put in the middle.
  const bool is_32 = GetParam().address_bits == 32;
  space_.compile("code.o", source, is_32 ? "-m32 -fno-pic" : "-m64 -fpic -fvisibility=hidden");
  for (const Shape& shape : shapes) {
    SCOPED_TRACE(shape.name);
    if (!shape.is_as_plain) {
      expect_moves_as_a_whole(shape);
      continue;
    }
    const Script script = read(shape.script);
    const std::uint64_t shift = 0x100000 + distance(script);
    const Linked plain = link("ld --no-warn-rwx-segments", "", shape.script + without_orphans);
    const Linked moved = link_layout(script, shift);
    expect_moved(plain, moved, shift);
    expect_symbols_moved(plain, moved, shape, shift);
  }
}

TEST_P(ScriptLinkTest, AddressesWrapAtTheirWidth) {
  const bool is_32 = GetParam().address_bits == 32;
  for (Shape shape : high_shapes) {
    std::string script = shape.script;
    for (auto at = script.find("BASE"); at != std::string::npos; at = script.find("BASE")) {
      script.replace(at, 4, is_32 ? "0xC0000000" : "0xffffffff80000000");
    }
    shape.script = script.c_str();
    expect_moves_as_a_whole(shape);
  }
}

TEST_P(ScriptLinkTest, LldMovesThemToo) {
  if (lld_name().empty()) GTEST_SKIP() << "there is no lld";
  linker_ = lld_name();
  for (const Shape& shape : shapes) {
    const std::string name = shape.name;
    // lld knows no NOCROSSREFS in an overlay, and asserts of addresses where ld does of offsets.
    if (name == "overlay" || name == "keep, provide, assert") continue;
    expect_moves_as_a_whole(shape);
  }
}

TEST_P(ScriptLinkTest, SegmentsOfTheScriptStay) {
  const Shape shape{"segments",
                    "PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); } SECTIONS { . = 0x1000;"
                    " .text : { " CODE
                    " *(.init.text) } :text .over : { *(.over.*) *(commands) }"
                    " . = 0x4000; .data : { *(.data .data.*) } :data .bss : { *(.bss .bss.*) } }"};
  expect_moves_as_a_whole(shape);
  const std::string said = space_.read("said");
  EXPECT_EQ(said.find("not in segment"), std::string::npos) << said;
}

// The shape of the hypervisor's template once it is preprocessed.
constexpr const char* as_the_hypervisor = R"(
ENTRY(first)
SECTIONS
{
  .text : {
    first = .;
    a = . + (12 * 0);
    b = . + (13 * 0);
    . = . + 0;
    *(.text) *(.text.*) *(.data) *(.data.*) *(.rodata) *(.rodata.*) *(.bss) *(.bss.*)
  }
  /DISCARD/ : { *(.comment) *(.comment.*) *(.note.*) }
  .shstrtab : { *(.shstrtab) }
  .strtab : { *(.strtab) }
  .symtab : { *(.symtab) }
  .got : { *(.got) }
  .got.plt : { *(.got.plt) }
  .igot.plt : { *(.igot.plt) }
  .iplt : { *(.iplt) }
  .plt : { *(.plt) }
  .rel : { *(.rel.*) }
}
ASSERT(SIZEOF(.got.plt) == 0 || SIZEOF(.got.plt) == 3 * 4, "unexpected .got.plt size")
ASSERT(SIZEOF(.iplt) == 0, ".iplt non-empty")
ASSERT(SIZEOF(.rel) == 0, "leftover relocations")
)";

class ImportLinkTest : public ScriptLinkTest {
 protected:
  void SetUp() override {
    ScriptLinkTest::SetUp();
    if (IsSkipped()) return;
    space_.write("stub.s",
                 ".section .cbundle.import.0,\"aw\",@nobits\n.globl a\n.hidden a\na: .space 16\n"
                 ".section .cbundle.import.1,\"ax\",@nobits\n.globl b\n.hidden b\nb: .space 16\n"
                 ".section .note.GNU-stack,\"\",@progbits\n");
    const std::string as = GetParam().address_bits == 32 ? "as --32" : "as --64";
    ASSERT_EQ(space_.run(as + " stub.s -o stub.o"), 0);
    space_.compile("user.o",
                   "__attribute__((visibility(\"hidden\"))) extern int a, b(void);"
                   "int use(void) { return a + b(); }",
                   std::string(GetParam().flag) + " -fpic -fvisibility=hidden");
    objects_ = "user.o stub.o";
  }

  void expect_imports_in_place(const char* text) {
    SCOPED_TRACE(text);
    const Script script = read(text);
    const std::uint64_t far = distance(script);
    const Linked a = link_layout(script, 0x100000, {0x1000, 0x3010});
    const Linked b = link_layout(script, 0x100000 + far, {0x3130, 0x1000});
    EXPECT_EQ(space_.read("said").find("warning"), std::string::npos) << space_.read("said");
    expect_moved(a, b, far);
    const std::uint64_t behind = a.sections.at(".text").address + reach;
    EXPECT_EQ(a.symbols.at("a"), (behind + 0x1000) & mask());
    EXPECT_EQ(a.symbols.at("b"), (behind + 0x3010) & mask());
    EXPECT_EQ(b.symbols.at("a"), (behind + far + 0x3130) & mask());
    EXPECT_EQ(b.symbols.at("b"), (behind + far + 0x1000) & mask());
    if (GetParam().address_bits == 64) return;  // nothing asks for the table
    EXPECT_EQ(b.symbols.at("_GLOBAL_OFFSET_TABLE_"),
              (a.symbols.at("_GLOBAL_OFFSET_TABLE_") + far) & mask());
  }
};

INSTANTIATE_TEST_SUITE_P(Machines, ImportLinkTest, testing::ValuesIn(machines), name_of_machine);

constexpr const char* scripts_with_imports[] = {
    as_the_hypervisor,
    "SECTIONS { .text 0x1000 : { *(.text .text.*) } }",
    "SECTIONS { .text 0x800000 : { *(.text .text.*) } .end : { . = . + 16; } }",
    "MEMORY { r (rx) : ORIGIN = 0x1000, LENGTH = 1M } SECTIONS { .text : { *(.text .text.*) } >r"
    " .debug_info 0 : { *(.debug_info) } }",
    "PHDRS { p PT_LOAD; } SECTIONS { .text : { *(.text .text.*) } :p }",
};

// Here lld would write files of as many bytes as there are addresses in between.
constexpr const char* scattered_scripts_with_imports[] = {
    "SECTIONS { .empty : { *(.none) } . = 0xffff0000; .text : { *(.text .text.*) } }",
    "SECTIONS { . = 0x80000000; .text : { *(.text .text.*) } . = 0x7c00; .more : { LONG(1) } }",
    "SECTIONS { OVERLAY 0x7c00 : AT (0x9000) { .text { *(.text .text.*) } .over { LONG(1) } } }"};

TEST_P(ImportLinkTest, ImportsLieWhereTheyAreToldAndTheOffsetTableMovesWithTheCode) {
  for (const char* text : scripts_with_imports) expect_imports_in_place(text);
  for (const char* text : scattered_scripts_with_imports) expect_imports_in_place(text);
}

TEST_P(ImportLinkTest, LldAgrees) {
  if (lld_name().empty()) GTEST_SKIP() << "there is no lld";
  linker_ = lld_name() + " -e 0";
  for (const char* text : scripts_with_imports) expect_imports_in_place(text);
}

TEST_P(ScriptLinkTest, DebugInformationLinksAtAnyPlace) {
  space_.compile("code.o", source, std::string(GetParam().flag) + " -g -fpic -fvisibility=hidden");
  for (const char* debug :
       {"", ".debug_info : { *(.debug_info) } .debug_str : { *(.debug_str) }"}) {
    const Script script =
        read("SECTIONS { .text : { " CODE " *(.init.text) } " + std::string(debug) + THE_REST " }");
    link_layout(script, 0x100000 + distance(script));
    const std::string line = space_.output_of(
        "addr2line -f -e out.elf 0x$(nm out.elf | grep ' lookup$' | cut -d' ' -f1)");
    EXPECT_TRUE(line.starts_with("lookup\n")) << line;
    EXPECT_NE(line.find("code.o.c:6"), std::string::npos) << line;
  }
}

TEST_P(ScriptLinkTest, TheBuiltInScriptPlacesAllOfTheObject) {
  const std::vector<InputSection> sections{{".text", SectionKind::code, 16},
                                           {".init.text", SectionKind::code, 16},
                                           {".text.__x86.get_pc_thunk.ax", SectionKind::code, 1},
                                           {".text.__x86.get_pc_thunk.dx", SectionKind::code, 1},
                                           {".text.__x86.get_pc_thunk.bx", SectionKind::code, 1},
                                           {".text.__x86.get_pc_thunk.cx", SectionKind::code, 1},
                                           {".over.a", SectionKind::code, 16},
                                           {".over.b", SectionKind::code, 16},
                                           {".rodata", SectionKind::read_only, 32},
                                           {".rodata.str1.1", SectionKind::read_only, 1},
                                           {"commands", SectionKind::read_only, 4},
                                           {".data", SectionKind::writable, 4},
                                           {".bss", SectionKind::zero, 32}};
  space_.compile("more.o",
                 "extern const int __start_commands[], __stop_commands[];"
                 "long commands(void) { return __stop_commands - __start_commands; }",
                 std::string(GetParam().flag) + " -fpic -fvisibility=hidden");
  objects_ = "code.o more.o";
  const Script pic = read(built_in_script(sections, Mode::pic));
  Linked linked = link_layout(pic, 0x100000);
  EXPECT_EQ(linked.sections.at(".cbundle").address, 0x100000U);
  EXPECT_GT(size_of(linked, ".cbundle.writable"), 0U);
  EXPECT_EQ(linked.symbols.at("__stop_commands") - linked.symbols.at("__start_commands"), 4U);
  EXPECT_EQ(linked.symbols.at("__start_commands"), linked.symbols.at("command"));

  const Script selfreloc = read(built_in_script(sections, Mode::selfreloc));
  linked = link_layout(selfreloc, 0x100000);
  EXPECT_EQ(size_of(linked, ".cbundle.writable"), 0U);
  const Section& all = linked.sections.at(".cbundle");
  EXPECT_EQ(linked.symbols.at("zeros") + 32, all.address + all.size);
  const std::string bytes =
      space_.output_of("objcopy -O binary -j .cbundle out.elf bytes; wc -c < bytes");
  EXPECT_EQ(std::stoull(bytes), all.size);
}

TEST_P(ScriptLinkTest, NamesOfSectionsAreMatchedAsTheyAre) {
  space_.write("odd.s",
               ".section \".text.[a]*\",\"ax\"\n.globl odd\nodd: .byte 1\n"
               ".section \".text.a b\",\"ax\"\n.byte 2\n.section .text.a,\"ax\"\n.byte 3\n"
               ".section \".t\\\\x\",\"ax\"\n.byte 4\n");
  const std::string as = GetParam().address_bits == 32 ? "--32" : "--64";
  ASSERT_EQ(space_.run("as " + as + " odd.s -o odd.o"), 0);
  objects_ = "odd.o";
  const std::vector<InputSection> sections{{".text.[a]*", SectionKind::code, 1},
                                           {".text.a b", SectionKind::code, 1},
                                           {".text.a", SectionKind::code, 1},
                                           {".t\\x", SectionKind::code, 1},
                                           {".text", SectionKind::code, 1}};
  link_layout(read(built_in_script(sections, Mode::pic)), 0x100000);
  space_.run("objcopy -O binary -j .cbundle out.elf bytes");
  EXPECT_EQ(space_.read("bytes"), "\x01\x02\x03\x04");
}

TEST_P(ScriptLinkTest, TheLinkersErrorsNameLinesOfTheUsersScript) {
  const Script script = read("SECTIONS {\n\n  .text : { *(*) }\n\n a = nowhere + 1;\n}");
  const LayoutScript layout = layout_script(script, {0x1000, GetParam().address_bits, 0, {}});
  space_.write("layout.lds", layout.text);
  space_.run("ld -m " + std::string(GetParam().emulation) +
             " -N -T layout.lds -o out.elf code.o > said 2>&1");
  const std::string said =
      with_source_locations(space_.read("said"), "layout.lds", layout.locations);
  EXPECT_NE(said.find("user.lds:5: undefined symbol `nowhere'"), std::string::npos) << said;
}

}  // namespace
}  // namespace cbundle

// What is said about the differences of two builds, word for word.
#include "engine/pipeline/differences.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <map>

namespace cbundle {
namespace {

class FakeContents final : public FileContents {
 public:
  std::vector<ObjectDetail> object(const BuildRecord&, const BuildRecord::File& file) override {
    return objects[file.digest];
  }
  std::optional<std::string> text(const BuildRecord&, const BuildRecord::File& file) override {
    const auto found = texts.find(file.digest);
    return found == texts.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<Digest, std::vector<ObjectDetail>> objects;
  std::map<Digest, std::string> texts;
};

Digest digest(const std::string& text) { return Digest::of(text); }

class DifferencesTest : public testing::Test {
 protected:
  std::string said() {
    std::string text;
    for (const Change& change : differences(before, now, contents)) text += text_of(change) + '\n';
    return text;
  }
  std::string reason(StageKind stage) {
    return reason_to_run(stage, {}, &before, differences(before, now, contents));
  }
  // Two versions of one object.
  void set_object(ObjectDetail was, ObjectDetail is) {
    before.objects = {{"b.o", digest("old")}};
    now.objects = {{"b.o", digest("new")}};
    contents.objects[digest("old")] = {std::move(was)};
    contents.objects[digest("new")] = {std::move(is)};
  }

  BuildRecord before;
  BuildRecord now;
  FakeContents contents;
};

SymbolDetail function(std::string name, std::uint64_t size, std::uint64_t content) {
  SymbolDetail symbol{std::move(name), size, STB_GLOBAL, STT_FUNC, STV_DEFAULT, true};
  symbol.content = content;
  return symbol;
}

SectionDetail text_section(std::uint64_t size, std::uint64_t content) {
  return {".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, size, 16, content};
}

TEST_F(DifferencesTest, OfEqualBuildsThereAreNone) {
  before.inputs = now.inputs = {{"mode", "pic"}, {"export", "run"}};
  before.objects = now.objects = {{"a.o", digest("a")}};
  EXPECT_EQ(said(), "");
  EXPECT_EQ(reason(StageKind::combine), "its result is no longer in the cache");
}

TEST_F(DifferencesTest, OptionsAreNamedAsTheyAreWritten) {
  before.inputs = {{"define", "A=1"},      {"define", "GONE"}, {"import phys", "data"},
                   {"import old", "data"}, {"export", "run"},  {"mode", "pic"},
                   {"form", "object"},     {"prefix", ""}};
  now.inputs = {{"define", "A=2"},        {"define", "ROOM=3"}, {"import phys", "func"},
                {"import fresh", "data"}, {"export", "run"},    {"export", "help"},
                {"mode", "selfreloc"},    {"form", "asm"},      {"prefix", "boot"}};
  EXPECT_EQ(said(),
            "--mode changed: was pic, is selfreloc\n"
            "--emit changed: was object, is asm\n"
            "--prefix changed: was none, is boot\n"
            "--export help is new\n"
            "--import phys changed: was data, is func\n"
            "--import fresh is new\n"
            "--import old is gone\n"
            "--define A changed: was 'A=1', is 'A=2'\n"
            "--define ROOM=3 is new\n"
            "--define GONE is gone\n");
}

TEST_F(DifferencesTest, AToolIsNamedByItsProgram) {
  before.inputs = {{"linker", digest("l1").hex()}, {"algorithm", "4"}};
  now.inputs = {{"linker", digest("l2").hex()}, {"algorithm", "5"}};
  before.tools = {{"linker", "/usr/bin/ld"}};
  now.tools = {{"linker", "/usr/bin/ld"}};
  EXPECT_EQ(said(), "the linker /usr/bin/ld changed\ncbundle itself changed\n");
  now.tools = {{"linker", "/opt/bin/ld"}};
  EXPECT_EQ(said(),
            "the linker changed: was /usr/bin/ld, is /opt/bin/ld\ncbundle itself changed\n");
}

TEST_F(DifferencesTest, AFieldThatIsNotKnownHereIsNamed) {
  before.inputs = {{"place", "/a"}, {"world", digest("1").hex()}};
  now.inputs = {{"place", "/b"}, {"world", digest("2").hex()}};
  EXPECT_EQ(said(), "the place changed: was '/a', is '/b'\nthe world changed\n");
}

TEST_F(DifferencesTest, AnObjectsFunctionsAndSectionsAreListed) {
  ObjectDetail was;
  was.sections = {text_section(20, 1)};
  was.symbols = {function("kept", 8, 1), function("scale", 12, 1), function("gone", 4, 1)};
  ObjectDetail is;
  is.sections = {text_section(24, 2), {".rodata", SHT_PROGBITS, SHF_ALLOC, 4, 1, 1}};
  SymbolDetail memcpy = function("memcpy", 0, 0);
  memcpy.is_defined = false;
  is.symbols = {memcpy, function("kept", 8, 1), function("scale", 16, 2), function("on_mem", 4, 1)};
  set_object(was, is);
  EXPECT_EQ(said(),
            "b.o: function 'gone' is gone\n"
            "b.o: function 'on_mem' is new\n"
            "b.o: function 'scale' changed: was 12 bytes, is 16 bytes\n"
            "b.o: reference to 'memcpy' is new\n"
            "b.o: section .rodata is new\n"
            "b.o: section .text changed: was 20 bytes, is 24 bytes\n");
  EXPECT_EQ(reason(StageKind::partial), "b.o: function 'gone' is gone, and 5 more");
}

TEST_F(DifferencesTest, BindingAndFlagsAndAlignmentAreSaid) {
  ObjectDetail was;
  was.sections = {text_section(20, 1), {".data", SHT_PROGBITS, SHF_ALLOC, 4, 4, 1}};
  was.symbols = {function("f", 8, 1), function("g", 8, 1)};
  ObjectDetail is = was;
  is.sections[0].alignment = 32;
  is.sections[1].flags |= SHF_WRITE;
  is.symbols[0].binding = STB_LOCAL;
  is.symbols[1].visibility = STV_HIDDEN;
  set_object(was, is);
  EXPECT_EQ(said(),
            "b.o: function 'f' changed: was global, is local\n"
            "b.o: function 'g' changed: was global, is hidden\n"
            "b.o: section .data changed: was flags A, is flags WA\n"
            "b.o: section .text changed: was aligned to 16 bytes, is aligned to 32 bytes\n");
}

TEST_F(DifferencesTest, OfManyChangesTheFirstAreListed) {
  ObjectDetail was;
  ObjectDetail is;
  for (int i = 0; i < 20; ++i) is.symbols.push_back(function("f" + std::to_string(i + 10), 1, 1));
  was.sections = is.sections = {text_section(1, 1)};
  set_object(was, is);
  const Changes changes = differences(before, now, contents);
  ASSERT_EQ(changes.size(), 8U);
  EXPECT_EQ(text_of(changes.back()), "b.o: function 'f17' is new (and 12 more)");
  EXPECT_EQ(reason(StageKind::partial), "b.o: function 'f10' is new, and 19 more");
}

TEST_F(DifferencesTest, OfAnObjectThatIsNotKnownItIsOnlySaidThatItChanged) {
  before.objects = {{"a.o", digest("1")}, {"b.o", digest("1")}, {"old.o", digest("1")}};
  now.objects = {{"b.o", digest("2")}, {"a.o", digest("1")}, {"new.o", digest("1")}};
  EXPECT_EQ(said(), "b.o changed\nnew.o is new\nold.o is gone\n");
}

TEST_F(DifferencesTest, AnotherOrderIsADifference) {
  before.objects = {{"a.o", digest("1")}, {"b.o", digest("2")}};
  now.objects = {{"b.o", digest("2")}, {"a.o", digest("1")}};
  EXPECT_EQ(said(), "the order of the objects changed\n");
  EXPECT_EQ(reason(StageKind::partial), "the order of the objects changed");
}

TEST_F(DifferencesTest, AMemberOfAnArchiveIsNamed) {
  ObjectDetail was;
  was.member = "div.o";
  was.symbols = {function("div", 8, 1)};
  ObjectDetail is = was;
  is.symbols[0].content = 2;
  set_object(was, is);
  EXPECT_EQ(said(), "b.o(div.o): function 'div' changed\n");
}

TEST_F(DifferencesTest, LinesOfScriptsAndHeadersAreShown) {
  before.scripts = {{"x.lds.S", digest("s1")}, {"cfg.h", digest("h1")}};
  now.scripts = {{"x.lds.S", digest("s1")}, {"cfg.h", digest("h2")}};
  contents.texts = {{digest("h1"), "#define X 1\n"}, {digest("h2"), "#define X 2\n"}};
  EXPECT_EQ(said(), "cfg.h:1: was '#define X 1', is '#define X 2'\n");
  EXPECT_EQ(reason(StageKind::script_a), "cfg.h:1: was '#define X 1', is '#define X 2'");
  contents.texts.clear();
  EXPECT_EQ(said(), "cfg.h changed\n");
}

TEST_F(DifferencesTest, AHeaderThatAppearsIsNew) {
  before.scripts = {{"x.lds.S", digest("s1")}, {"near/cfg.h", Digest::of("absent")}};
  now.scripts = {{"x.lds.S", digest("s1")}, {"near/cfg.h", digest("h1")}};
  EXPECT_EQ(said(), "near/cfg.h is new\n");
  std::swap(before, now);
  EXPECT_EQ(said(), "near/cfg.h is gone\n");
}

TEST_F(DifferencesTest, AnotherScriptIsAnOption) {
  before.scripts = {};
  now.scripts = {{"x.lds", digest("s1")}};
  EXPECT_EQ(said(), "--script changed: was the built-in one, is x.lds\n");
}

TEST_F(DifferencesTest, AFirstBuildIsSaidToBeOne) {
  EXPECT_EQ(reason_to_run(StageKind::partial, {}, nullptr, {}), "first build of this output");
}

TEST_F(DifferencesTest, ALaterStageNamesTheResultThatChanged) {
  before.manifests[StageKind::layout_b] = {{"partial link", "1"}, {"script", "2"}};
  before.manifests[StageKind::emit] = {{"combined bundle", "1"}};
  EXPECT_EQ(
      reason_to_run(StageKind::layout_b, {{"partial link", "1"}, {"script", "3"}}, &before, {}),
      "the result of script-b changed");
  EXPECT_EQ(reason_to_run(StageKind::emit, {{"combined bundle", "2"}}, &before, {}),
            "the bundle changed");
}

}  // namespace
}  // namespace cbundle

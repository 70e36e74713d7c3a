// The command line: what each word means, and what is said of words that mean nothing.
#include "client/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/build_options.h"
#include "tests/client/test_space.h"

namespace cbundle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Words as main() gets them.
class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
  }
  std::span<char* const> span() const { return pointers_; }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

// The message of what is wrong with a build's words; empty where nothing is.
std::string trouble_with(std::vector<std::string> words) {
  const Words all(std::move(words));
  auto arguments = parse(CommandName::build, all.span());
  if (!arguments) {
    EXPECT_EQ(arguments.failure().code, ExitCode::usage);
    return arguments.failure().message;
  }
  auto options = build_options_of(*arguments);
  if (options) return {};
  EXPECT_EQ(options.failure().code, ExitCode::usage);
  return options.failure().message;
}

BuildOptions options_of_words(std::vector<std::string> words) {
  const Words all(std::move(words));
  auto arguments = parse(CommandName::build, all.span());
  EXPECT_TRUE(arguments);
  auto options = build_options_of(*arguments);
  EXPECT_TRUE(options);
  return options ? *options : BuildOptions{};
}

TEST(OptionsTest, EveryOptionArrivesInTheRequest) {
  const BuildOptions options = options_of_words(
      {"-o",         "out.o",        "--export",  "a,b",      "--export=c", "--import",
       "d,e:func",   "--import",     "f:thumb",   "--script", "s.lds",      "--section",
       ".init.text", "--mode",       "selfreloc", "--linker", "ld.lld",     "--define",
       "X",          "--define",     "Y=1",       "--prefix", "boot",       "--depfile",
       "out.d",      "--if-changed", "--emit",    "asm",      "--json",     "-v",
       "--verify",   "relink",       "--",        "1.o",      "-2.o"});
  const v1::BuildRequest& request = options.request;
  EXPECT_EQ(options.output, "out.o");
  EXPECT_EQ(request.output(), "out.o");
  EXPECT_THAT(request.exports(), ElementsAre("a", "b", "c"));
  ASSERT_EQ(request.imports_size(), 3);
  EXPECT_EQ(request.imports(0).name() + request.imports(1).name() + request.imports(2).name(),
            "def");
  EXPECT_EQ(request.imports(0).kind(), v1::IMPORT_KIND_DATA);
  EXPECT_EQ(request.imports(1).kind(), v1::IMPORT_KIND_FUNC);
  EXPECT_EQ(request.imports(2).kind(), v1::IMPORT_KIND_THUMB);
  EXPECT_EQ(request.script(), "s.lds");
  EXPECT_EQ(request.section(), ".init.text");
  EXPECT_EQ(request.mode(), v1::MODE_SELFRELOC);
  EXPECT_EQ(request.linker(), "ld.lld");
  EXPECT_THAT(request.defines(), ElementsAre("X", "Y=1"));
  EXPECT_EQ(request.prefix(), "boot");
  EXPECT_EQ(options.depfile, "out.d");
  EXPECT_TRUE(request.want_inputs());
  EXPECT_TRUE(options.if_changed);
  EXPECT_EQ(request.form(), v1::FORM_ASSEMBLY);
  EXPECT_EQ(request.verify(), v1::VERIFY_RELINK);
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.loudness, Loudness::verbose);
  EXPECT_THAT(request.objects(), ElementsAre("1.o", "-2.o"));
}

TEST(OptionsTest, WhatIsNotGivenIsLeftToTheDaemon) {
  const BuildOptions options = options_of_words({"-o", "out.o", "a.o"});
  v1::BuildRequest bare;
  bare.set_output("out.o");
  bare.add_objects("a.o");
  EXPECT_EQ(options.request.SerializeAsString(), bare.SerializeAsString());
  EXPECT_THAT(options.depfile, IsEmpty());
  EXPECT_THAT(options.description, IsEmpty());
  EXPECT_EQ(options.loudness, Loudness::usual);
}

TEST(OptionsTest, OptionsMayStandBehindAndBetweenObjects) {
  const BuildOptions options = options_of_words({"a.o", "-oout.o", "b.o", "-q"});
  EXPECT_THAT(options.request.objects(), ElementsAre("a.o", "b.o"));
  EXPECT_EQ(options.output, "out.o");
  EXPECT_EQ(options.loudness, Loudness::quiet);
}

TEST(OptionsTest, AnImageHasADescriptionBeside) {
  EXPECT_EQ(options_of_words({"-o", "x.bin", "--emit", "image", "a.o"}).description, "x.bin.json");
  EXPECT_EQ(options_of_words({"-o", "x.c", "--emit", "c", "a.o"}).description, "x.h");
  EXPECT_EQ(options_of_words({"-o", "x.inc", "--emit", "c", "a.o"}).description, "x.inc.h");
}

TEST(OptionsTest, TheLastOfASingleOptionCounts) {
  EXPECT_EQ(options_of_words({"-o", "x", "-o", "y", "a.o"}).output, "y");
}

struct Case {
  std::vector<std::string> words;
  std::string message;  // or a part of it
};

TEST(OptionsTest, WrongWordsAreNamedWithTheNextStep) {
  const Case cases[] = {
      {{"a.o"}, "there is no output\n  say where the bundle is to go: -o FILE"},
      {{"-o", "x"}, "there are no objects\n  name those that make up the bundle"},
      {{"-o", "x", "--"}, "there are no objects"},
      {{"-o"}, "-o needs a value: -o FILE"},
      {{"a.o", "--export"}, "--export needs a value: --export NAME"},
      {{"--json=yes", "-o", "x", "a.o"}, "--json takes no value"},
      {{"--imprt", "f", "-o", "x", "a.o"}, "no such option: --imprt; did you mean --import?"},
      {{"--imprt=f", "-o", "x", "a.o"}, "did you mean --import?"},
      {{"--zzzzzz", "a.o"}, "no such option: --zzzzzz\n  see cbundle build --help"},
      {{"--max-size", "1", "a.o"}, "no such option: --max-size"},
      {{"--i", "x", "a.o"}, "--i is ambiguous: --import or --if-changed?"},
      {{"-x", "a.o"}, "no such option: -x"},
      {{"-vx", "a.o"}, "no such option: -x"},
      {{"--json", "-qx", "a.o"}, "no such option: -x"},
      {{"-v", "-q", "-o", "x", "a.o"}, "-v and -q exclude each other"},
      {{"-o", "", "a.o"}, "--output is empty: it needs FILE"},
      {{"-o", "x", "--depfile=", "a.o"}, "--depfile is empty"},
      {{"-o", "x", ""}, "the name of an object is empty"},
      {{"-o", "-", "a.o"}, "cannot go to standard output"},
      {{"-o", "x", "--import", "f:fnc", "a.o"},
       "no such import kind: fnc; did you mean func?\n  known are data func thumb"},
      {{"-o", "x", "--import", "f:", "a.o"}, "no such import kind: "},
      {{"-o", "x", "--import", "f,", "a.o"}, "--import \"f,\" has an empty name"},
      {{"-o", "x", "--export", ",f", "a.o"}, "--export \",f\" has an empty name"},
      {{"-o", "x", "--import", "f,g", "--import", "f:func", "a.o"}, "f is imported twice"},
      {{"-o", "x", "--export", "f,f", "a.o"}, "f is exported twice"},
      {{"-o", "x", "--mode", "pie", "a.o"}, "no such mode: pie; did you mean pic?"},
      {{"-o", "x", "--emit", "elf", "a.o"}, "no such form to emit: elf"},
      {{"-o", "x", "--verify", "twice", "a.o"},
       "no such way to verify: twice\n  known are none relink"},
      {{"-o", "x", "--export", "\xff", "a.o"}, "--export is not UTF-8"},
      {{"-o", "a.o", "b.o", "a.o"}, "the output a.o is also one of the objects"},
      {{"-o", "x", "--script", "x", "a.o"}, "the output x is also the script"},
      {{"-o", "x", "--depfile", "a.o", "a.o"}, "the depfile a.o is also one of the objects"},
      {{"-o", "x", "--depfile", "x", "a.o"}, "the depfile x is also an output"},
      {{"-o", "x", "--emit", "image", "x.json"}, "description x.json is also one of the objects"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(trouble_with(one.words), HasSubstr(one.message))
        << testing::PrintToString(one.words);
  }
}

TEST(OptionsTest, AnInputUnderAnotherNameIsNoOutput) {
  const TestSpace space;
  std::filesystem::create_directory(space.path("d"));
  space.write("d/a.o", "");
  EXPECT_THAT(trouble_with({"-o", space.path("d/a.o"), space.path("d/../d/a.o")}),
              HasSubstr("is also one of the objects"));
  space.write("a.o", "");
  EXPECT_EQ(trouble_with({"-o", space.path("d/a.o"), space.path("a.o")}), "");
}

TEST(OptionsTest, PathsNeedNotBeUtf8) {
  EXPECT_EQ(options_of_words({"-o", "\xff", "\xfe.o"}).request.objects(0), "\xfe.o");
}

TEST(OptionsTest, HelpShowsEveryOptionOfItsCommand) {
  for (const CommandRow& command : all_commands()) {
    const std::string help = help_of(command.command);
    EXPECT_THAT(help, HasSubstr("cbundle " + std::string(command.name)));
    for (const OptionRow& row : options_of(command.command)) {
      EXPECT_THAT(help, HasSubstr(std::string("--") + row.name));
    }
    for (std::size_t begin = 0; begin < help.size(); begin = help.find('\n', begin) + 1) {
      EXPECT_LE(help.find('\n', begin) - begin, 90U) << help.substr(begin, 100);
    }
  }
}

TEST(OptionsTest, CommandsAreFoundByName) {
  for (const CommandRow& command : all_commands()) {
    auto found = command_named(command.name);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, command.command);
  }
  auto unknown = command_named("stast");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.failure().message, HasSubstr("did you mean stats?"));
}

}  // namespace
}  // namespace cbundle

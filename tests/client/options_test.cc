// The command line: what each argument means, and the errors for invalid ones.
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

// Arguments as main() gets them.
class ArgumentList {
 public:
  explicit ArgumentList(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    for (std::string& argument : arguments_) pointers_.push_back(argument.data());
  }
  std::span<char* const> span() const { return pointers_; }

 private:
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
};

Result<BuildOptions> build_options(const ArgumentList& all) {
  return build_options_of(TRY(parse_arguments(CommandName::build, all.span())));
}

// The error for a build's arguments; empty if they are valid.
std::string error_for(std::vector<std::string> arguments) {
  const ArgumentList all(std::move(arguments));
  const Result<BuildOptions> options = build_options(all);
  if (options) return {};
  EXPECT_EQ(options.error().kind, ErrorKind::bad_request);
  return options.error().text();
}

BuildOptions options_for(std::vector<std::string> arguments) {
  const ArgumentList all(std::move(arguments));
  Result<BuildOptions> options = build_options(all);
  EXPECT_TRUE(options);
  return options ? std::move(options).value() : BuildOptions{};
}

TEST(OptionsTest, EveryOptionArrivesInTheRequest) {
  const BuildOptions options =
      options_for({"-o",         "out.o",        "--export",  "a,b",      "--export=c", "--import",
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
  EXPECT_EQ(options.verbosity, Verbosity::verbose);
  EXPECT_THAT(request.objects(), ElementsAre("1.o", "-2.o"));
}

TEST(OptionsTest, OptionsThatAreNotGivenAreNotSent) {
  const BuildOptions options = options_for({"-o", "out.o", "a.o"});
  v1::BuildRequest bare;
  bare.set_output("out.o");
  bare.add_objects("a.o");
  EXPECT_EQ(options.request.SerializeAsString(), bare.SerializeAsString());
  EXPECT_THAT(options.depfile, IsEmpty());
  EXPECT_THAT(options.description, IsEmpty());
  EXPECT_EQ(options.verbosity, Verbosity::normal);
}

TEST(OptionsTest, OptionsMayStandAfterAndBetweenObjects) {
  const BuildOptions options = options_for({"a.o", "-oout.o", "b.o", "-q"});
  EXPECT_THAT(options.request.objects(), ElementsAre("a.o", "b.o"));
  EXPECT_EQ(options.output, "out.o");
  EXPECT_EQ(options.verbosity, Verbosity::quiet);
}

TEST(OptionsTest, AnImageHasADescriptionBeside) {
  EXPECT_EQ(options_for({"-o", "x.bin", "--emit", "image", "a.o"}).description, "x.bin.json");
  EXPECT_EQ(options_for({"-o", "x.c", "--emit", "c", "a.o"}).description, "x.h");
  EXPECT_EQ(options_for({"-o", "x.inc", "--emit", "c", "a.o"}).description, "x.inc.h");
}

TEST(OptionsTest, TheLastOfRepeatedOptionsCounts) {
  EXPECT_EQ(options_for({"-o", "x", "-o", "y", "a.o"}).output, "y");
}

struct Case {
  std::vector<std::string> arguments;
  std::string message;  // or a part of it
};

TEST(OptionsTest, InvalidArgumentsAreNamedWithAHint) {
  const Case cases[] = {
      {{"a.o"}, "no output is given\n  name the output: -o FILE"},
      {{"-o", "x"}, "no objects are given\n  name them: cbundle build -o x OBJECT..."},
      {{"-o", "x", "--"}, "no objects are given"},
      {{"-o"}, "-o needs a value: -o FILE"},
      {{"a.o", "--export"}, "--export needs a value: --export NAME"},
      {{"--json=yes", "-o", "x", "a.o"}, "--json takes no value"},
      {{"--imprt", "f", "-o", "x", "a.o"}, "unknown option '--imprt'\n  did you mean '--import'?"},
      {{"--imprt=f", "-o", "x", "a.o"}, "did you mean '--import'?"},
      {{"--zzzzzz", "a.o"}, "unknown option '--zzzzzz'\n  see cbundle build --help"},
      {{"--max-size", "1", "a.o"}, "unknown option '--max-size'"},
      {{"--i", "x", "a.o"}, "ambiguous option '--i'\n  did you mean --import or --if-changed?"},
      {{"-x", "a.o"}, "unknown option '-x'"},
      {{"-vx", "a.o"}, "unknown option '-x'"},
      {{"--json", "-qx", "a.o"}, "unknown option '-x'"},
      {{"-v", "-q", "-o", "x", "a.o"}, "-v and -q exclude each other"},
      {{"-o", "", "a.o"}, "--output needs a value: FILE"},
      {{"-o", "x", "--depfile=", "a.o"}, "--depfile needs a value"},
      {{"-o", "x", ""}, "an object's name is empty"},
      {{"-o", "-", "a.o"}, "cannot be written to standard output"},
      {{"-o", "x", "--import", "f:fnc", "a.o"},
       "invalid import kind 'fnc' (use one of data, func, thumb)\n  did you mean 'func'?"},
      {{"-o", "x", "--import", "f:", "a.o"}, "invalid import kind ''"},
      {{"-o", "x", "--import", "f,", "a.o"}, "--import 'f,' contains an empty name"},
      {{"-o", "x", "--export", ",f", "a.o"}, "--export ',f' contains an empty name"},
      {{"-o", "x", "--import", "f,g", "--import", "f:func", "a.o"}, "import 'f' is given twice"},
      {{"-o", "x", "--export", "f,f", "a.o"}, "export 'f' is given twice"},
      {{"-o", "x", "--mode", "pie", "a.o"},
       "invalid mode 'pie' (use one of pic, selfreloc)\n  did you mean 'pic'?"},
      {{"-o", "x", "--emit", "elf", "a.o"},
       "invalid form 'elf' (use one of object, asm, image, c)"},
      {{"-o", "x", "--verify", "twice", "a.o"},
       "invalid verification 'twice' (use one of none, relink)"},
      {{"-o", "x", "--export", "\xff", "a.o"}, "--export is not UTF-8"},
      {{"-o", "a.o", "b.o", "a.o"}, "the output a.o is also one of the objects"},
      {{"-o", "x", "--script", "x", "a.o"}, "the output x is also the script"},
      {{"-o", "x", "--depfile", "a.o", "a.o"}, "the depfile a.o is also one of the objects"},
      {{"-o", "x", "--depfile", "x", "a.o"}, "the depfile x is also an output"},
      {{"-o", "x", "--emit", "image", "x.json"}, "description x.json is also one of the objects"},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(error_for(one.arguments), HasSubstr(one.message))
        << testing::PrintToString(one.arguments);
  }
}

TEST(OptionsTest, AnInputUnderAnotherNameCannotBeTheOutput) {
  const TestSpace space;
  std::filesystem::create_directory(space.path("d"));
  space.write("d/a.o", "");
  EXPECT_THAT(error_for({"-o", space.path("d/a.o"), space.path("d/../d/a.o")}),
              HasSubstr("is also one of the objects"));
  space.write("a.o", "");
  EXPECT_EQ(error_for({"-o", space.path("d/a.o"), space.path("a.o")}), "");
}

TEST(OptionsTest, PathsNeedNotBeUtf8) {
  EXPECT_EQ(options_for({"-o", "\xff", "\xfe.o"}).request.objects(0), "\xfe.o");
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
    EXPECT_EQ(found.value(), command.command);
  }
  auto unknown = command_named("stast");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().text(), HasSubstr("did you mean 'stats'?"));
}

}  // namespace
}  // namespace cbundle

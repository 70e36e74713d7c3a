// Headers of a template that change while a build reads them: what is built, and what is recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "engine/pipeline/pipeline.h"
#include "engine/store/memory_cache.h"
#include "engine/tool/process_executor.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

// Runs programs for real, and calls `after` when one is done but nobody has seen its output yet.
class EditingExecutor final : public Executor {
 public:
  Result<Exit> execute(const Command& command, const std::stop_token& stop) override {
    const auto& words = command.arguments;
    if (std::ranges::find(words, "-r") != words.end() && before_partial) before_partial();
    Result<Exit> exit = inner_.execute(command, stop);
    const bool is_preprocessor = std::ranges::find(words, "assembler-with-cpp") != words.end();
    if (is_preprocessor) ++preprocessor_runs;
    if (is_preprocessor && after_preprocessor) after_preprocessor();
    const bool is_layout = std::ranges::find(words, "--emit-relocs") != words.end();
    if (is_layout && after_layout) after_layout();
    const bool is_partial = std::ranges::find(words, "-r") != words.end();
    if (is_partial && after_partial) after_partial();
    return exit;
  }

  int preprocessor_runs = 0;
  std::function<void()> after_preprocessor;
  std::function<void()> after_layout;
  std::function<void()> before_partial;
  std::function<void()> after_partial;

 private:
  ProcessExecutor inner_{2};
};

class ScriptChangeTest : public testing::Test {
 protected:
  ScriptChangeTest() {
    space_.compile("a.o", "int run(void) { return 1; }", "-m64 -fpic");
    space_.write("boot.lds.S",
                 "#include \"value.h\"\n"
                 "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
    set(1);
    request_.directory = space_.path();
    request_.objects = {"a.o"};
    request_.path = "/usr/bin:/bin";
    request_.script = "boot.lds.S";
    request_.spec.form = Form::image;
  }

  void set(int value) { space_.write("value.h", "#define VALUE " + std::to_string(value) + "\n"); }

  // The value that the bundle was built with; an error's message where there is none.
  std::string built() {
    progress_.events.clear();
    const Result<Built> built = pipeline_.build(request_, progress_, {});
    return built ? std::to_string(built.value().object.text().front()) : built.error().text();
  }

  // The files that warnings are about.
  std::string places_of_warnings() const {
    std::string files;
    for (const Event& event : progress_.events) {
      const auto* warning = std::get_if<Warning>(&event);
      if (warning != nullptr) files += warning->diagnostic.file;
    }
    return files;
  }

  // Until a change of the files could not go unseen.
  void wait_until_quiet() {
    for (const char* file : {"value.h", "boot.lds.S"}) {
      while (!is_quiet(stamp_of(space_ / file).value())) std::this_thread::yield();
    }
  }

  TestSpace space_;
  MemoryCache store_;
  EditingExecutor executor_;
  Pipeline pipeline_{store_, executor_};
  RecordingProgress progress_;
  Request request_;
};

TEST_F(ScriptChangeTest, AQuietTemplateIsPreprocessedOnceForEachLayout) {
  wait_until_quiet();
  EXPECT_EQ(built(), "1");
  EXPECT_EQ(executor_.preprocessor_runs, 2);
}

TEST_F(ScriptChangeTest, AHeaderEditedUnderThePreprocessorIsReadAgain) {
  wait_until_quiet();
  executor_.after_preprocessor = [this] {
    executor_.after_preprocessor = nullptr;
    set(2);
  };
  EXPECT_EQ(built(), "2");
  EXPECT_EQ(built(), "2");
  EXPECT_EQ(progress_.stages(), "bundle hit");
  set(1);
  EXPECT_EQ(built(), "1");
}

TEST_F(ScriptChangeTest, AHeaderThatNeverRestsIsAnErrorAndNoRecord) {
  executor_.after_preprocessor = [this, value = 1]() mutable { set(++value); };
  const std::string message = built();
  EXPECT_NE(message.find("value.h changed while the script was read\n  run the build again"),
            std::string::npos)
      << message;
  executor_.after_preprocessor = nullptr;
  set(4);
  EXPECT_EQ(built(), "4");
}

TEST_F(ScriptChangeTest, AHeaderEditedBetweenTheLayoutsScriptsIsAnError) {
  wait_until_quiet();
  executor_.after_preprocessor = [this] {
    if (executor_.preprocessor_runs == 2) set(2);  // layout B's first run
  };
  EXPECT_NE(built().find("value.h changed while the script was read"), std::string::npos);
  executor_.after_preprocessor = nullptr;
  EXPECT_EQ(built(), "2");
}

// The bundle is recorded as what the scripts saw, not as what is there when it is done.
TEST_F(ScriptChangeTest, AHeaderEditedDuringTheLinksIsBuiltByTheNextBuild) {
  executor_.after_layout = [this] { set(2); };
  EXPECT_EQ(built(), "1");
  executor_.after_layout = nullptr;
  EXPECT_EQ(built(), "2");
  set(1);
  EXPECT_EQ(built(), "1");
  EXPECT_EQ(progress_.stages(), "bundle hit");
}

TEST_F(ScriptChangeTest, ALimitOfLayoutBAloneRunsNoCombine) {
  const auto with_limit = [this](const std::string& limit) {
    space_.write("boot.lds.S",
                 "SECTIONS { .text : { BYTE(1) *(.text .text.*) } }\n#if CBUNDLE_LAYOUT\n"
                 "ASSERT(SIZEOF(.text) < " +
                     limit + ", \"too big\")\n#endif\n");
  };
  with_limit("0x1000");
  EXPECT_EQ(built(), "1");
  with_limit("0x2000");
  EXPECT_EQ(built(), "1");
  EXPECT_EQ(progress_.stages(),
            "script-a ran, script-b ran, partial hit, layout-a hit, layout-b ran, combine hit, "
            "emit hit");
  with_limit("1");
  EXPECT_NE(built().find("too big"), std::string::npos);
}

TEST_F(ScriptChangeTest, AFileThatAppearsWhereOneWasLookedForIsRead) {
  space_.write("sub/value.lds", "BYTE(3)\n");
  space_.write("sub/plain.lds", "SECTIONS { .text : { INCLUDE value.lds *(.text .text.*) } }");
  request_.script = "sub/plain.lds";
  EXPECT_EQ(built(), "3");
  space_.write("value.lds", "BYTE(4)\n");
  EXPECT_EQ(built(), "4");
  space_.run("rm value.lds");
  EXPECT_EQ(built(), "3");
}

TEST_F(ScriptChangeTest, AHeaderThatComesToStandNearerIsRead) {
  space_.write("boot.lds.S",
               "#include \"limits.h\"\n#ifndef VALUE\n#define VALUE 5\n#endif\n"
               "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
  EXPECT_EQ(built(), "5");
  EXPECT_EQ(built(), "5");
  EXPECT_EQ(progress_.stages(), "bundle hit");
  space_.write("limits.h", "#define VALUE 6\n");
  EXPECT_EQ(built(), "6");
  space_.run("rm limits.h");
  EXPECT_EQ(built(), "5");
}

TEST_F(ScriptChangeTest, AHeaderThatWasAskedForIsNoticedWhenItComesAndGoes) {
  space_.write(
      "boot.lds.S",
      "#if /* is it */ __has_include(\"local.h\")\n#define VALUE 6\n#else\n#define VALUE 5\n"
      "#endif\nSECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
  EXPECT_EQ(built(), "5");
  space_.write("local.h", "");
  EXPECT_EQ(built(), "6");
  space_.write("local.h", "/* its content does not matter */");
  EXPECT_EQ(built(), "6");
  EXPECT_EQ(progress_.stages(), "bundle hit");
  space_.run("rm local.h && mkdir local.h");
  EXPECT_EQ(built(), "5");
}

TEST_F(ScriptChangeTest, WhatIsAskedForByAMacroIsNotKept) {
  space_.write(
      "boot.lds.S",
      "#define HAS(name) __has_include(name)\n#if HAS(\"local.h\")\n#define VALUE 6\n#else\n"
      "#define VALUE 5\n#endif\nSECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
  EXPECT_EQ(built(), "5");
  EXPECT_NE(progress_.reason(StageKind::script_a).find("its result is not kept: "),
            std::string::npos);
  space_.write("local.h", "");
  EXPECT_EQ(built(), "6");
}

TEST_F(ScriptChangeTest, ALinkThatIsSetToAnotherHeaderUnderThePreprocessorIsReadAgain) {
  space_.write("one.h", "#define VALUE 1\n");
  space_.write("two.h", "#define VALUE 2\n");
  space_.run("ln -sf one.h value.h");
  wait_until_quiet();
  executor_.after_preprocessor = [this] {
    executor_.after_preprocessor = nullptr;
    space_.run("ln -sfn two.h value.h");
  };
  EXPECT_EQ(built(), "2");
  EXPECT_EQ(built(), "2");
  space_.run("ln -sfn one.h value.h");
  EXPECT_EQ(built(), "1");
}

TEST_F(ScriptChangeTest, ADirectoryThatTakesTheOthersPlaceUnderThePreprocessorIsReadAgain) {
  space_.write("boot.lds.S",
               "#include \"now/value.h\"\n"
               "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
  space_.write("now/value.h", "#define VALUE 1\n");
  space_.write("next/value.h", "#define VALUE 2\n");
  space_.run("cp now/value.h value.h");
  wait_until_quiet();
  executor_.after_preprocessor = [this] {
    executor_.after_preprocessor = nullptr;
    space_.run("mv now before && mv next now && touch now/other");
  };
  EXPECT_EQ(built(), "2");
  EXPECT_EQ(built(), "2");
  space_.run("mv now next && mv before now");
  EXPECT_EQ(built(), "1");
}

// The stamp of what the name leads to is the same before and after.
TEST_F(ScriptChangeTest, AnObjectsLinkThatIsElsewhereWhileItIsLinkedIsNotRecorded) {
  space_.compile("one.o", "int run(void) { return 1; }", "-m64 -fpic");
  space_.compile("two.o", "int run(void) { return 2; }", "-m64 -fpic");
  space_.run("ln -sfn one.o a.o");
  executor_.before_partial = [this] { space_.run("ln -sfn two.o a.o"); };
  executor_.after_partial = [this] { space_.run("ln -sfn one.o a.o"); };
  static_cast<void>(pipeline_.build(request_, progress_, {}));
  executor_.before_partial = nullptr;
  executor_.after_partial = nullptr;
  const Result<Built> now = pipeline_.build(request_, progress_, {});
  MemoryCache empty;
  const Result<Built> right = Pipeline(empty, executor_).build(request_, progress_, {});
  ASSERT_TRUE(now && right) << now.error().text();
  EXPECT_EQ(now.value().object.text(), right.value().object.text());
}

TEST_F(ScriptChangeTest, TwoNamesOfOneHeaderAreReportedOnceAndTwoHeadersTwice) {
  space_.write("boot.lds.S",
               "#include \"value.h\"\n#include \"./value.h\"\n#include \"link/../value.h\"\n"
               "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
  space_.write("far/value.h", "");
  space_.run("mkdir far/folder && ln -s far/folder link");
  const Result<Built> built = pipeline_.build(request_, progress_, {});
  ASSERT_TRUE(built);
  std::vector<std::string> headers;
  for (const auto& input : built.value().inputs) {
    if (input.filename() == "value.h") headers.push_back(input.native());
  }
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_NE(std::ranges::find(headers, "link/../value.h"), headers.end());
}

TEST_F(ScriptChangeTest, EqualScriptsInTwoFoldersIncludeTheirOwnNeighbours) {
  for (const std::string folder : {"one", "two"}) {
    space_.write(folder + "/boot.lds.S", space_.read("boot.lds.S"));
    space_.write(folder + "/plain.lds",
                 "SECTIONS { .text : { INCLUDE value.lds *(.text .text.*) } }");
  }
  space_.write("one/value.h", "#define VALUE 1\n");
  space_.write("two/value.h", "#define VALUE 2\n");
  space_.write("one/value.lds", "BYTE(1)\n");
  space_.write("two/value.lds", "BYTE(2)\n");
  for (const char* script : {"boot.lds.S", "plain.lds"}) {
    request_.script = std::string("one/") + script;
    EXPECT_EQ(built(), "1");
    request_.script = std::string("two/") + script;
    EXPECT_EQ(built(), "2");
  }
}

TEST_F(ScriptChangeTest, CheckoutsShareAScriptThatIsNotBelowTheBuildDirectory) {
  for (const std::string checkout : {"one", "two"}) {
    space_.write(checkout + "/src/boot.lds.S",
                 "#include \"../value.h\"\n#warning careful\n"
                 "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n"
                 "ASSERT(VALUE < 4, __FILE__)\n");
    space_.write(checkout + "/value.h", "#define VALUE 3\n");
    space_.run("mkdir " + checkout + "/build && cp a.o " + checkout + "/build");
    request_.directory = space_ / checkout / "build";
    request_.script = space_ / checkout / "src/boot.lds.S";
    EXPECT_EQ(built(), "3");
    EXPECT_EQ(places_of_warnings(), request_.script.native());
  }
  EXPECT_EQ(progress_.stages(), "bundle hit");
  space_.write("two/value.h", "#define VALUE 4\n");
  EXPECT_EQ(built(), "ld: boot.lds.S");
  space_.write("two/value.h", "#define VALUE 2\n");
  EXPECT_EQ(built(), "2");
}

TEST_F(ScriptChangeTest, AnAbsoluteNameIsOneFileForAllCheckouts) {
  const std::string header = (space_ / "one/value.h").native();
  for (const std::string checkout : {"one", "two"}) {
    space_.write(
        checkout + "/boot.lds.S",
        "#include \"" + header + "\"\nSECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
    space_.write(checkout + "/value.h", "#define VALUE 1\n");
    space_.run("cp a.o " + checkout);
    request_.directory = space_ / checkout;
    EXPECT_EQ(built(), "1");
  }
  EXPECT_EQ(progress_.stages(), "bundle hit");
  space_.write("one/value.h", "#define VALUE 2\n");
  EXPECT_EQ(built(), "2");
}

TEST_F(ScriptChangeTest, EachDirectoryBuildsWithItsOwnFilesAboveIt) {
  for (const std::string folder : {"one", "two"}) {
    space_.write(folder + "/build/boot.lds.S",
                 "#include \"../value.h\"\n"
                 "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
    space_.write(folder + "/build/plain.lds",
                 "SECTIONS { .text : { INCLUDE ../value.lds *(.text .text.*) } }\n");
    space_.run("cp a.o " + folder + "/build");
    const std::string value = folder == "one" ? "1" : "2";
    space_.write(folder + "/value.h", "#define VALUE " + value + "\n");
    space_.write(folder + "/value.lds", "BYTE(" + value + ")\n");
    for (const char* script : {"boot.lds.S", "plain.lds"}) {
      request_.directory = space_ / folder / "build";
      request_.script = script;
      EXPECT_EQ(built(), value) << script;
    }
  }
}

}  // namespace
}  // namespace cbundle

// The pipeline with the real linker: what runs again, and what does not.

#include "engine/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/store/memory_cache.h"
#include "tests/support/counting_executor.h"
#include "tests/support/faulty_store.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;

constexpr auto code_a = R"(
#pragma GCC visibility push(hidden)
extern unsigned phys;
unsigned helper(unsigned);
unsigned run(unsigned x) { return helper(x) + phys; }
)";
constexpr auto code_b = R"(
#pragma GCC visibility push(hidden)
unsigned helper(unsigned x) { return x * 3; }
)";

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    space.compile("a.o", code_a, "-m32 -fpic -g");
    space.compile("b.o", code_b, "-m32 -fpic -g");
    request.directory = space.path();
    request.objects = {"a.o", "b.o"};
    request.path = "/usr/bin:/bin";
    request.output = space / "out.o";
    request.spec.imports = {{"phys", ImportKind::data}};
    request.spec.exports = {"run"};
  }

  Result<Built> build() {
    progress.events.clear();
    Result<Built> built = pipeline.build(request, progress, {});
    if (built && built.value().keep_contents) built.value().keep_contents();
    return built;
  }
  static std::string texts(const Changes& changes) {
    std::string text;
    for (const Change& change : changes) text += text_of(change) + '\n';
    return text;
  }
  std::string built() {
    const Result<Built> result = build();
    return result ? progress.stages() : "error: " + result.error().text();
  }

  TestSpace space;
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline{store, executor};
  RecordingProgress progress;
  Request request;
};

constexpr auto everything_ran = "partial ran, layout-a ran, layout-b ran, combine ran, emit ran";

TEST_F(PipelineTest, AnUnchangedBuildIsOneLookUpAndRunsNothing) {
  EXPECT_EQ(built(), everything_ran);
  const int runs = executor.runs;
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(built(), "bundle hit");
  EXPECT_EQ(executor.runs, runs);
}

TEST_F(PipelineTest, IntermediatesStayForTheCallerToFree) {
  const Result<Built> first = build();
  ASSERT_TRUE(first);
  EXPECT_EQ(first.value().intermediates.size(), 5u);
  const Result<Built> again = build();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again.value().intermediates.empty());
}

TEST_F(PipelineTest, AChangedObjectRunsWhatDependsOnIt) {
  ASSERT_TRUE(build());
  space.compile("b.o",
                "__attribute__((visibility(\"hidden\"))) unsigned helper(unsigned x) "
                "{ return x * 5; }");
  EXPECT_EQ(built(), everything_ran);
  EXPECT_THAT(progress.reason(StageKind::partial), HasSubstr("b.o: function 'helper' changed"));
  EXPECT_EQ(progress.reason(StageKind::layout_a), "the result of partial changed");
}

TEST_F(PipelineTest, AnExplanationHasWhatChangedBetweenTheLastTwoBuilds) {
  EXPECT_FALSE(pipeline.explain(request.output));
  ASSERT_TRUE(build());
  auto first = pipeline.explain(request.output);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->before);
  EXPECT_EQ(first->last.stages.size(), 5u);
  EXPECT_EQ(texts(first->since), "");

  space.compile("b.o",
                "#pragma GCC visibility push(hidden)\n"
                "unsigned half(unsigned x) { return x / 2; }\n"
                "unsigned helper(unsigned x) { return x * 3; }");
  EXPECT_THAT(texts(pipeline.explain(request.output)->since),
              HasSubstr("b.o: function 'half' is new\n"));
  request.spec.exports = {"run", "half"};
  ASSERT_TRUE(build());
  const auto second = pipeline.explain(request.output);
  ASSERT_TRUE(second && second->before);
  EXPECT_EQ(second->before->ended, first->last.ended);
  EXPECT_THAT(texts(second->changes), HasSubstr("--export half is new\n"));
  EXPECT_THAT(texts(second->changes), HasSubstr("b.o: function 'half' is new\n"));
  EXPECT_THAT(texts(second->changes), HasSubstr("b.o: section .text changed"));
  EXPECT_EQ(texts(second->since), "");
}

TEST_F(PipelineTest, MembersOfArchivesAreExplained) {
  for (const std::string kind : {"rc", "rcT"}) {
    space.compile("b.o", code_b);
    space.run("rm -f l.a; ar " + kind + " l.a b.o");
    request.objects = {"a.o", "l.a"};
    ASSERT_TRUE(build());
    space.compile("b.o", std::string(code_b) + "unsigned " + kind + "(unsigned x) { return x; }");
    space.run("rm -f l.a; ar " + kind + " l.a b.o");
    ASSERT_TRUE(build());
    EXPECT_THAT(texts(pipeline.explain(request.output)->changes),
                HasSubstr("l.a(b.o): function '" + kind + "' is new\n"));
  }
}

TEST_F(PipelineTest, AHitIsExplainedToo) {
  ASSERT_TRUE(build());
  const std::string before = space.read("b.o");
  space.compile("b.o", std::string(code_b) + "unsigned more(unsigned x) { return x + 1; }");
  ASSERT_TRUE(build());
  space.write("b.o", before);
  EXPECT_EQ(built(), "bundle hit");
  EXPECT_EQ(built(), "bundle hit");
  const auto explanation = pipeline.explain(request.output);
  ASSERT_TRUE(explanation && explanation->before);
  EXPECT_EQ(explanation->last.stages.size(), 1u);
  EXPECT_EQ(explanation->last.repeats, 1u);
  EXPECT_NE(explanation->last.made, 0);
  EXPECT_THAT(texts(explanation->changes), HasSubstr("b.o: function 'more' is gone\n"));
}

TEST_F(PipelineTest, HitsAreRememberedWhenThePipelineEnds) {
  {
    Pipeline other(store, executor);
    ASSERT_TRUE(other.build(request, progress, {}));
    ASSERT_TRUE(other.build(request, progress, {}));
  }
  const auto explanation = pipeline.explain(request.output);
  ASSERT_TRUE(explanation);
  EXPECT_EQ(explanation->last.repeats, 1u);
  EXPECT_EQ(explanation->last.stages.size(), 5u);
}

TEST_F(PipelineTest, AHeaderOfATemplateIsExplainedByItsLines) {
  space.write("room.h", "#define ROOM 16\n");
  space.write(
      "shape.lds.S",
      "#include \"room.h\"\n"
      "SECTIONS { .bundle : { *(.text .text.*) *(.rodata .rodata.*) . = ALIGN(ROOM); } }\n");
  request.script = "shape.lds.S";
  ASSERT_TRUE(build());
  space.write("room.h", "#define ROOM 32\n");
  ASSERT_TRUE(build());
  EXPECT_EQ(progress.reason(StageKind::script_a),
            "room.h:1: was '#define ROOM 16', is '#define ROOM 32'");
  EXPECT_EQ(texts(pipeline.explain(request.output)->changes),
            "room.h:1: was '#define ROOM 16', is '#define ROOM 32'\n");
}

TEST_F(PipelineTest, WhatAHitSavesIsCounted) {
  ASSERT_TRUE(build());
  EXPECT_EQ(store.counters().value().contains("saved.microseconds"), false);
  ASSERT_TRUE(build());
  EXPECT_GT(store.counters().value().at("saved.microseconds"), 0u);
}

TEST_F(PipelineTest, AnEditedCommentIsAFullHit) {
  ASSERT_TRUE(build());
  const std::string before = space.read("a.o");
  space.compile("a.o", std::string("/* moves\n every\n line */\n") + code_a, "-m32 -fpic -g");
  ASSERT_NE(space.read("a.o"), before) << "the comment must move lines in the debug information";
  EXPECT_EQ(built(), "bundle hit");
}

TEST_F(PipelineTest, APartialLinkThatComesOutEqualStopsThere) {
  ASSERT_TRUE(build());
  request.objects = {"a.o", "b.o", "empty.a"};
  space.run("ar rc empty.a b.o && ar d empty.a b.o");
  EXPECT_EQ(built(), "partial ran, layout-a hit, layout-b hit, combine hit, emit hit");
}

TEST_F(PipelineTest, AnotherCheckoutSharesEverything) {
  const Result<Built> first = build();
  ASSERT_TRUE(first);
  space.run(
      "mkdir other && cp a.c b.c a.o.c b.o.c other/ 2>/dev/null; cd other && "
      "for f in a b; do gcc -O2 -ffreestanding -fno-stack-protector -fcf-protection=none "
      "-fno-asynchronous-unwind-tables -m32 -fpic -g -c $f.o.c -o $f.o; done");
  request.directory = space / "other";
  request.output = space / "other/out.o";
  const Result<Built> second = build();
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(progress.stages(), "bundle hit");
  EXPECT_EQ(second.value().digest, first.value().digest);
}

TEST_F(PipelineTest, ALookupNeedsOnlyCachedFiles) {
  EXPECT_FALSE(pipeline.lookup(request, progress));
  for (const char* object : {"a.o", "b.o"}) {  // quiet since an hour ago
    std::filesystem::last_write_time(
        space / object, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  }
  ASSERT_TRUE(build());
  // The files' ctime is now: they are cached once a clock tick has passed over them.
  while (!is_quiet(stamp_of(space / "b.o").value())) std::this_thread::yield();
  ASSERT_TRUE(build());
  const auto known = pipeline.lookup(request, progress);
  ASSERT_TRUE(known);
  EXPECT_FALSE(known->object.text().empty());
  space.run("touch a.o");
  EXPECT_FALSE(pipeline.lookup(request, progress));
}

TEST_F(PipelineTest, TwoCallersAtOnceRunEachStageOnce) {
  RecordingProgress other_progress;
  auto other =
      std::async(std::launch::async, [&] { return pipeline.build(request, other_progress, {}); });
  ASSERT_TRUE(build());
  ASSERT_TRUE(other.get());
  EXPECT_EQ(executor.runs, 3);
}

TEST_F(PipelineTest, AnotherRequestRunsOnlyWhatItChanges) {
  ASSERT_TRUE(build());
  request.spec.section = ".init.text";
  EXPECT_EQ(built(), "partial hit, layout-a hit, layout-b hit, combine hit, emit ran");
  request.spec.exports = {"run", "helper"};
  EXPECT_EQ(built(), "partial hit, layout-a hit, layout-b hit, combine ran, emit ran");
  EXPECT_EQ(progress.reason(StageKind::combine), "--export helper is new");
}

TEST_F(PipelineTest, WarningsAreReplayedOnAHit) {
  request.spec.imports.push_back({"unused_one", ImportKind::data});
  ASSERT_TRUE(build());
  const std::string first = progress.texts<Warning>();
  EXPECT_NE(first.find("'unused_one' is declared but not used"), std::string::npos) << first;
  EXPECT_EQ(built(), "bundle hit");
  EXPECT_EQ(progress.texts<Warning>(), first);
}

TEST_F(PipelineTest, AReplayedWarningNamesTheFilesOfItsOwnBuildOnce) {
  for (const std::string folder : {"one", "two"}) {
    space.write(folder + "/boot.lds.S",
                "#warning old script\nSECTIONS { .text : { *(.text .text.*) } }\n");
    space.run("cp a.o " + folder + "/" + folder + ".o; cp b.o " + folder);
  }
  request.script = "boot.lds.S";
  std::vector<std::string> warnings;
  for (const std::string folder : {"one", "two"}) {
    request.directory = space / folder;
    request.objects = {folder + ".o", "b.o"};
    const Result<Built> result = build();
    ASSERT_TRUE(result) << result.error().text();
    const std::vector<std::filesystem::path>& inputs = result.value().inputs;
    EXPECT_EQ(std::vector(inputs.begin(), inputs.begin() + 3),
              (std::vector<std::filesystem::path>{folder + ".o", "b.o", "boot.lds.S"}));
    EXPECT_EQ(std::ranges::count(inputs, "boot.lds.S"), 1);
    warnings.push_back(progress.texts<Warning>());
  }
  EXPECT_EQ(progress.stages(), "bundle hit");
  EXPECT_NE(warnings[0].find("boot.lds.S:1: #warning old script"), std::string::npos)
      << warnings[0];
  EXPECT_EQ(warnings[0].find(space.path().native()), std::string::npos) << warnings[0];
  const std::string once = "#warning old script [-Wcpp]";
  EXPECT_EQ(warnings[0].find(once), warnings[0].rfind(once)) << warnings[0];
  EXPECT_EQ(warnings[1], warnings[0]);
}

TEST_F(PipelineTest, AnInputNamedTwiceIsListedOnce) {
  space.run("ar rc b.a b.o");
  request.objects = {"b.a", "a.o", "./b.a"};
  const Result<Built> result = build();
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result.value().inputs, (std::vector<std::filesystem::path>{"b.a", "a.o"}));
}

TEST_F(PipelineTest, AFailureIsNotCachedAndSaysTheSameAgain) {
  request.spec.imports.clear();
  const Result<Built> first = build();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::bad_input);
  EXPECT_NE(first.error().text().find("undefined symbol 'phys'"), std::string::npos)
      << first.error().text();
  const Result<Built> second = build();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text(), first.error().text());
}

TEST_F(PipelineTest, AnObjectThatChangesUnderTheLinkerIsNeverRecorded) {
  executor.before = [&](const Command& command) {
    if (command.arguments.front() == "-r") space.run("touch b.o");
  };
  const Result<Built> result = build();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("changed while it was linked"), std::string::npos);
  executor.before = nullptr;
  EXPECT_EQ(built(), everything_ran);
}

TEST_F(PipelineTest, AnEditInOneCheckoutFailsNoBuildOfAnother) {
  space.run("mkdir other && cp a.o b.o other");
  Request other = request;
  other.directory = space / "other";
  RecordingProgress other_progress;
  std::future<Result<Built>> other_built;
  std::atomic<bool> is_first = true;
  executor.before = [&](const Command& command) {
    if (command.arguments.front() != "-r" || !is_first.exchange(false)) return;
    other_built =
        std::async(std::launch::async, [&] { return pipeline.build(other, other_progress, {}); });
    // Where it comes later than this, it does not wait for the first one's link: as right.
    std::this_thread::yield();
    space.run("touch b.o");
  };
  const Result<Built> first = build();
  ASSERT_FALSE(first);
  const Result<Built> second = other_built.get();
  ASSERT_TRUE(second) << second.error().text();
}

TEST_F(PipelineTest, AMemberOfAThinArchiveThatChangesUnderTheLinkerIsNeverRecorded) {
  space.run("ar rcT thin.a b.o");
  request.objects = {"a.o", "thin.a"};
  executor.before = [&](const Command& command) {
    if (command.arguments.front() == "-r") space.run("touch b.o");
  };
  const Result<Built> result = build();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text().find("b.o changed while it was linked"), std::string::npos);
}

TEST_F(PipelineTest, ACancelledBuildEndsAndLeavesNothingBehind) {
  std::stop_source stop;
  executor.before = [&](const Command&) { stop.request_stop(); };
  const Result<Built> result = pipeline.build(request, progress, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::cancelled);
  executor.before = nullptr;
  EXPECT_EQ(built(), everything_ran);
}

TEST_F(PipelineTest, ABrokenCacheCostsTimeAndNoBuild) {
  FaultyStore broken([](std::string_view) { return FaultyStore::Fault::error; });
  Pipeline over(broken, executor);
  const Result<Built> result = over.build(request, progress, {});
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(progress.stages(), everything_ran);
  EXPECT_NE(progress.texts<CacheWarning>().find("the disk is gone"), std::string::npos);
  EXPECT_EQ(result.value().digest, build().value().digest);
}

TEST_F(PipelineTest, AnEvictedIntermediateIsBuiltAnew) {
  bool forgets = false;
  FaultyStore forgetful([&](std::string_view operation) {
    return forgets && operation == "load" ? FaultyStore::Fault::lost : FaultyStore::Fault::none;
  });
  Pipeline over(forgetful, executor);
  const Result<Built> first = over.build(request, progress, {});
  ASSERT_TRUE(first);
  forgets = true;
  request.spec.section = ".other";  // the stages before emit are hits whose blobs are gone
  progress.events.clear();
  const Result<Built> second = over.build(request, progress, {});
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_NE(progress.texts<CacheWarning>().find("evicted"), std::string::npos);
}

// A thread's stack of 128 TiB cannot be had.
TEST_F(PipelineTest, ABuildWithoutASecondThreadLinksTheLayoutsOneAfterTheOther) {
  pthread_attr_t before, huge;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_getattr_default_np(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 47), 0);
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  EXPECT_THROW(std::thread([] {}), std::system_error);
  EXPECT_EQ(built(), everything_ran);
  pthread_setattr_default_np(&before);
}

}  // namespace
}  // namespace cbundle

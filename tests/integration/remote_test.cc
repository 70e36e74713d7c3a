// Machines that share results: each has its own checkout and its own store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/digest/sha256.h"
#include "engine/pipeline/pipeline.h"
#include "engine/pipeline/remote_results.h"
#include "engine/store/memory_cache.h"
#include "tests/support/counting_executor.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;
using testing::Not;

class RemoteMap final : public RemoteCache {
 public:
  std::optional<RemoteResult> find(const RemoteKey& key, const std::stop_token&) override {
    ++look_ups;
    const auto known = results.lock();
    const auto found = known->find({key.stage, key.manifest});
    return found == known->end() ? std::nullopt : std::optional(found->second);
  }
  void put(RemoteKey key, RemoteResult result) override {
    results.lock()->insert_or_assign({key.stage, key.manifest}, std::move(result));
  }
  Counters take_counters() override { return {}; }

  // All that has left the machine.
  std::string text() {
    std::string all;
    for (const auto& [key, result] : *results.lock()) {
      all += key.second + std::string(result.output.text()) + result.warnings;
    }
    return all;
  }

  std::atomic<int> look_ups = 0;
  Guarded<std::map<std::pair<std::string, std::string>, RemoteResult>> results;
};

struct Machine {
  explicit Machine(RemoteCache* remote) : pipeline(store, executor, false, remote) {
    space.write("boot.h", "#define ALIGNED ALIGN(16)\n");
    space.write("boot.lds.S",
                "#include \"boot.h\"\nSECTIONS { .text : { . = ALIGNED; *(.text .text.*) } }\n");
    compile("unsigned run(unsigned x) { return x * 3; }");
    request.directory = space.path();
    request.objects = {"a.o"};
    request.path = "/usr/bin:/bin";
    request.output = space / "out.o";
    request.spec.exports = {"run"};
  }

  // The checkout's path is in the debug information.
  void compile(const std::string& code) { space.compile("a.o", code, "-fpic -g"); }

  std::string built() {
    progress.events.clear();
    const Result<Built> result = pipeline.build(request, progress, {});
    if (!result) return "error: " + result.error().text();
    object = result.value().object.text();
    return progress.stages();
  }

  TestSpace space;
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline;
  RecordingProgress progress;
  Request request;
  std::string object;
};

class RemoteTest : public testing::Test {
 public:
  RemoteTest() { Digest::use_sha256(sha256_of); }
  ~RemoteTest() override { Digest::use_sha256(nullptr); }

 protected:
  RemoteMap remote;
};

constexpr auto everything_ran = "partial ran, layout-a ran, layout-b ran, combine ran, emit ran";

TEST_F(RemoteTest, AFreshMachineFindsTheBundleInOneRoundTripAndRunsNoLinker) {
  Machine first(&remote);
  EXPECT_EQ(first.built(), everything_ran);
  Machine second(&remote);
  remote.look_ups = 0;
  EXPECT_EQ(second.built(), "bundle remote");
  EXPECT_EQ(remote.look_ups, 1);
  EXPECT_EQ(second.executor.runs, 0);
  EXPECT_EQ(second.object, first.object);
  EXPECT_EQ(second.built(), "bundle hit");
}

TEST_F(RemoteTest, WithATemplateThatIncludesFilesItTakesTwo) {
  Machine first(&remote);
  first.request.script = "boot.lds.S";
  first.built();
  Machine second(&remote);
  second.request.script = "boot.lds.S";
  remote.look_ups = 0;
  EXPECT_EQ(second.built(), "bundle remote");
  EXPECT_EQ(remote.look_ups, 2);
  EXPECT_EQ(second.object, first.object);
}

TEST_F(RemoteTest, AnIncludedFileThatDiffersIsNotTheOtherMachines) {
  Machine first(&remote);
  first.request.script = "boot.lds.S";
  first.built();
  Machine second(&remote);
  second.request.script = "boot.lds.S";
  second.space.write("boot.h", "#define ALIGNED ALIGN(64)\n");
  EXPECT_THAT(second.built(), HasSubstr("script-a ran"));
}

// The objects differ, their code is the same.
TEST_F(RemoteTest, AStageIsFoundWhereTheBundleIsNot) {
  Machine first(&remote);
  first.built();
  Machine second(&remote);
  second.request.spec.prefix = "other";
  EXPECT_EQ(second.built(),
            "partial remote, layout-a remote, layout-b remote, combine ran, emit ran");
}

TEST_F(RemoteTest, NothingThatIsSharedHasThePathOfACheckout) {
  Machine machine(&remote);
  machine.request.script = "boot.lds.S";
  machine.built();
  EXPECT_THAT(remote.text(), HasSubstr("boot.h"));
  EXPECT_THAT(remote.text(), HasSubstr("search:"));
  EXPECT_THAT(remote.text(), Not(HasSubstr(machine.space.path().native())));
  EXPECT_THAT(remote.text(), Not(HasSubstr("/usr/")));
}

// XXH3 of the code is in no key: a machine whose digests have no SHA-256 shares nothing.
TEST_F(RemoteTest, WithoutSha256NothingIsShared) {
  Digest::use_sha256(nullptr);
  Machine machine(&remote);
  EXPECT_EQ(machine.built(), everything_ran);
  EXPECT_EQ(remote.results.lock()->size(), 0U);
  EXPECT_EQ(remote.look_ups, 0);
}

TEST_F(RemoteTest, WarningsOfATemplateAreShownOnTheOtherMachineToo) {
  Machine first(&remote);
  Machine second(&remote);
  for (Machine* machine : {&first, &second}) {
    machine->request.script = "boot.lds.S";
    machine->space.write("boot.h", "#define ALIGNED ALIGN(16)\n#warning an old header\n");
    machine->built();
    EXPECT_THAT(machine->progress.texts<Warning>(), HasSubstr("boot.h:2"));
  }
  EXPECT_EQ(second.progress.stages(), "bundle remote");
}

// The linker's warnings name the lines of the sources, which debug sections tell.
TEST_F(RemoteTest, AResultWithWarningsOfTheLinkerBelongsToTheWholeContents) {
  constexpr auto code =
      "asm(\".section .gnu.warning.helper\\n.ascii \\\"helper is slow\\\"\\n.text\");\n"
      "__attribute__((visibility(\"hidden\"))) unsigned helper(unsigned x) { return x * 3; }\n"
      "extern __attribute__((visibility(\"hidden\"))) unsigned helper(unsigned);\n";
  Machine first(&remote);
  Machine second(&remote);
  for (Machine* machine : {&first, &second}) {
    machine->space.compile("b.o", code, "-fpic");
    machine->space.compile("a.o",
                           "__attribute__((visibility(\"hidden\"))) unsigned helper(unsigned);\n"
                           "unsigned run(unsigned x) { return helper(x) + 1; }",
                           "-fpic");
    machine->request.objects = {"a.o", "b.o"};
  }
  first.built();
  ASSERT_THAT(first.progress.texts<Warning>(), HasSubstr("helper is slow"));
  EXPECT_EQ(second.built(), "bundle remote");
  EXPECT_EQ(second.progress.texts<Warning>(), first.progress.texts<Warning>());
}

TEST(RemoteResultsTest, AWarningWithAnAbsolutePathIsKnown) {
  const auto is_found = [](const std::string& message) {
    return has_absolute_path({{.message = message}});
  };
  EXPECT_TRUE(is_found("/home/me/boot.c is old"));
  EXPECT_TRUE(is_found("see '/home/me/boot.c'"));
  EXPECT_TRUE(is_found("in/0.o: in function (/home/me/boot.c:3)"));
  EXPECT_FALSE(is_found("in/0.o: is old"));
  EXPECT_FALSE(is_found("1 / 2 is 0"));
  EXPECT_TRUE(has_absolute_path({{.message = "old", .file = "/home/me/boot.c"}}));
}

}  // namespace
}  // namespace cbundle

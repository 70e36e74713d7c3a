// A store that fails, or loses what it was given, may cost time, but never a build.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/pipeline/pipeline.h"
#include "tests/support/counting_executor.h"
#include "tests/support/faulty_store.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

using Fault = FaultyStore::Fault;

class StoreFaultTest : public testing::Test {
 protected:
  StoreFaultTest() {
    space_.compile("a.o", "int run(void) { return 1; }", "-m64 -fpic");
    space_.write("value.h", "#define VALUE 3\n");
    space_.write("boot.lds.S",
                 "#include \"value.h\"\n"
                 "SECTIONS { .text : { BYTE(VALUE) *(.text .text.*) } }\n");
    request_.directory = space_.path();
    request_.objects = {"a.o"};
    request_.path = "/usr/bin:/bin";
    request_.output = space_ / "out";
    request_.script = "boot.lds.S";
  }

  // A first build, the same again, and one that reuses the layouts.
  std::vector<Digest> build_all(Store& store) {
    Pipeline pipeline(store, executor_);
    std::vector<Digest> digests;
    const auto build = [&] {
      RecordingProgress progress;
      const Result<Built> built = pipeline.build(request_, progress, {});
      EXPECT_TRUE(built) << built.error().text();
      if (!built) return;
      digests.push_back(built.value().digest);
      EXPECT_EQ(Digest::of(built.value().object.bytes()), built.value().digest);
      for (const Event& event : progress.events) {
        if (const auto* warning = std::get_if<CacheWarning>(&event)) {
          ++warnings_[warning->diagnostic.message];
        }
      }
    };
    build();
    build();
    request_.spec.section = ".other";
    build();
    request_.spec.section = Request().spec.section;
    return digests;
  }

  void try_fault_at_every_call(Fault fault) {
    int calls = 0;
    FaultyStore whole([&](std::string_view) {
      ++calls;
      return Fault::none;
    });
    const std::vector<Digest> expected = build_all(whole);
    ASSERT_EQ(expected.size(), 3u);
    ASSERT_GT(calls, 30);
    ASSERT_TRUE(warnings_.empty());

    for (int faulty_call = 0; faulty_call < calls; ++faulty_call) {
      int call = 0;
      std::string where;
      FaultyStore store([&](std::string_view operation) {
        if (call++ != faulty_call) return Fault::none;
        where = "call " + std::to_string(faulty_call) + ", " + std::string(operation);
        return fault;
      });
      warnings_.clear();
      EXPECT_EQ(build_all(store), expected) << where;
      for (const auto& [text, times] : warnings_) EXPECT_EQ(times, 1) << text << " at " << where;
      EXPECT_EQ(warnings_.count("the disk is gone"), fault == Fault::error ? 1u : 0u) << where;
    }
  }

  TestSpace space_;
  CountingExecutor executor_;
  Request request_;
  std::map<std::string, int> warnings_;
};

TEST_F(StoreFaultTest, AnErrorAtAnyCallFailsNoBuildAndIsReportedOnce) {
  try_fault_at_every_call(Fault::error);
}

TEST_F(StoreFaultTest, ALossAtAnyCallFailsNoBuild) { try_fault_at_every_call(Fault::lost); }

TEST_F(StoreFaultTest, AnOperationThatAlwaysFailsOrLosesCostsNoBuild) {
  FaultyStore whole([](std::string_view) { return Fault::none; });
  const std::vector<Digest> expected = build_all(whole);
  for (const Fault fault : {Fault::error, Fault::lost}) {
    for (const std::string_view broken : {"find", "load", "put", "note", "put_note"}) {
      FaultyStore store(
          [&](std::string_view operation) { return operation == broken ? fault : Fault::none; });
      EXPECT_EQ(build_all(store), expected) << broken;
    }
  }
}

}  // namespace
}  // namespace cbundle

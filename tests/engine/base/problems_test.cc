#include "engine/base/problems.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

Diagnostic warning(std::string message) {
  return {.severity = Severity::warning, .message = std::move(message)};
}

TEST(ProblemsTest, AProblemIsReportedOnceHoweverOftenItIsMet) {
  std::string log;
  Problems problems([&](const Problem& problem) { log += problem.name + ";"; });
  problems.report("memory-cache", warning("the disk is gone"));
  problems.report("memory-cache", warning("the disk is gone, again"));
  EXPECT_EQ(problems.take_unreported(), Diagnostics{warning("the disk is gone")});
  EXPECT_TRUE(problems.take_unreported().empty());
  problems.report("memory-cache", warning("and again"));
  EXPECT_TRUE(problems.take_unreported().empty());
  EXPECT_EQ(log, "memory-cache;");
  ASSERT_EQ(problems.list().size(), 1u);
  EXPECT_EQ(problems.list().front().count, 3u);
  EXPECT_EQ(problems.list().front().what.message, "the disk is gone");
}

TEST(ProblemsTest, AResolvedProblemIsListedNoMoreAndWhenItComesBackListedButNotReported) {
  Problems problems;
  problems.report("no-room", warning("first"));
  problems.resolve("no-room");
  problems.resolve("never-there");
  EXPECT_TRUE(problems.list().empty());
  problems.take_unreported();
  problems.report("no-room", warning("second"));
  ASSERT_EQ(problems.list().size(), 1u);
  EXPECT_EQ(problems.list().front().what.message, "second");
  EXPECT_TRUE(problems.take_unreported().empty());
}

}  // namespace
}  // namespace cbundle

// cbundle combine: its options, and what it makes of the answer of `cbundled combine`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "client/command.h"
#include "tests/client/daemon_space.h"

namespace cbundle {
namespace {

using testing::HasSubstr;

class CombineTest : public testing::Test {
 protected:
  // Runs `cbundle combine` with the needed options and these; out_ and err_ are what it printed.
  ExitCode combine(const std::vector<std::string>& options) {
    std::vector<std::string> all{"combine", "--script=s.lds", "--bin1=a.bin", "--bin2=b.bin"};
    all.insert(all.end(), options.begin(), options.end());
    return run(std::move(all));
  }

  ExitCode run(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode code = cbundle::run(pointers);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  DaemonSpace daemon_;
  std::string out_;
  std::string err_;
};

TEST_F(CombineTest, EveryOptionIsSent) {
  EXPECT_EQ(combine({"--map=m", "--exports=a,,b,", "--gap=0x10200", "--text-diff=1000",
                     "--section-header=.section x=y", "-v"}),
            ExitCode::done);
  EXPECT_EQ(out_, "s.lds a.bin b.bin m export a export b .section x=y gap 66048 text-diff 1000\n");
  EXPECT_EQ(err_, "Position 0x12 42 name\n");
  EXPECT_EQ(daemon_.starts(), "");
}

TEST_F(CombineTest, WithoutGapAndTextDiffThereIsNoShift) {
  EXPECT_EQ(combine({}), ExitCode::done);
  EXPECT_EQ(out_, "s.lds a.bin b.bin \n");
}

TEST_F(CombineTest, TheLastOfRepeatedOptionsCounts) {
  EXPECT_EQ(combine({"--bin1=c.bin", "--map=m", "--exports=a", "--exports=b"}), ExitCode::done);
  EXPECT_EQ(out_, "s.lds c.bin b.bin m export b\n");
}

TEST_F(CombineTest, NumbersAreReadAsInPython) {
  const std::pair<const char*, const char*> cases[] = {
      {"0XfF", "255"}, {"0o17", "15"}, {"0b101", "5"}, {"017", "17"}, {"4294967295", "4294967295"}};
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(combine({std::string("--gap=") + text, "--text-diff=0"}), ExitCode::done);
    EXPECT_THAT(out_, HasSubstr(std::string(" gap ") + value + " text-diff 0\n"));
  }
}

TEST_F(CombineTest, InvalidOptionsAreNamed) {
  EXPECT_EQ(run({"combine", "--bin1=a.bin", "--bin2=b.bin"}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: --script FILE is missing\n");
  EXPECT_EQ(combine({"--bin1="}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: --bin1 FILE is missing\n");
  EXPECT_EQ(combine({"--output="}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: --output needs a value: FILE\n");
  EXPECT_EQ(combine({"--exports=a"}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: --exports needs --map, which has their addresses\n");
  EXPECT_EQ(combine({"--gap=1"}), ExitCode::usage);
  EXPECT_EQ(err_,
            "cbundle: error: --gap needs --text-diff\n"
            "cbundle: hint: give both as in the script; without either they are 0x10200 and "
            "0x408020\n");
  EXPECT_EQ(combine({"--text-diff=1"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("--text-diff needs --gap\n"));
  for (const std::string text : {"", "-1", "0x", "12x", "4294967296"}) {
    EXPECT_EQ(combine({"--gap=" + text, "--text-diff=1"}), ExitCode::usage);
    EXPECT_EQ(err_, "cbundle: error: --gap: invalid number '" + text +
                        "' (use 32 bits, such as 0x10200)\n");
  }
}

TEST_F(CombineTest, AnErrorIsPrintedAndNothingWritten) {
  const std::string output = daemon_.space.path("out.s");
  EXPECT_EQ(combine({"--script=bad", "--output=" + output}), ExitCode::build_failed);
  EXPECT_EQ(err_, "cbundle: error: they differ\n");
  EXPECT_FALSE(daemon_.space.has("out.s"));
  EXPECT_EQ(combine({"--output=" + output}), ExitCode::done);
  EXPECT_EQ(daemon_.space.read("out.s"), "s.lds a.bin b.bin \n");
}

TEST_F(CombineTest, AProgramThatDoesNotAnswerIsAnError) {
  EXPECT_EQ(combine({"--script=die"}), ExitCode::internal);
  EXPECT_EQ(err_, "cbundle: error: cbundled combine did not answer; it exited with status 7\n");
}

}  // namespace
}  // namespace cbundle

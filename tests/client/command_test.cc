// The commands from their arguments to their files, with a fake daemon.
#include "client/command.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/wait.h>

#include <csignal>
#include <vector>

#include "engine/base/digest.h"
#include "tests/client/daemon_space.h"

namespace cbundle {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// As the fake daemon's failures are printed.
constexpr const char* printed_failure =
    "a.c:31: error: variable 'v' needs the absolute address of 'f' "
    "(R_386_32 in .data.rel.ro, a.o)\n"
    "a.c:31: note: 2 more like it in 'v'\n"
    "a.c:31: hint: store offsets\n"
    "cbundle: error: the link failed\n";

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    former_directory_ = std::filesystem::current_path();
    std::filesystem::create_directory(daemon_.space.path("here"));
    std::filesystem::current_path(daemon_.space.path("here"));
  }
  ~CommandTest() override { std::filesystem::current_path(former_directory_); }

  // Runs `cbundle ARGUMENTS`; out_ and err_ are what it printed.
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

  std::string read(const std::string& name) const { return daemon_.space.read("here/" + name); }
  bool has(const std::string& name) const { return daemon_.space.has("here/" + name); }

  DaemonSpace daemon_;
  std::filesystem::path former_directory_;
  std::string out_;
  std::string err_;
};

TEST_F(CommandTest, OnlyBuildTakesOperands) {
  EXPECT_EQ(run({"combine", "a.bin"}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: unexpected argument 'a.bin'\n");
  EXPECT_EQ(run({"combine", "--output", ""}), ExitCode::usage);
  EXPECT_EQ(err_, "cbundle: error: --script is missing\ncbundle: hint: add --script FILE\n");
}

TEST_F(CommandTest, ABuildWritesItsOutputAndPrintsNothing) {
  EXPECT_EQ(run({"build", "-o", "out.o", "--", "a.o", "b.o"}), ExitCode::done);
  EXPECT_EQ(read("out.o"), "bundle of a.o b.o");
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_, "");
}

TEST_F(CommandTest, ABundleInChunksIsAssembled) {
  EXPECT_EQ(run({"build", "-o", "out.o", "--define", "CHUNKS=40", "a.o"}), ExitCode::done);
  EXPECT_TRUE(read("out.o") == std::string(400'000, 'c'));
}

TEST_F(CommandTest, ArgumentsMayComeFromAFile) {
  daemon_.space.write("here/arguments", "-o 'an out.o'\na.o \"b c.o\"\n");
  EXPECT_EQ(run({"build", "@arguments"}), ExitCode::done);
  EXPECT_EQ(read("an out.o"), "bundle of a.o b c.o");
}

TEST_F(CommandTest, VerboseListsTheStages) {
  EXPECT_EQ(run({"build", "-v", "-o", "out.o", "a.o"}), ExitCode::done);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, StartsWith("bundle     ran       1.234 ms  object 1 (a.o) changed\n"
                               "layout-a   shared    0.070 ms\n"
                               "total  "));
}

TEST_F(CommandTest, JsonIsOneObject) {
  EXPECT_EQ(run({"build", "--json", "-o", "out.o", "a.o"}), ExitCode::done);
  EXPECT_THAT(
      out_,
      MatchesRegex("\\{\"output\":\"out.o\",\"digest\":\"" + Digest::of("bundle of a.o").hex() +
                   "\",\"milliseconds\":[0-9]+\\.[0-9][0-9][0-9],\"stages\":\\["
                   "\\{\"stage\":\"bundle\",\"outcome\":\"ran\",\"milliseconds\":1.234,"
                   "\"reason\":\"object 1 \\(a.o\\) changed\"\\},"
                   "\\{\"stage\":\"layout-a\",\"outcome\":\"shared\",\"milliseconds\":0.070,"
                   "\"reason\":\"\"\\}\\],\"diagnostics\":\\[\\]\\}\n"));
}

TEST_F(CommandTest, JsonListsTheErrors) {
  EXPECT_EQ(run({"build", "--json", "-o", "out.o", "--define", "FAIL=3", "a.o"}),
            ExitCode::build_failed);
  EXPECT_THAT(out_, StartsWith("{\"output\":\"out.o\",\"stages\":[{\"stage\":\"bundle\""));
  EXPECT_THAT(out_,
              EndsWith("],\"diagnostics\":["
                       "{\"severity\":\"error\",\"file\":\"a.c\",\"line\":31,\"object\":\"a.o\","
                       "\"symbol\":\"v\",\"section\":\".data.rel.ro\",\"offset\":8,"
                       "\"relocation\":\"R_386_32\",\"target\":\"f\","
                       "\"message\":\"variable 'v' needs the absolute address of 'f'\","
                       "\"hint\":\"store offsets\",\"similar\":2},"
                       "{\"severity\":\"error\",\"message\":\"the link failed\"}]}\n"));
  EXPECT_EQ(err_, printed_failure);
}

TEST_F(CommandTest, AFailureWritesNothing) {
  daemon_.space.write("here/out.o", "old");
  EXPECT_EQ(run({"build", "-o", "out.o", "--depfile", "d", "--define", "FAIL=2", "a.o"}),
            ExitCode::build_failed);
  EXPECT_EQ(read("out.o"), "old");
  EXPECT_FALSE(has("d"));
}

TEST_F(CommandTest, EachKindOfFailureHasItsCode) {
  const std::pair<const char*, ExitCode> kinds[] = {{"FAIL=0", ExitCode::internal},
                                                    {"FAIL=1", ExitCode::usage},
                                                    {"FAIL=2", ExitCode::build_failed},
                                                    {"FAIL=3", ExitCode::build_failed}};
  for (const auto& [kind, code] : kinds) {
    EXPECT_EQ(run({"build", "-o", "out.o", "--define", kind, "a.o"}), code) << kind;
  }
  EXPECT_EQ(daemon_.starts(), "daemon\n");
}

TEST_F(CommandTest, APrivateDaemonTriesWhatTheDaemonCannot) {
  EXPECT_EQ(run({"build", "-o", "out.o", "--define", "FAIL=4", "a.o"}), ExitCode::build_failed);
  EXPECT_EQ(daemon_.starts(), "daemon\nprivate\n");
  EXPECT_THAT(err_, AllOf(StartsWith("cbundle: note: the daemon at "), EndsWith(printed_failure)));
}

TEST_F(CommandTest, WarningsArePrinted) {
  EXPECT_EQ(run({"build", "-o", "out.o", "--define", "WARN", "--define", "CACHE_WARNING", "a.o"}),
            ExitCode::done);
  EXPECT_EQ(err_,
            "cbundle: warning: the cache is full\n"
            "cbundle: warning: odd\ncbundle: warning: very odd\n");
}

TEST_F(CommandTest, JsonListsWarningsEvenIfQuiet) {
  EXPECT_EQ(run({"build", "-q", "--json", "-o", "out.o", "--define", "WARN", "a.o"}),
            ExitCode::done);
  EXPECT_THAT(out_, EndsWith("\"diagnostics\":[{\"severity\":\"warning\",\"message\":\"odd\"},"
                             "{\"severity\":\"warning\",\"message\":\"very odd\"}]}\n"));
}

TEST_F(CommandTest, QuietPrintsNoWarnings) {
  EXPECT_EQ(
      run({"build", "-q", "-o", "out.o", "--define", "WARN", "--define", "CACHE_WARNING", "a.o"}),
      ExitCode::done);
  EXPECT_EQ(err_, "");
}

TEST_F(CommandTest, AnImageHasADescription) {
  EXPECT_EQ(run({"build", "--emit", "image", "-o", "out.bin", "--define", "WARN", "--json", "a.o"}),
            ExitCode::done);
  EXPECT_EQ(read("out.bin"), "bundle of a.o");
  EXPECT_EQ(read("out.bin.json"), "{}\n");
  EXPECT_THAT(out_, HasSubstr(Digest::of("bundle of a.o").hex()));
  EXPECT_EQ(err_, "cbundle: warning: odd\ncbundle: warning: very odd\n");  // once
}

TEST_F(CommandTest, TheDepfileListsTheInputs) {
  EXPECT_EQ(run({"build", "-o", "out.o", "--depfile", "out.d", "a.o", "b.o"}), ExitCode::done);
  EXPECT_EQ(read("out.d"), "out.o: \\\n  a.o \\\n  b.o\n\na.o:\n\nb.o:\n");
}

TEST_F(CommandTest, AnOutputThatCannotBeWrittenIsNamed) {
  EXPECT_EQ(run({"build", "-o", "none/out.o", "a.o"}), ExitCode::build_failed);
  EXPECT_THAT(err_, StartsWith("cbundle: error: cannot write none/out.o: No such file"));
  EXPECT_EQ(daemon_.starts(), "daemon\n");
}

TEST_F(CommandTest, BytesThatDoNotMatchTheDigestAreNotWritten) {
  for (const std::string chunks : {"X", "CHUNKS=3"}) {
    EXPECT_EQ(run({"build", "-o", "out.o", "--define", "BAD_DIGEST", "--define", chunks, "a.o"}),
              ExitCode::internal);
    EXPECT_THAT(err_, HasSubstr("or the digest differs; nothing is written"));
    EXPECT_FALSE(has("out.o"));
  }
}

TEST_F(CommandTest, AfterAMalformedResponseAPrivateDaemonIsAsked) {
  for (const std::string nonsense : {"NONSENSE", "NO_END"}) {
    // The private daemon answers the same; what counts is that it was asked.
    EXPECT_EQ(run({"build", "-o", "out.o", "--define", nonsense, "a.o"}), ExitCode::internal);
    EXPECT_THAT(err_, HasSubstr("malformed response"));
  }
  EXPECT_EQ(daemon_.starts(), "daemon\nprivate\nprivate\n");
}

TEST_F(CommandTest, InvalidUsageStartsNothing) {
  EXPECT_EQ(run({"build", "a.o"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("-o FILE"));
  EXPECT_EQ(run({"build", "--improt", "x", "-o", "out.o", "a.o"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("did you mean '--import'?"));
  EXPECT_EQ(run({"biuld"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("did you mean 'build'?"));
  EXPECT_EQ(run({}), ExitCode::usage);
  EXPECT_EQ(run({"stop", "now"}), ExitCode::usage);
  daemon_.space.set("CBUNDLE_DAEMON", "requierd");
  EXPECT_EQ(run({"build", "-o", "out.o", "a.o"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("did you mean 'required'?"));
  EXPECT_EQ(daemon_.starts(), "");
}

TEST_F(CommandTest, AFailureToPrintIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  const int former = ::dup(STDOUT_FILENO);
  ASSERT_EQ(::dup2(full, STDOUT_FILENO), STDOUT_FILENO);
  std::vector<std::string> arguments{"build", "--json", "-o", "out.o", "a.o"};
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  testing::internal::CaptureStderr();
  const ExitCode code = cbundle::run(pointers);
  err_ = testing::internal::GetCapturedStderr();
  ::dup2(former, STDOUT_FILENO);
  ::close(former);
  ::close(full);
  EXPECT_EQ(code, ExitCode::build_failed);
  EXPECT_THAT(err_, HasSubstr("cannot write to standard output: No space left"));
}

TEST_F(CommandTest, AnInterruptedBuildLeavesNothingBehind) {
  const int watch = ::inotify_init1(IN_CLOEXEC);
  ASSERT_GE(::inotify_add_watch(watch, daemon_.space.path("here").c_str(), IN_MODIFY), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<std::string> arguments{"build", "-q", "-o", "out.o", "--define", "STALL", "a.o"};
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    ::_exit(static_cast<int>(cbundle::run(pointers)));
  }
  alignas(inotify_event) char event[512];
  ASSERT_GT(::read(watch, event, sizeof event), 0);  // the temporary file has got its chunk
  ASSERT_EQ(::kill(child, SIGTERM), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(watch);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_TRUE(std::filesystem::is_empty(daemon_.space.path("here")));
}

TEST_F(CommandTest, StatsAreReadableByPeopleAndPrograms) {
  EXPECT_EQ(run({"stats", "--json"}), ExitCode::done);
  EXPECT_THAT(out_, MatchesRegex("\\{\"entries\":3,\"blobs\":2,\"bytes\":2048,"
                                 "\"max_bytes\":5368709120,\"since\":0,\"private_runs\":[0-9]+,"
                                 "\"counters\":\\{\"builds\":9,\"hits\":7\\}\\}\n"));
  EXPECT_EQ(run({"stats"}), ExitCode::done);
  EXPECT_THAT(out_, HasSubstr("2.0 KiB of 5.0 GiB"));
  EXPECT_THAT(out_, HasSubstr(daemon_.space.path("cache")));
  EXPECT_EQ(daemon_.starts(), "private\nprivate\n");
}

TEST_F(CommandTest, AnExplanationIsForPeopleAndPrograms) {
  EXPECT_EQ(run({"explain", "out.o"}), ExitCode::done);
  EXPECT_THAT(out_, HasSubstr("out.o was built at "));
  EXPECT_THAT(out_, HasSubstr(" in 1.500 ms:\n  partial    ran       1.234 ms  b.o changed\n"));
  EXPECT_THAT(out_, HasSubstr("Changed since the build before, at "));
  EXPECT_THAT(out_, HasSubstr(":\n  b.o: function 'f' is new\nNo input has changed since then.\n"));
  EXPECT_EQ(run({"explain", "--json", "out.o"}), ExitCode::done);
  EXPECT_THAT(out_, StartsWith("{\"output\":\"out.o\",\"build\":{\"ended\":100,"
                               "\"milliseconds\":1.500,"));
  EXPECT_THAT(out_, HasSubstr("\"changes\":[{\"kind\":\"symbol\",\"how\":\"new\",\"file\":\"b.o\","
                              "\"line\":0,\"name\":\"f\",\"was\":\"\",\"is\":\"\",\"more\":0,"
                              "\"text\":\"b.o: function 'f' is new\"}],\"since\":[]"));
}

TEST_F(CommandTest, AnOutputThatIsNotKnownIsAnError) {
  EXPECT_EQ(run({"explain", "other.o"}), ExitCode::build_failed);
  EXPECT_THAT(err_, HasSubstr("no build of other.o is known"));
  EXPECT_EQ(run({"explain"}), ExitCode::usage);
  EXPECT_EQ(run({"explain", "a.o", "b.o"}), ExitCode::usage);
}

TEST_F(CommandTest, VerifyAndClearTellWhatTheyDid) {
  EXPECT_EQ(run({"verify"}), ExitCode::build_failed);
  EXPECT_EQ(out_, "checked 1,000 entries: 2 were damaged, and dropped\n");
  EXPECT_EQ(run({"verify", "--json"}), ExitCode::build_failed);
  EXPECT_EQ(out_, "{\"checked\":1000,\"dropped\":2}\n");
  EXPECT_EQ(run({"clear"}), ExitCode::done);
  EXPECT_EQ(out_, "removed 1,234 entries, freed 2.0 KiB\n");
}

TEST_F(CommandTest, TheDefaultScriptIsPrintedForEitherMode) {
  EXPECT_EQ(run({"script", "--default"}), ExitCode::done);
  EXPECT_THAT(out_, AllOf(HasSubstr("*(.text .text.*)"), HasSubstr("*(.rodata .rodata.*)"),
                          Not(HasSubstr("*(.data .data.*"))));
  EXPECT_EQ(run({"script", "--default", "--mode", "selfreloc"}), ExitCode::done);
  EXPECT_THAT(out_, AllOf(HasSubstr("*(.data .data.*"), HasSubstr("*(COMMON)")));
  EXPECT_EQ(daemon_.starts(), "");
}

TEST_F(CommandTest, ScriptNeedsDefault) {
  EXPECT_EQ(run({"script"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("cbundle script --default prints the built-in template"));
  EXPECT_EQ(run({"script", "--default", "--mode", "pci"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("pci"));
}

TEST_F(CommandTest, TrimTakesASize) {
  EXPECT_EQ(run({"trim", "--max-size", "2M"}), ExitCode::done);
  EXPECT_EQ(out_, "freed 2.0 MiB\n");
  EXPECT_EQ(run({"trim"}), ExitCode::done);
  EXPECT_EQ(out_, "freed 1 byte\n");
  EXPECT_EQ(run({"trim", "--max-size", "lots"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("--max-size: invalid size 'lots' (use a number with K, M, G or T)"));
}

TEST_F(CommandTest, StatusPrintsWhetherADaemonRuns) {
  EXPECT_EQ(run({"status"}), ExitCode::no_daemon);
  EXPECT_EQ(out_, "no daemon is running at " + daemon_.space.path("run/daemon.sock") + "\n");
  ASSERT_EQ(run({"build", "-o", "out.o", "a.o"}), ExitCode::done);
  EXPECT_EQ(run({"status"}), ExitCode::done);
  EXPECT_THAT(out_, AllOf(HasSubstr("0.0.1 (this client is " CBUNDLE_VERSION ")"),
                          HasSubstr("builds now  4"), HasSubstr("jobs      2  (environment)")));
}

TEST_F(CommandTest, StopWaitsUntilTheDaemonHasExited) {
  ASSERT_EQ(run({"build", "-o", "out.o", "a.o"}), ExitCode::done);
  EXPECT_EQ(run({"stop"}), ExitCode::done);
  EXPECT_THAT(out_, HasSubstr("has stopped"));
  EXPECT_EQ(run({"status"}), ExitCode::no_daemon);
  EXPECT_EQ(run({"stop"}), ExitCode::done);
  EXPECT_THAT(out_, StartsWith("no daemon is running"));
}

TEST_F(CommandTest, HelpAndVersionGoToStandardOutput) {
  for (const char* version : {"version", "--version", "-V"}) {
    EXPECT_EQ(run({version}), ExitCode::done);
    EXPECT_EQ(out_, "cbundle " CBUNDLE_VERSION "\n") << version;
    EXPECT_EQ(run({"help", version}), ExitCode::done);
    EXPECT_THAT(out_, HasSubstr("cbundle version")) << version;
  }
  for (const char* help : {"help", "--help", "-h"}) {
    EXPECT_EQ(run({"help", help}), ExitCode::done);
    EXPECT_THAT(out_, HasSubstr("cbundle trim")) << help;
    EXPECT_EQ(run({help}), ExitCode::done);
    EXPECT_THAT(out_, AllOf(HasSubstr("cbundle trim"), HasSubstr("CBUNDLE_DAEMON"))) << help;
    EXPECT_EQ(run({help, "build"}), ExitCode::done);
    EXPECT_THAT(out_, HasSubstr("--if-changed")) << help;
    EXPECT_EQ(run({"build", "-h"}), ExitCode::done);
    EXPECT_THAT(out_, HasSubstr("--if-changed"));
  }
  EXPECT_EQ(err_, "");
}

TEST_F(CommandTest, HelpIsOfOneCommandThatExists) {
  EXPECT_EQ(run({"help", "biuld"}), ExitCode::usage);
  EXPECT_THAT(err_, AllOf(HasSubstr("unknown command 'biuld'"), HasSubstr("build")));
  EXPECT_EQ(run({"help", "build", "trim"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("unexpected argument 'trim'"));
}

// CBUNDLE_MAX_SIZE=0 is no limit; a trim to 0 removed everything.
TEST_F(CommandTest, TrimRefusesZero) {
  EXPECT_EQ(run({"trim", "--max-size", "0"}), ExitCode::usage);
  EXPECT_THAT(err_, AllOf(HasSubstr("0 is no limit"), HasSubstr("cbundle clear")));
}

}  // namespace
}  // namespace cbundle

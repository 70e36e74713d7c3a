// The daemon's options, and the sources of its settings.
#include "daemon/command_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

Result<CommandLine> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "cbundled");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::string error_of(std::vector<const char*> arguments) {
  const Result<CommandLine> result = parse(std::move(arguments));
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, ErrorKind::bad_request);
  return result.error().text();
}

TEST(CommandLineTest, EverySettingIsAFlag) {
  const auto result = parse({"--cache-dir", "/c",
                             "--socket=/s", "--max-size",
                             "1G",          "--jobs",
                             "2",           "--idle-exit",
                             "3",           "--cache",
                             "false",       "--remote",
                             "unix:/r",     "--remote-mode",
                             "read-only",   "--remote-deadline",
                             "4",           "--remote-ca",
                             "/1",          "--remote-certificate",
                             "/2",          "--remote-key",
                             "/3",          "--remote-token",
                             "/4"});
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result.value().settings, (SettingTexts{{"cache_dir", "/c"},
                                                   {"socket", "/s"},
                                                   {"max_size", "1G"},
                                                   {"jobs", "2"},
                                                   {"idle_exit", "3"},
                                                   {"cache", "false"},
                                                   {"remote", "unix:/r"},
                                                   {"remote_mode", "read-only"},
                                                   {"remote_deadline", "4"},
                                                   {"remote_ca", "/1"},
                                                   {"remote_certificate", "/2"},
                                                   {"remote_key", "/3"},
                                                   {"remote_token", "/4"}}));
  EXPECT_EQ(result.value().settings.size(), std::tuple_size_v<decltype(settings)>);
}

TEST(CommandLineTest, NoCacheAndPrivateDaemon) {
  const auto result = parse({"--private", "--no-cache"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.value().private_daemon);
  EXPECT_EQ(result.value().settings, (SettingTexts{{"cache", "false"}}));
  EXPECT_FALSE(result.value().ready_fd.has_value());
}

TEST(CommandLineTest, TheLastOfTwoEqualFlagsCounts) {
  const auto result = parse({"--jobs", "1", "--jobs", "2"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result.value().settings, (SettingTexts{{"jobs", "2"}}));
}

TEST(CommandLineTest, HelpAndVersionAreToBePrinted) {
  EXPECT_EQ(parse({"--version"}).value().print, "cbundled " CBUNDLE_VERSION "\n");
  const std::string help = parse({"--help"}).value().print;
  for (const char* word : {"--cache-dir DIR", "--max-size SIZE", "[5G]", "--private"}) {
    EXPECT_NE(help.find(word), help.npos) << word;
  }
}

TEST(CommandLineTest, ErrorsNameTheArgumentAndTheNearestOption) {
  EXPECT_EQ(error_of({"--max-sise=3"}),
            "unknown option '--max-sise'\n  did you mean '--max-size'?");
  EXPECT_EQ(error_of({"--frobnicate"}), "unknown option '--frobnicate'\n  see 'cbundled --help'");
  EXPECT_EQ(error_of({"build"}), "unexpected argument 'build'");
  EXPECT_EQ(error_of({"--ready-fd", "2"}), "--ready-fd: 2 is not an open descriptor");
  EXPECT_NE(error_of({"--jobs"}).find("--jobs"), std::string::npos);
}

Configured configured(const SettingTexts& flags, const SettingTexts& environment) {
  CommandLine command_line;
  command_line.settings = flags;
  const auto result = configure(command_line, environment, 1000);
  if (result) return result.value();
  ADD_FAILURE() << result.error().text();
  return {};
}

TEST(CommandLineTest, WithoutSettingsTheDefaultPathsAreUsed) {
  const auto [config, origins] = configured({}, {{"HOME", "/h/u"}});
  EXPECT_EQ(config.cache_dir, "/h/u/.cache/cbundle");
  EXPECT_EQ(config.socket, "/tmp/cbundle-1000/daemon.sock");
  EXPECT_EQ(origins.at("cache_dir"), SettingOrigin::built_in);
}

TEST(CommandLineTest, ACacheDirectoryHasTheSameSocketGivenByFlagOrVariable) {
  const auto by_flag = configured({{"cache_dir", "/c"}}, {{"HOME", "/h/u"}});
  const auto by_variable = configured({}, {{"HOME", "/h/u"}, {"CBUNDLE_CACHE_DIR", "/c"}});
  EXPECT_EQ(by_flag.config.socket, by_variable.config.socket);
  EXPECT_NE(by_flag.config.socket, "/tmp/cbundle-1000/daemon.sock");
  EXPECT_EQ(by_flag.origins.at("cache_dir"), SettingOrigin::flag);
  EXPECT_EQ(by_variable.origins.at("cache_dir"), SettingOrigin::environment);
}

TEST(CommandLineTest, TheErrorForARelativePathNamesItsVariable) {
  const auto result = configure(CommandLine(), SettingTexts{{"CBUNDLE_CACHE_DIR", "here"}}, 1000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text(),
            "CBUNDLE_CACHE_DIR: invalid value 'here' (use an absolute path)");
}

TEST(CommandLineTest, TheEnvironmentIsRead) {
  ASSERT_EQ(::setenv("CBUNDLE_TEST_WORD", "a=b", 1), 0);
  EXPECT_EQ(variables().at("CBUNDLE_TEST_WORD"), "a=b");
  ::unsetenv("CBUNDLE_TEST_WORD");
}

}  // namespace
}  // namespace cbundle

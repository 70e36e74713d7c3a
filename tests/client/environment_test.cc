// The variables: valid values, and the errors for others.
#include "client/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace cbundle {
namespace {

using testing::HasSubstr;

Result<Environment> read(const std::map<std::string, std::string>& variables) {
  const auto variable = [&](const char* name) -> std::string_view {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : found->second;
  };
  return environment_of(variable, 1000);
}

std::string error_for(const std::map<std::string, std::string>& variables) {
  auto environment = read(variables);
  if (environment) return {};
  EXPECT_EQ(environment.error().kind, ErrorKind::bad_request);
  return environment.error().text();
}

TEST(EnvironmentTest, WithoutVariablesTheDefaultsApply) {
  auto environment = read({});
  ASSERT_TRUE(environment);
  EXPECT_EQ(environment.value().daemon, DaemonUse::automatic);
  EXPECT_FALSE(environment.value().disabled);
  EXPECT_EQ(environment.value().program, "");
}

TEST(EnvironmentTest, DaemonUseHasThreeValues) {
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "auto"}}).value().daemon, DaemonUse::automatic);
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "required"}}).value().daemon, DaemonUse::required);
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "never"}}).value().daemon, DaemonUse::never);
  EXPECT_EQ(error_for({{"CBUNDLE_DAEMON", "nevr"}}),
            "CBUNDLE_DAEMON: invalid value 'nevr' (use auto, required or never)\n"
            "  did you mean 'never'?");
}

TEST(EnvironmentTest, DisableIsYesOrNo) {
  EXPECT_TRUE(read({{"CBUNDLE_DISABLE", "1"}}).value().disabled);
  EXPECT_FALSE(read({{"CBUNDLE_DISABLE", "0"}}).value().disabled);
  EXPECT_FALSE(read({{"CBUNDLE_DISABLE", ""}}).value().disabled);
  EXPECT_THAT(error_for({{"CBUNDLE_DISABLE", "yes"}}),
              HasSubstr("invalid value 'yes' (use 1 for yes"));
}

TEST(EnvironmentTest, PathsMustBeUsable) {
  EXPECT_THAT(error_for({{"CBUNDLE_CACHE_DIR", "cache"}}),
              HasSubstr("CBUNDLE_CACHE_DIR: invalid value 'cache' (use an absolute path)"));
  EXPECT_THAT(error_for({{"CBUNDLE_SOCKET", "s.sock"}}), HasSubstr("must be absolute"));
  EXPECT_THAT(error_for({{"CBUNDLE_SOCKET", "/" + std::string(107, 's')}}),
              HasSubstr("108 bytes, more than the limit of 107"));
  EXPECT_EQ(error_for({{"CBUNDLE_SOCKET", "/" + std::string(106, 's')}}), "");
}

TEST(EnvironmentTest, TheProgramMayBeNamed) {
  EXPECT_EQ(read({{"CBUNDLED", "/opt/cbundled"}}).value().program, "/opt/cbundled");
}

TEST(EnvironmentTest, AMisspeltOrMalformedSettingIsNamedWithTheRightOne) {
  const auto error = [](const char* variable) {
    const char* const variables[] = {"HOME=/me", variable, nullptr};
    const Result<void> checked = check_variables(variables);
    return checked ? std::string() : checked.error().text();
  };
  EXPECT_EQ(error("CBUNDLE_MAX_SIZE=5G"), "");
  EXPECT_EQ(error("CBUNDLE_DAEMON=never"), "");
  EXPECT_EQ(error("CBUNDLE_BIN=/far/from/any"), "");
  EXPECT_EQ(error("CBUNDLE_MAXSIZE=5G"),
            "unknown setting CBUNDLE_MAXSIZE\n  did you mean CBUNDLE_MAX_SIZE?");
  EXPECT_EQ(error("CBUNDLE_SOCKT=/s"),
            "unknown setting CBUNDLE_SOCKT\n  did you mean CBUNDLE_SOCKET?");
  EXPECT_EQ(error("CBUNDLE_DEAMON=never"),
            "unknown setting CBUNDLE_DEAMON\n  did you mean CBUNDLE_DAEMON?");
  EXPECT_THAT(error("CBUNDLE_MAX_SIZE=5X"), HasSubstr("CBUNDLE_MAX_SIZE: invalid size '5X'"));
  EXPECT_THAT(error("CBUNDLE_JOBS=many"), HasSubstr("CBUNDLE_JOBS: invalid value 'many'"));
}

}  // namespace
}  // namespace cbundle

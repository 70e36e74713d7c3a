// The variables: what they may be, and what is said where they are not.
#include "client/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace cbundle {
namespace {

using testing::HasSubstr;

Expected<Environment> read(const std::map<std::string, std::string>& variables) {
  const auto variable = [&](const char* name) -> std::string_view {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : found->second;
  };
  return environment_of(variable, 1000);
}

std::string trouble_with(const std::map<std::string, std::string>& variables) {
  auto environment = read(variables);
  if (environment) return {};
  EXPECT_EQ(environment.failure().code, ExitCode::usage);
  return environment.failure().message;
}

TEST(EnvironmentTest, AnEmptyOneHasTheDefaults) {
  auto environment = read({});
  ASSERT_TRUE(environment);
  EXPECT_EQ(environment->daemon, DaemonUse::automatic);
  EXPECT_FALSE(environment->disabled);
  EXPECT_EQ(environment->program, "");
}

TEST(EnvironmentTest, TheDaemonsUseHasThreeWords) {
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "auto"}})->daemon, DaemonUse::automatic);
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "required"}})->daemon, DaemonUse::required);
  EXPECT_EQ(read({{"CBUNDLE_DAEMON", "never"}})->daemon, DaemonUse::never);
  EXPECT_EQ(trouble_with({{"CBUNDLE_DAEMON", "nevr"}}),
            "CBUNDLE_DAEMON is \"nevr\"; did you mean never?\n  it may be auto, required or never");
}

TEST(EnvironmentTest, DisablingIsYesOrNo) {
  EXPECT_TRUE(read({{"CBUNDLE_DISABLE", "1"}})->disabled);
  EXPECT_FALSE(read({{"CBUNDLE_DISABLE", "0"}})->disabled);
  EXPECT_FALSE(read({{"CBUNDLE_DISABLE", ""}})->disabled);
  EXPECT_THAT(trouble_with({{"CBUNDLE_DISABLE", "yes"}}), HasSubstr("it may be 1"));
}

TEST(EnvironmentTest, PlacesMustBeUsable) {
  EXPECT_THAT(trouble_with({{"CBUNDLE_CACHE_DIR", "cache"}}),
              HasSubstr("CBUNDLE_CACHE_DIR must be"));
  EXPECT_THAT(trouble_with({{"CBUNDLE_SOCKET", "s.sock"}}), HasSubstr("must be absolute"));
  EXPECT_THAT(trouble_with({{"CBUNDLE_SOCKET", "/" + std::string(107, 's')}}),
              HasSubstr("108 bytes, and Unix allows 107"));
  EXPECT_EQ(trouble_with({{"CBUNDLE_SOCKET", "/" + std::string(106, 's')}}), "");
}

TEST(EnvironmentTest, TheProgramMayBeNamed) {
  EXPECT_EQ(read({{"CBUNDLED", "/opt/cbundled"}})->program, "/opt/cbundled");
}

}  // namespace
}  // namespace cbundle

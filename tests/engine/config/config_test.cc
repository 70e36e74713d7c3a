// Settings: which layer wins, what is refused, and with which words.
#include "engine/config/config.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace cbundle {
namespace {

Result<Configured> configured(std::vector<Layer> layers) { return configure(layers); }

std::string refusal_of(SettingOrigin origin, const std::string& name, const std::string& text) {
  const Result<Configured> result = configured({{origin, {{name, text}}}});
  if (result) return "accepted";
  EXPECT_EQ(result.error().kind, ErrorKind::bad_request);
  return result.error().text();
}

TEST(ConfigTest, AFlagBeatsTheEnvironmentBeatsTheBuiltIn) {
  const auto result = configured({{SettingOrigin::built_in, {{"jobs", "1"}, {"socket", "/run/a"}}},
                                  {SettingOrigin::environment, {{"jobs", "2"}, {"idle_exit", "7"}}},
                                  {SettingOrigin::flag, {{"jobs", "3"}}}});
  ASSERT_TRUE(result) << result.error().text();
  const auto& [config, origins] = result.value();
  EXPECT_EQ(config.jobs, 3U);
  EXPECT_EQ(config.idle_exit, 7U);
  EXPECT_EQ(config.socket, "/run/a");
  EXPECT_EQ(origins.at("jobs"), SettingOrigin::flag);
  EXPECT_EQ(origins.at("idle_exit"), SettingOrigin::environment);
  EXPECT_EQ(origins.at("socket"), SettingOrigin::built_in);
}

TEST(ConfigTest, EverySettingHasAnOriginAndATextThatReadsBack) {
  const auto defaults = configured({});
  ASSERT_TRUE(defaults);
  Layer spoken{SettingOrigin::flag, {}};
  for (const auto& [name, origin] : defaults.value().origins) {
    EXPECT_EQ(origin, SettingOrigin::built_in) << name;
    spoken.texts[name] = text_of(defaults.value().config, name);
  }
  EXPECT_EQ(spoken.texts.size(), std::tuple_size_v<decltype(settings)>);
  spoken.texts["cache_dir"] = "/var/cache/x";
  spoken.texts["socket"] = "/run/x";
  spoken.texts["max_size"] = "1536M";
  spoken.texts["cache"] = "false";
  const auto again = configured({spoken});
  ASSERT_TRUE(again) << again.error().text();
  for (const auto& [name, text] : spoken.texts) {
    EXPECT_EQ(text_of(again.value().config, name), text) << name;
  }
}

TEST(ConfigTest, AnUnknownSettingNamesTheNearestAsItWasWritten) {
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "max_sise", "1"),
            "there is no setting --max-sise; did you mean --max-size?");
  EXPECT_EQ(refusal_of(SettingOrigin::environment, "jbos", "1"),
            "there is no setting CBUNDLE_JBOS; did you mean CBUNDLE_JOBS?");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "colour", "1"), "there is no setting --colour");
}

TEST(ConfigTest, AWrongValueSaysWhatIsWanted) {
  EXPECT_EQ(refusal_of(SettingOrigin::environment, "jobs", "many"),
            "CBUNDLE_JOBS: want a whole number, not 'many'");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "jobs", "4x"), "--jobs: want a whole number, not '4x'");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "idle_exit", "-1"),
            "--idle-exit: want a whole number, not '-1'");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "cache", "yes"),
            "--cache: want true or false, not 'yes'");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "cache_dir", "here"),
            "--cache-dir: want an absolute path, not 'here'");
  EXPECT_EQ(refusal_of(SettingOrigin::flag, "max_size", "5X"),
            "--max-size: want a size such as 500M or 5G, not '5X'");
}

TEST(ConfigTest, OfTheEnvironmentOnlySettingsAndTheirMisspellingsCount) {
  const Layer layer = layer_of_environment({{"CBUNDLE_CACHE_DIR", "/c"},
                                            {"CBUNDLE_MAXSIZE", "1G"},
                                            {"CBUNDLE_JOBS", ""},
                                            {"CBUNDLE_DAEMON", "never"},
                                            {"CBUNDLE_DISABLE", "1"},
                                            {"CBUNDLED", "/usr/bin/cbundled"},
                                            {"SOCKET", "/s"}});
  EXPECT_EQ(layer.origin, SettingOrigin::environment);
  EXPECT_EQ(layer.texts, (SettingTexts{{"cache_dir", "/c"}, {"maxsize", "1G"}}));
}

TEST(ConfigTest, SizesAreBytesOrPowersOf1024) {
  const std::array<std::pair<std::string_view, std::uint64_t>, 6> sizes{{{"0", 0},
                                                                         {"1000", 1000},
                                                                         {"2K", 2048},
                                                                         {"3m", 3U << 20},
                                                                         {"5G", 5ULL << 30},
                                                                         {"1T", 1ULL << 40}}};
  for (const auto& [text, bytes] : sizes) {
    const auto size = parse_size(text);
    ASSERT_TRUE(size) << text;
    EXPECT_EQ(size.value(), bytes) << text;
  }
  for (const std::string_view text : {"", "G", "5GB", "-5", "1.5G", "99999999999G", " 5"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(ConfigTest, NamesBecomeVariablesAndFlags) {
  EXPECT_EQ(variable_of("cache_dir"), "CBUNDLE_CACHE_DIR");
  EXPECT_EQ(flag_of("cache_dir"), "--cache-dir");
}

}  // namespace
}  // namespace cbundle

// Settings: which layer wins, and which values are invalid.
#include "engine/config/config.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

Result<Configured> configured(std::vector<Layer> layers) { return configure(layers); }

std::string error_for(SettingOrigin origin, const std::string& name, const std::string& text) {
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
  Layer layer{SettingOrigin::flag, {}};
  for (const auto& [name, origin] : defaults.value().origins) {
    EXPECT_EQ(origin, SettingOrigin::built_in) << name;
    layer.texts[name] = text_of(defaults.value().config, name);
  }
  EXPECT_EQ(layer.texts.size(), std::tuple_size_v<decltype(settings)>);
  layer.texts["cache_dir"] = "/var/cache/x";
  layer.texts["socket"] = "/run/x";
  layer.texts["max_size"] = "1536M";
  layer.texts["cache"] = "false";
  layer.texts["remote"] = "grpcs://cache:8980/main/x";
  layer.texts["remote_mode"] = "read-only";
  for (const char* const file : {"remote_ca", "remote_certificate", "remote_key", "remote_token"}) {
    layer.texts[file] = "/etc/cbundle/file";
  }
  const auto again = configured({layer});
  ASSERT_TRUE(again) << again.error().text();
  for (const auto& [name, text] : layer.texts) {
    EXPECT_EQ(text_of(again.value().config, name), text) << name;
  }
}

TEST(ConfigTest, TheRemotesAddressHasTargetInstanceAndTls) {
  const auto remote_of = [](const std::string& url) {
    const auto result = configured({{SettingOrigin::flag, {{"remote", url}}}});
    return result ? result.value().config.remote : RemoteAddress{"refused", {}, {}, false};
  };
  EXPECT_EQ(remote_of("grpc://cache:8980").target, "cache:8980");
  EXPECT_EQ(remote_of("grpc://cache:8980").instance, "");
  EXPECT_FALSE(remote_of("grpc://cache:8980").has_tls);
  EXPECT_EQ(remote_of("grpcs://[::1]:443/pull/requests").target, "[::1]:443");
  EXPECT_EQ(remote_of("grpcs://[::1]:443/pull/requests").instance, "pull/requests");
  EXPECT_TRUE(remote_of("grpcs://[::1]:443/pull/requests").has_tls);
  EXPECT_EQ(remote_of("unix:/run/cache.sock").target, "unix:/run/cache.sock");
  EXPECT_EQ(remote_of("").text, "");
  for (const char* const url :
       {"cache:8980", "http://cache:8980", "grpc://cache", "grpc://:1", "grpc://cache:0",
        "grpc://cache:65536", "grpc://cache:x", "grpc://user:secret@cache:1", "unix:relative",
        "grpc:///main", "grpc://cache:1/main/", "grpc://cache:1/a//b", "grpc://cache:1/a/blobs",
        "grpc://cache:1/uploads/a"}) {
    EXPECT_EQ(remote_of(url).text, "refused") << url;
  }
}

TEST(ConfigTest, AnUnknownSettingNamesTheNearestAsItWasWritten) {
  EXPECT_EQ(error_for(SettingOrigin::flag, "max_sise", "1"),
            "unknown setting --max-sise\n  did you mean --max-size?");
  EXPECT_EQ(error_for(SettingOrigin::environment, "jbos", "1"),
            "unknown setting CBUNDLE_JBOS\n  did you mean CBUNDLE_JOBS?");
  EXPECT_EQ(error_for(SettingOrigin::flag, "colour", "1"), "unknown setting --colour");
}

TEST(ConfigTest, AnInvalidValueNamesTheAllowedOnes) {
  EXPECT_EQ(error_for(SettingOrigin::environment, "jobs", "many"),
            "CBUNDLE_JOBS: invalid value 'many' (use a whole number)");
  EXPECT_EQ(error_for(SettingOrigin::flag, "jobs", "4x"),
            "--jobs: invalid value '4x' (use a whole number)");
  EXPECT_EQ(error_for(SettingOrigin::flag, "idle_exit", "-1"),
            "--idle-exit: invalid value '-1' (use a whole number)");
  EXPECT_EQ(error_for(SettingOrigin::flag, "cache", "yes"),
            "--cache: invalid value 'yes' (use true or false)");
  EXPECT_EQ(error_for(SettingOrigin::flag, "cache_dir", "here"),
            "--cache-dir: invalid value 'here' (use an absolute path)");
  EXPECT_EQ(error_for(SettingOrigin::flag, "max_size", "5X"),
            "--max-size: invalid size '5X' (use a number with K, M, G or T)");
}

TEST(ConfigTest, OnlySettingsAndMisspeltOnesAreReadFromTheEnvironment) {
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

TEST(ConfigTest, NamesBecomeVariablesAndFlags) {
  EXPECT_EQ(variable_of("cache_dir"), "CBUNDLE_CACHE_DIR");
  EXPECT_EQ(flag_of("cache_dir"), "--cache-dir");
}

}  // namespace
}  // namespace cbundle

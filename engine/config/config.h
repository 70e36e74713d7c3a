// The table of settings, from which the variable, the daemon's flag and the help follow.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/base/result.h"

namespace cbundle {

// A number of bytes, written with a suffix: "5G".
struct ByteCount {
  constexpr ByteCount(std::uint64_t value) : bytes(value) {}
  constexpr operator std::uint64_t() const { return bytes; }
  std::uint64_t bytes;
};

// Where a remote cache is: "grpc://host:port/instance", "grpcs://…" for TLS, or "unix:/path".
struct RemoteAddress {
  std::string text;    // empty: there is none
  std::string target;  // as gRPC takes it: "host:port" or "unix:/path"
  std::string instance;
  bool has_tls = false;
};

enum class RemoteMode { read_only, read_write };

struct Config {
  std::filesystem::path cache_dir;  // absolute; where the database lives
  std::filesystem::path socket;     // absolute; at most 107 bytes
  ByteCount max_size = std::uint64_t{5} << 30;
  std::uint64_t jobs = 0;         // 0: one per processor
  std::uint64_t idle_exit = 900;  // seconds; 0: never
  bool cache = true;              // false: store nothing on disk
  RemoteAddress remote;
  RemoteMode remote_mode = RemoteMode::read_write;
  std::uint64_t remote_deadline = 2000;      // milliseconds, for each result
  std::filesystem::path remote_ca;           // absolute; PEM; empty: those of the system
  std::filesystem::path remote_certificate;  // absolute; PEM; with `remote_key`, or empty
  std::filesystem::path remote_key;
  std::filesystem::path remote_token;  // absolute; its first line is a bearer token
};

template <class T>
struct Setting {
  std::string_view name;
  T Config::*field;
  std::string_view value;  // placeholder in help
  std::string_view help;
};
template <class T>
Setting(std::string_view, T Config::*, std::string_view, std::string_view) -> Setting<T>;

inline constexpr std::tuple settings{
    Setting{"cache_dir", &Config::cache_dir, "DIR", "the cache's directory"},
    Setting{"socket", &Config::socket, "PATH", "the Unix socket to serve"},
    Setting{"max_size", &Config::max_size, "SIZE", "evict above this size: 500M, 5G; 0: never"},
    Setting{"jobs", &Config::jobs, "N", "how many tools may run at once; 0: one per processor"},
    Setting{"idle_exit", &Config::idle_exit, "SECONDS",
            "exit after this time without work; 0: never"},
    Setting{"cache", &Config::cache, "true|false", "store results on disk"},
    Setting{"remote", &Config::remote, "URL",
            "a remote cache: grpc://HOST:PORT[/INSTANCE], grpcs://… or unix:/PATH"},
    Setting{"remote_mode", &Config::remote_mode, "read-only|read-write",
            "whether results are sent to the remote cache too"},
    Setting{"remote_deadline", &Config::remote_deadline, "MS",
            "how long to wait for a result from the remote cache"},
    Setting{"remote_ca", &Config::remote_ca, "FILE", "the remote's certificate authority, as PEM"},
    Setting{"remote_certificate", &Config::remote_certificate, "FILE",
            "this machine's certificate for the remote cache, as PEM"},
    Setting{"remote_key", &Config::remote_key, "FILE", "the certificate's private key, as PEM"},
    Setting{"remote_token", &Config::remote_token, "FILE",
            "a file with a bearer token for the remote cache"},
};

enum class SettingOrigin { built_in, environment, flag };
std::string_view name_of(SettingOrigin origin);

using SettingTexts = std::map<std::string, std::string, std::less<>>;  // by setting name
struct Layer {
  SettingOrigin origin;
  SettingTexts texts;
};
struct Configured {
  Config config;
  std::map<std::string, SettingOrigin, std::less<>> origins;  // of each setting
};

// Applies the layers to the defaults, later ones win. Unknown names and invalid values are
// Error{bad_request}, which names the flag or variable and suggests a similar one.
Result<Configured> configure(std::span<const Layer> lowest_priority_first);

// The CBUNDLE_* variables that are settings or misspelt ones; others are ignored. An empty variable
// is one that is not set.
Layer layer_of_environment(const SettingTexts& variables);

// CBUNDLE_CACHE_DIR for cache_dir, and --cache-dir.
std::string variable_of(std::string_view name);
std::string flag_of(std::string_view name);

// The setting's value as text, as configure() would read it back; empty for an unknown name.
std::string text_of(const Config& config, std::string_view name);

}  // namespace cbundle

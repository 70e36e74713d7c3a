// Wire bytes that a version has sent and all later ones must understand:
// tests/daemon/golden/NAME.hex.
//
// A file holds hexadecimal digits, 32 bytes a line. A missing one is written from today's bytes,
// and that test run fails. Where NAME ends with a version, the next version adds a file.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace cbundle {

inline std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
    if (i % 32 == 31 || i + 1 == bytes.size()) hex += '\n';
  }
  return hex;
}

inline std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  std::string pair;
  for (const char c : hex) {
    if (c != '\n') pair += c;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

inline const std::filesystem::path golden_directory =
    std::filesystem::path(CBUNDLE_SOURCE_DIR) / "tests/daemon/golden";

inline std::string read_golden(const std::filesystem::path& path) {
  std::ifstream file(path);
  return bytes_of_hex(std::string(std::istreambuf_iterator<char>(file), {}));
}

// The stored bytes of NAME; `today`: what this version sends.
inline std::string golden(const std::string& name, std::string_view today) {
  const std::filesystem::path path = golden_directory / (name + ".hex");
  if (!std::filesystem::exists(path)) {
    ADD_FAILURE() << path << " was missing and has been written";
    std::ofstream(path) << hex_of(today);
  }
  return read_golden(path);
}

// Of each version that has a NAME_VERSION.hex, the stored bytes.
inline std::map<std::string, std::string> golden_versions(const std::string& name) {
  std::map<std::string, std::string> bytes;
  for (const auto& entry : std::filesystem::directory_iterator(golden_directory)) {
    const std::string stem = entry.path().stem();
    if (!stem.starts_with(name + "_")) continue;
    bytes[stem.substr(name.size() + 1)] = read_golden(entry.path());
  }
  return bytes;
}

}  // namespace cbundle

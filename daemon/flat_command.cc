#include "daemon/flat_command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cbundle {
namespace {

constexpr int answer = 3;

Error usage(std::string message) { return {ErrorKind::bad_request, std::move(message)}; }

// What the words say, before it is known whether it is enough.
struct Given {
  FlatRequest request;
  std::optional<std::uint64_t> gap;
  std::optional<std::uint64_t> text_diff;
};

// As Python reads it: 0x, 0o and 0b are known, and a leading zero means nothing else.
Result<std::uint64_t> number(const std::string& name, std::string_view word) {
  std::string_view digits = word;
  int base = 10;
  constexpr std::pair<std::string_view, int> prefixes[] = {{"0x", 16}, {"0X", 16}, {"0o", 8},
                                                           {"0O", 8},  {"0b", 2},  {"0B", 2}};
  for (const auto& [prefix, its_base] : prefixes) {
    if (!digits.starts_with(prefix)) continue;
    digits.remove_prefix(prefix.size());
    base = its_base;
  }
  std::uint64_t value = 0;
  const auto [end, code] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  const bool is_number = code == std::errc() && end == digits.data() + digits.size();
  // Addresses have 32 bits; nothing then overflows.
  if (is_number && value <= UINT32_MAX) return value;
  return usage(name + " \"" + std::string(word) +
               "\" is no number of 32 bits\n  write it as in the script: 0x10200");
}

// Empty names, as a list in a makefile may have them, are none.
std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

struct FileOption {
  std::string_view name;
  std::filesystem::path FlatRequest::*file;
  bool is_needed;
};

constexpr FileOption file_options[] = {{"--script", &FlatRequest::script, true},
                                       {"--bin1", &FlatRequest::image, true},
                                       {"--bin2", &FlatRequest::other_image, true},
                                       {"--map", &FlatRequest::map, false}};

Result<void> take(std::string_view word, Given& given) {
  const std::string name(word.substr(0, word.find('=')));
  const std::string value(word.substr(std::min(name.size() + 1, word.size())));
  FlatRequest& request = given.request;
  for (const FileOption& option : file_options) {
    if (option.name != name) continue;
    request.*option.file = value;
    return {};
  }
  if (name == "--exports") {
    request.exports = names_in(value);
  } else if (name == "--section-header") {
    request.section_header = value;
  } else if (name == "--gap") {
    given.gap = TRY(number(name, value));
  } else if (name == "--text-diff") {
    given.text_diff = TRY(number(name, value));
  } else if (name == "--verbose") {
    request.wants_positions = true;
  } else {
    return usage("cbundled combine takes no " + name);
  }
  return {};
}

Result<FlatRequest> checked(Given given) {
  FlatRequest& request = given.request;
  for (const FileOption& option : file_options) {
    if (!option.is_needed || !(request.*option.file).empty()) continue;
    return usage(std::string(option.name) + " is missing: it needs FILE");
  }
  if (!request.exports.empty() && request.map.empty()) {
    return usage("--exports needs --map, which tells where they are");
  }
  if (given.gap.has_value() != given.text_diff.has_value()) {
    return usage(std::string(given.gap ? "--gap needs --text-diff" : "--text-diff needs --gap") +
                 "\n  give both, as the script has them; without either they are 0x10200 and "
                 "0x408020");
  }
  if (given.gap) request.shift = LayoutShift{*given.gap, *given.text_diff};
  return std::move(given.request);
}

Result<void> write_answer(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(answer, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Error{ErrorKind::internal, "cannot write to descriptor 3"};
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// Whether anybody reads them does not matter to the result.
void say_positions(const std::vector<std::string>& positions) {
  std::string lines;
  for (const std::string& position : positions) lines += position + '\n';
  std::fputs(lines.c_str(), stderr);
}

Result<void> run(std::span<const char* const> words) {
  const FlatRequest request = TRY(parse_flat_request(words));
  const FlatResult result = TRY(combine_flat(request));
  say_positions(result.positions);
  return write_answer(result.text);
}

}  // namespace

Result<FlatRequest> parse_flat_request(std::span<const char* const> words) {
  Given given;
  for (const char* word : words) TRY(take(word, given));
  return checked(std::move(given));
}

int run_flat_command(std::span<const char* const> words) {
  const Result<void> done = run(words);
  if (done) return 0;
  // With no reader there is nobody to tell.
  static_cast<void>(static_cast<bool>(write_answer(done.error().text())));
  return done.error().kind == ErrorKind::bad_request ? 2 : 1;
}

}  // namespace cbundle

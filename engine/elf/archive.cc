#include "engine/elf/archive.h"

#include <ar.h>

#include <algorithm>
#include <charconv>

namespace cbundle {
namespace {

constexpr std::string_view thin_magic = "!<thin>\n";

std::string_view trimmed(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::size_t number_in(std::string_view text) {
  std::size_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

}  // namespace

bool is_thin_archive(std::string_view file) { return file.starts_with(thin_magic); }

bool is_archive(std::string_view file) { return file.starts_with(ARMAG) || is_thin_archive(file); }

Result<void> for_each_member(std::string_view file, const VisitMember& visit) {
  const bool thin = is_thin_archive(file);
  std::string_view long_names;
  for (std::size_t at = SARMAG; at + sizeof(ar_hdr) <= file.size();) {
    const auto* header = reinterpret_cast<const ar_hdr*>(file.data() + at);
    if (std::string_view(header->ar_fmag, 2) != ARFMAG) {
      return Error{ErrorKind::bad_input, "invalid archive", "create it again with ar"};
    }
    std::string_view name = trimmed({header->ar_name, sizeof header->ar_name});
    const std::size_t size = number_in({header->ar_size, sizeof header->ar_size});
    at += sizeof(ar_hdr);
    const bool is_index = name == "/" || name == "/SYM64/";
    const bool is_names = name == "//";
    const bool has_bytes = !thin || is_index || is_names;
    if (has_bytes && size > file.size() - at) {
      return Error{ErrorKind::bad_input, "truncated archive", "create it again with ar"};
    }
    if (is_names) long_names = file.substr(at, size);
    if (!is_index && !is_names) {
      if (name.starts_with('/')) {
        name = long_names.substr(std::min(number_in(name.substr(1)), long_names.size()));
        name = name.substr(0, name.find('\n'));
      }
      if (name.ends_with('/')) name.remove_suffix(1);
      TRY(visit(name, size, at));
    }
    if (has_bytes) at += size + (size & 1);
  }
  return {};
}

}  // namespace cbundle

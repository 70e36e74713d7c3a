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

namespace {

// A header, and the bytes after it where the archive has them.
struct Entry {
  std::string_view name;  // as the header has it, without blanks at its end
  std::size_t size;       // bytes of the content
  std::size_t at;         // its offset
  std::size_t next;       // offset of the next header

  bool is_index() const { return name == "/" || name == "/SYM64/"; }
  bool is_names() const { return name == "//"; }
};

Result<Entry> entry_at(std::string_view file, std::size_t at) {
  const auto* header = reinterpret_cast<const ar_hdr*>(file.data() + at);
  if (std::string_view(header->ar_fmag, 2) != ARFMAG) {
    return Error{ErrorKind::bad_input, "invalid archive", "create it again with ar"};
  }
  Entry entry{trimmed({header->ar_name, sizeof header->ar_name}),
              number_in({header->ar_size, sizeof header->ar_size}), at + sizeof(ar_hdr),
              at + sizeof(ar_hdr)};
  const bool has_bytes = !is_thin_archive(file) || entry.is_index() || entry.is_names();
  if (!has_bytes) return entry;
  if (entry.size > file.size() - entry.at) {
    return Error{ErrorKind::bad_input, "truncated archive", "create it again with ar"};
  }
  entry.next += entry.size + (entry.size & 1);
  return entry;
}

constexpr std::string_view bsd_name = "#1/";  // the name is in the content's first bytes

}  // namespace

std::string_view tables_of(std::string_view file) {
  std::size_t at = SARMAG;
  while (at + sizeof(ar_hdr) <= file.size()) {
    const Result<Entry> entry = entry_at(file, at);
    if (!entry || !(entry.value().is_index() || entry.value().is_names())) break;
    at = entry.value().next;
  }
  return file.substr(0, std::min(at, file.size()));
}

Result<void> for_each_member(std::string_view file, const VisitMember& visit) {
  std::string_view long_names;
  for (std::size_t at = SARMAG; at + sizeof(ar_hdr) <= file.size();) {
    Entry entry = TRY(entry_at(file, at));
    at = entry.next;
    if (entry.is_names()) long_names = file.substr(entry.at, entry.size);
    if (entry.is_index() || entry.is_names()) continue;
    std::string_view name = entry.name;
    if (name.starts_with(bsd_name)) {
      const std::size_t length = std::min(number_in(name.substr(bsd_name.size())), entry.size);
      name = file.substr(entry.at, length);
      name = name.substr(0, name.find('\0'));
      entry.at += length;
      entry.size -= length;
      if (name.starts_with("__.SYMDEF")) continue;  // BSD's index
    } else if (name.starts_with('/')) {
      name = long_names.substr(std::min(number_in(name.substr(1)), long_names.size()));
      name = name.substr(0, name.find('\n'));
    }
    if (name.ends_with('/')) name.remove_suffix(1);
    TRY(visit(name, entry.size, entry.at));
  }
  return {};
}

}  // namespace cbundle

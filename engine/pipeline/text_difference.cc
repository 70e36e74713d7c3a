#include "engine/pipeline/text_difference.h"

#include <algorithm>

#include "engine/base/text.h"

namespace cbundle {
namespace {

using Lines = std::vector<std::string_view>;

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\f\v";
  const std::size_t start = std::min(line.find_first_not_of(blanks), line.size());
  line.remove_prefix(start);
  return line.substr(0, line.find_last_not_of(blanks) + 1);
}

// A piece of `line` from a little before its byte `at`.
std::string excerpt(std::string_view line, std::size_t at) {
  constexpr std::size_t max_length = 60;
  constexpr std::size_t before = 20;
  std::string text;
  if (line.size() > max_length && at > max_length - before) {
    line.remove_prefix(std::min(at - before, line.size()));
    text = "...";
  }
  text += line.substr(0, max_length);
  if (line.size() > max_length) text += "...";
  return text;
}

LineChange changed(std::string_view before, std::string_view now, std::size_t index) {
  LineChange change;
  change.line = static_cast<std::uint32_t>(index + 1);
  // Where only blanks differ, they are what is to be seen.
  if (trimmed(before) != trimmed(now)) {
    before = trimmed(before);
    now = trimmed(now);
  }
  const auto differs = std::ranges::mismatch(before, now).in1;
  const auto at = static_cast<std::size_t>(differs - before.begin());
  change.was = excerpt(before, at);
  change.is = excerpt(now, at);
  return change;
}

// The length of the longest common subsequence of the lines from each pair of indexes on.
class CommonLines {
 public:
  CommonLines(const Lines& before, const Lines& now)
      : width_(now.size() + 1), lengths_((before.size() + 1) * width_) {
    for (std::size_t i = before.size(); i-- > 0;) {
      for (std::size_t j = now.size(); j-- > 0;) {
        lengths_[i * width_ + j] =
            before[i] == now[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return lengths_[i * width_ + j]; }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> lengths_;
};

// Lines that are gone and lines that are new at the same place are lines that changed.
void add_changes(const Lines& gone, std::size_t gone_at, const Lines& added, std::size_t added_at,
                 std::vector<LineChange>& changes) {
  for (std::size_t i = 0; i < std::max(gone.size(), added.size()); ++i) {
    if (i < gone.size() && i < added.size()) {
      changes.push_back(changed(gone[i], added[i], added_at + i));
    } else if (i < added.size()) {
      changes.push_back({static_cast<std::uint32_t>(added_at + i + 1),
                         true,
                         false,
                         {},
                         excerpt(trimmed(added[i]), 0)});
    } else {
      changes.push_back({static_cast<std::uint32_t>(gone_at + i + 1),
                         false,
                         true,
                         excerpt(trimmed(gone[i]), 0),
                         {}});
    }
  }
}

}  // namespace

std::vector<LineChange> changed_lines(std::string_view before, std::string_view now) {
  Lines old_lines = lines_of(before);
  Lines new_lines = lines_of(now);
  const auto first = std::ranges::mismatch(old_lines, new_lines).in1;
  const auto same = static_cast<std::size_t>(first - old_lines.begin());
  old_lines.erase(old_lines.begin(), old_lines.begin() + static_cast<std::ptrdiff_t>(same));
  new_lines.erase(new_lines.begin(), new_lines.begin() + static_cast<std::ptrdiff_t>(same));
  while (!old_lines.empty() && !new_lines.empty() && old_lines.back() == new_lines.back()) {
    old_lines.pop_back();
    new_lines.pop_back();
  }

  constexpr std::size_t max_pairs = 250'000;  // 1 MB of lengths, 1 ms
  if (old_lines.size() * new_lines.size() > max_pairs) {
    return {{.line = static_cast<std::uint32_t>(same + 1), .was = {}, .is = {}}};
  }
  const CommonLines common(old_lines, new_lines);
  std::vector<LineChange> changes;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < old_lines.size() || j < new_lines.size()) {
    const std::size_t i0 = i;
    const std::size_t j0 = j;
    while (i < old_lines.size() && j < new_lines.size() && old_lines[i] != new_lines[j]) {
      common.at(i + 1, j) >= common.at(i, j + 1) ? ++i : ++j;
    }
    if (i == old_lines.size()) j = new_lines.size();
    if (j == new_lines.size()) i = old_lines.size();
    const auto piece = [](const Lines& lines, std::size_t from, std::size_t to) {
      return Lines(lines.begin() + static_cast<std::ptrdiff_t>(from),
                   lines.begin() + static_cast<std::ptrdiff_t>(to));
    };
    add_changes(piece(old_lines, i0, i), same + i0, piece(new_lines, j0, j), same + j0, changes);
    if (i < old_lines.size() && j < new_lines.size()) {
      ++i;
      ++j;
    }
  }
  return changes;
}

}  // namespace cbundle

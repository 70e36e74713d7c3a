#include "engine/flat_image/comparison.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/endian.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::uint64_t field_size = 4;
constexpr std::uint64_t max_line = 10'000;  // lines that an explanation considers
constexpr std::size_t max_problems = 1000;  // to bound memory

std::uint32_t word_at(std::string_view bytes, std::uint64_t offset) {
  return load_number<std::uint32_t>(bytes.data() + offset, false);
}

// Bytes that differ, so close together that one field can cover two of them.
struct DifferenceRun {
  std::uint64_t begin;  // of the first possible field
  std::uint64_t first;  // differs
  std::uint64_t last;   // differs
};

class Comparer {
 public:
  Comparer(const FlatPair& pair, const ImportLines& imports)
      : pair_(pair), base_(pair.base()), moved_(pair.moved()), imports_(imports) {}

  Comparison compare() {
    std::uint64_t at = next_difference(0);
    while (at < base_.size() && result_.problems.size() < max_problems) {
      const DifferenceRun run = run_from(at);
      explain(run);
      at = next_difference(run.last + 1);
    }
    return std::move(result_);
  }

 private:
  bool is_equal(std::uint64_t at) const { return base_[at] == moved_[at]; }

  std::uint64_t next_difference(std::uint64_t at) const {
    const auto from = base_.substr(at);
    const auto found = std::mismatch(from.begin(), from.end(), moved_.begin() + at).first;
    return at + static_cast<std::uint64_t>(found - from.begin());
  }

  DifferenceRun run_from(std::uint64_t first) const {
    constexpr std::uint64_t reach = 2 * (field_size - 1);
    DifferenceRun run{first - std::min(first, field_size - 1), first, first};
    for (;;) {
      const std::uint64_t next = next_difference(run.last + 1);
      if (next == base_.size() || next - run.last > reach) return run;
      run.last = next;
    }
  }

  std::uint32_t difference_at(std::uint64_t at) const {
    return word_at(base_, at) - word_at(moved_, at);
  }

  // The import that a field here would refer to, or null.
  const ImportDeclaration* import_at(std::uint64_t at) const {
    if (at + field_size > base_.size()) return nullptr;
    const std::uint32_t difference = difference_at(at);
    if (difference == 0 || difference >= pair_.gap()) return nullptr;
    return imports_.on_line(pair_.gap() - difference);
  }

  // For each offset, the number of ways to place fields from there to the run's end: 0, 1, or 2 for
  // more.
  void count_ways(const DifferenceRun& run) {
    ways_.assign(run.last + 1 - run.begin, 0);
    for (std::uint64_t at = run.last + 1; at-- > run.begin;) {
      unsigned ways = is_equal(at) ? ways_from(run, at + 1) : 0;
      if (import_at(at) != nullptr) ways += ways_from(run, at + field_size);
      ways_[at - run.begin] = static_cast<std::uint8_t>(std::min(ways, 2U));
    }
  }

  unsigned ways_from(const DifferenceRun& run, std::uint64_t at) const {
    return at > run.last ? 1 : ways_[at - run.begin];
  }

  void explain(const DifferenceRun& run) {
    count_ways(run);
    const unsigned ways = ways_.front();
    if (ways == 0) return refuse(run, stuck_at(run));
    if (ways == 2) return refuse_ambiguous(run);
    for (std::uint64_t at = run.begin; at <= run.last;) {
      const bool is_field = can_place(run, at);
      if (is_field) result_.references.push_back({at, import_at(at)});
      at += is_field ? field_size : 1;
    }
  }

  // The first byte that no placement of fields explains.
  std::uint64_t stuck_at(const DifferenceRun& run) const {
    std::vector<bool> reached(run.last + 1 - run.begin);
    std::uint64_t furthest = run.first;
    reached[0] = true;
    for (std::uint64_t at = run.begin; at <= run.last; ++at) {
      if (!reached[at - run.begin]) continue;
      if (!is_equal(at)) furthest = at;
      if (is_equal(at) && at < run.last) reached[at + 1 - run.begin] = true;
      const bool is_field = import_at(at) != nullptr && at + field_size <= run.last;
      if (is_field) reached[at + field_size - run.begin] = true;
    }
    return furthest;
  }

  // The likely cause of a difference, if the field begins at `at`.
  std::optional<Diagnostic> explanation_at(std::uint64_t at) const {
    const std::uint32_t difference = difference_at(at);
    const auto distance = static_cast<std::uint32_t>(pair_.text_diff() + pair_.gap());
    if (difference == 0 - distance) {
      return Diagnostic{.message = "an absolute address of the bundle itself",
                        .hint =
                            "store offsets instead of pointers; for a switch, compile with "
                            "-fno-jump-tables"};
    }
    if (difference == distance) {
      return Diagnostic{.message = "the distance to a fixed address",
                        .hint = "an undefined weak symbol is at address 0: define or import it"};
    }
    const auto absolute = static_cast<std::uint32_t>(0 - difference - pair_.text_diff());
    if (const ImportDeclaration* import = imports_.on_line(absolute)) {
      return Diagnostic{.message = "the absolute address of import " + quote(import->name),
                        .hint =
                            "declare it hidden, so that no global offset table is used, and "
                            "take its address in code only"};
    }
    const std::uint64_t line = pair_.gap() - difference;
    if (difference == 0 || difference >= pair_.gap() || line >= max_line) return std::nullopt;
    return Diagnostic{
        .message = "a reference to what the script declares on line " + std::to_string(line),
        .hint = "no import is declared there: check that the script is that of the images"};
  }

  // The difference at `stuck` may be of a field that begins up to three bytes before.
  void refuse(const DifferenceRun& run, std::uint64_t stuck) {
    for (std::uint64_t back = 0; back < field_size && back <= stuck; ++back) {
      const std::uint64_t at = stuck - back;
      if (at + field_size > base_.size() || at < run.begin) continue;
      if (const auto explanation = explanation_at(at)) {
        return add(at, values_at(at) + ", as " + explanation->message + " would be",
                   explanation->hint);
      }
    }
    add(stuck, values_at(stuck) + ", which no import explains",
        "check that gap and distance are those of the script, and that the code is position "
        "independent");
  }

  std::string values_at(std::uint64_t at) const {
    const auto value_in = [&](std::string_view bytes) {
      const bool is_whole = at + field_size <= bytes.size();
      return hex(is_whole ? word_at(bytes, at) : static_cast<unsigned char>(bytes[at]));
    };
    return "one layout has " + value_in(base_) + ", the other " + value_in(moved_);
  }

  void refuse_ambiguous(const DifferenceRun& run) {
    std::uint64_t at = run.begin;
    while (!is_equal(at) || ways_from(run, at + 1) == 0 || !can_place(run, at)) {
      at += can_place(run, at) ? field_size : 1;
    }
    std::uint64_t other = at + 1;
    while (!can_place(run, other)) ++other;
    add(at,
        "the difference matches a reference to " + quote(import_at(at)->name) + ", and at " +
            hex(other) + " one to " + quote(import_at(other)->name),
        "move one of the two imports to another line of the script");
  }

  // Whether with a field here the rest of the run can be explained.
  bool can_place(const DifferenceRun& run, std::uint64_t at) const {
    return import_at(at) != nullptr && ways_from(run, at + field_size) > 0;
  }

  void add(std::uint64_t offset, std::string message, std::string hint) {
    result_.problems.push_back(
        {.message = std::move(message), .hint = std::move(hint), .offset = offset});
  }

  const FlatPair& pair_;
  std::string_view base_;
  std::string_view moved_;
  const ImportLines& imports_;
  std::vector<std::uint8_t> ways_;
  Comparison result_;
};

}  // namespace

Comparison compare(const FlatPair& pair, const ImportLines& imports) {
  return Comparer(pair, imports).compare();
}

}  // namespace cbundle

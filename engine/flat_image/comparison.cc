#include "engine/flat_image/comparison.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/text.h"

namespace cbundle {
namespace {

constexpr std::uint64_t field_size = 4;
constexpr std::uint64_t max_script = 10'000;  // in lines; a guess needs no more
constexpr std::size_t max_problems = 1000;    // as good as all, and bounded in memory

std::uint32_t word_at(std::string_view bytes, std::uint64_t offset) {
  std::uint32_t word = 0;
  for (std::uint64_t i = field_size; i-- > 0;) {
    word = word << 8 | static_cast<unsigned char>(bytes[offset + i]);
  }
  return word;
}

// Bytes that differ, so near to each other that one field may lie on two of them; no field lies
// on those of two islands.
struct Island {
  std::uint64_t begin;  // where the first field may begin
  std::uint64_t first;  // differs
  std::uint64_t last;   // differs
};

class Comparer {
 public:
  Comparer(const FlatPair& pair, const ImportLines& imports)
      : pair_(pair), base_(pair.base()), moved_(pair.moved()), imports_(imports) {}

  Comparison run() {
    std::uint64_t at = next_difference(0);
    while (at < base_.size() && result_.problems.size() < max_problems) {
      const Island island = island_from(at);
      explain(island);
      at = next_difference(island.last + 1);
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

  Island island_from(std::uint64_t first) const {
    constexpr std::uint64_t reach = 2 * (field_size - 1);
    Island island{first - std::min(first, field_size - 1), first, first};
    for (;;) {
      const std::uint64_t next = next_difference(island.last + 1);
      if (next == base_.size() || next - island.last > reach) return island;
      island.last = next;
    }
  }

  std::uint32_t difference_at(std::uint64_t at) const {
    return word_at(base_, at) - word_at(moved_, at);
  }

  // The import that a field here would refer to, or -1.
  std::int64_t import_at(std::uint64_t at) const {
    if (at + field_size > base_.size()) return -1;
    const std::uint32_t difference = difference_at(at);
    if (difference == 0 || difference >= pair_.gap()) return -1;
    return imports_.on_line(pair_.gap() - difference);
  }

  // In how many ways fields can be laid from each place of the island on: 0, 1, or 2 for more.
  void count_ways(const Island& island) {
    ways_.assign(island.last + 1 - island.begin, 0);
    for (std::uint64_t at = island.last + 1; at-- > island.begin;) {
      unsigned ways = is_equal(at) ? ways_from(island, at + 1) : 0;
      if (import_at(at) >= 0) ways += ways_from(island, at + field_size);
      ways_[at - island.begin] = static_cast<std::uint8_t>(std::min(ways, 2U));
    }
  }

  unsigned ways_from(const Island& island, std::uint64_t at) const {
    return at > island.last ? 1 : ways_[at - island.begin];
  }

  void explain(const Island& island) {
    count_ways(island);
    const unsigned ways = ways_.front();
    if (ways == 0) return refuse(island, stuck_at(island));
    if (ways == 2) return refuse_ambiguous(island);
    for (std::uint64_t at = island.begin; at <= island.last;) {
      const bool is_field = leads_on(island, at);
      if (is_field) result_.references.push_back({at, static_cast<std::uint32_t>(import_at(at))});
      at += is_field ? field_size : 1;
    }
  }

  // The byte up to which fields can be laid, and that none explains.
  std::uint64_t stuck_at(const Island& island) const {
    std::vector<bool> reached(island.last + 1 - island.begin);
    std::uint64_t furthest = island.first;
    reached[0] = true;
    for (std::uint64_t at = island.begin; at <= island.last; ++at) {
      if (!reached[at - island.begin]) continue;
      if (!is_equal(at)) furthest = at;
      if (is_equal(at) && at < island.last) reached[at + 1 - island.begin] = true;
      const bool is_field = import_at(at) >= 0 && at + field_size <= island.last;
      if (is_field) reached[at + field_size - island.begin] = true;
    }
    return furthest;
  }

  // What somebody would see there who knew where the field begins.
  struct Guess {
    std::uint64_t at;
    std::string text;
    std::string hint;
  };

  std::optional<Guess> guess_at(std::uint64_t at) const {
    const std::uint32_t difference = difference_at(at);
    const auto distance = static_cast<std::uint32_t>(pair_.text_diff() + pair_.gap());
    if (difference == 0 - distance) {
      return Guess{at, "an absolute address of the bundle itself",
                   "store offsets instead of pointers; for a switch, compile with "
                   "-fno-jump-tables"};
    }
    if (difference == distance) {
      return Guess{at, "the distance to a fixed address",
                   "a weak symbol that nobody defines is at address 0: define or import it"};
    }
    const auto absolute = static_cast<std::uint32_t>(0 - difference - pair_.text_diff());
    if (const std::int64_t import = imports_.on_line(absolute); import >= 0) {
      return Guess{at, "the absolute address of import " + name_of(import),
                   "declare it hidden, so that no global offset table is used, and take its "
                   "address in code only"};
    }
    const bool is_distance = difference != 0 && difference < pair_.gap();
    if (is_distance && pair_.gap() - difference < max_script) {
      return Guess{at,
                   "a reference to what the script declares on line " +
                       std::to_string(pair_.gap() - difference),
                   "no import is declared there: is the script that of these images?"};
    }
    return std::nullopt;
  }

  std::string name_of(std::int64_t import) const {
    return quote(imports_.all()[static_cast<std::size_t>(import)].name);
  }

  // The difference at `stuck` may be of a field that begins up to three bytes before.
  void refuse(const Island& island, std::uint64_t stuck) {
    for (std::uint64_t back = 0; back < field_size && back <= stuck; ++back) {
      if (stuck - back + field_size > base_.size() || stuck - back < island.begin) continue;
      const auto guess = guess_at(stuck - back);
      if (!guess) continue;
      return add(guess->at, words_at(guess->at) + ", as " + guess->text + " would be", guess->hint);
    }
    add(stuck, words_at(stuck) + ", which no import explains",
        "gap and distance must be those of the script, and the code position independent");
  }

  std::string words_at(std::uint64_t at) const {
    std::uint32_t one = static_cast<unsigned char>(base_[at]);
    std::uint32_t other = static_cast<unsigned char>(moved_[at]);
    if (at + field_size <= base_.size()) {
      one = word_at(base_, at);
      other = word_at(moved_, at);
    }
    return "one layout has " + hex(one) + ", the other " + hex(other);
  }

  void refuse_ambiguous(const Island& island) {
    std::uint64_t at = island.begin;
    while (!has_choice(island, at)) at += leads_on(island, at) ? field_size : 1;
    std::uint64_t other = at + 1;
    while (!leads_on(island, other)) ++other;
    add(at,
        "the difference is that of a reference to " + name_of(import_at(at)) +
            ", and as well, at " + hex(other) + ", of one to " + name_of(import_at(other)),
        "move one of the two imports to another line of the script");
  }

  // Whether a field laid here lets all behind it be explained.
  bool leads_on(const Island& island, std::uint64_t at) const {
    return import_at(at) >= 0 && ways_from(island, at + field_size) > 0;
  }

  bool has_choice(const Island& island, std::uint64_t at) const {
    return is_equal(at) && ways_from(island, at + 1) > 0 && leads_on(island, at);
  }

  void add(std::uint64_t offset, std::string text, std::string hint) {
    result_.problems.push_back(
        {.message = std::move(text), .hint = std::move(hint), .place = SectionOffset{0, offset}});
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
  return Comparer(pair, imports).run();
}

}  // namespace cbundle

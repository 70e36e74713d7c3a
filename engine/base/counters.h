// The table of all counters: their names, and what they mean to a person.
#pragma once

#include <span>
#include <string_view>

namespace cbundle {

struct CounterRow {
  enum class Meaning {
    normal,  // how the cache is used
    costs,   // makes builds slower than they need be
    broken,  // something is wrong
  };

  std::string_view name;   // "store.evicted"; a '*' stands for any text without a dot
  std::string_view words;  // "results evicted to stay within the limit"
  Meaning meaning = Meaning::normal;
  std::string_view hint = {};  // what to do about one that costs or is broken
};

// In the order in which people should see them.
std::span<const CounterRow> all_counters();

// The row of a counter; null for one that is not in the table, such as one of a later version.
const CounterRow* counter_row(std::string_view name);

}  // namespace cbundle

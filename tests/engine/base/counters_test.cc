#include "engine/base/counters.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

TEST(CountersTest, ARowIsFoundByNameOrByPattern) {
  ASSERT_NE(counter_row("store.evicted"), nullptr);
  ASSERT_NE(counter_row("stage.layout-a.ran"), nullptr);
  EXPECT_EQ(counter_row("stage.layout-a.ran")->name, "stage.*.ran");
  EXPECT_EQ(counter_row("stage.bundle.hit")->name, "stage.bundle.hit");
  EXPECT_EQ(counter_row("stage.a.b.ran"), nullptr);
  EXPECT_EQ(counter_row("stage.ran"), nullptr);
  EXPECT_EQ(counter_row("of.later"), nullptr);
}

TEST(CountersTest, WhatCostsOrIsBrokenHasAHint) {
  for (const CounterRow& row : all_counters()) {
    EXPECT_FALSE(row.words.empty()) << row.name;
    EXPECT_EQ(row.meaning == CounterRow::Meaning::normal, row.hint.empty()) << row.name;
  }
}

}  // namespace
}  // namespace cbundle

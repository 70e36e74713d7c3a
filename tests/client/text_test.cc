// Quantities and colour in what is printed.
#include <gtest/gtest.h>

#include <map>

#include "client/findings.h"
#include "client/quantity.h"
#include "client/terminal.h"

namespace cbundle {
namespace {

TEST(QuantityTest, SizesAreWritten) {
  EXPECT_EQ(format_size(0), "0 bytes");
  EXPECT_EQ(format_size(1), "1 byte");
  EXPECT_EQ(format_size(1023), "1023 bytes");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(5ULL << 30), "5.0 GiB");
  EXPECT_EQ(format_size(5000ULL << 40), "5000.0 TiB");
}

TEST(QuantityTest, DurationsAreWritten) {
  EXPECT_EQ(format_duration(7), "7 s");
  EXPECT_EQ(format_duration(307), "5 min 7 s");
  EXPECT_EQ(format_duration(3 * 3600 + 120), "3 h 2 min");
  EXPECT_EQ(format_duration(2 * 86400 + 3 * 3600), "2 d 3 h");
}

TEST(QuantityTest, CountsHaveCommas) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(12345678), "12,345,678");
}

TEST(QuantityTest, LongTextIsWrappedAtWords) {
  EXPECT_EQ(wrapped("a b", 70), "a b");
  EXPECT_EQ(wrapped("one two three", 70), "one two\n" + std::string(70, ' ') + "three");
  EXPECT_EQ(wrapped(std::string(100, 'x'), 10), std::string(100, 'x'));
  EXPECT_EQ(wrapped(std::string(100, 'x') + " y", 2), std::string(100, 'x') + "\n  y");
}

TEST(FindingsTest, WhatIsBrokenComesFirstAndIsCounted) {
  using Level = Finding::Level;
  const Findings findings{{Level::fine, "daemon", "it runs"},
                          {Level::costs, "max-size", "max_size is low", "set more"},
                          {Level::broken, "disk", "it is full", "free some"}};
  EXPECT_EQ(text_of(findings),
            "broken  it is full\n"
            "        -> free some\n"
            "costs   max_size is low\n"
            "        -> set more\n"
            "fine    it runs\n"
            "1 thing is broken, and 1 thing costs time.\n");
  EXPECT_TRUE(is_anything_broken(findings));
  EXPECT_EQ(json_of({findings[1]}),
            "{\"broken\":0,\"costs\":1,\"findings\":[{\"level\":\"costs\",\"name\":\"max-size\","
            "\"message\":\"max_size is low\",\"hint\":\"set more\"}]}\n");
  EXPECT_EQ(text_of(Findings{}), "Nothing is broken, and nothing costs time.\n");
}

TEST(TerminalTest, ColourIsForTerminals) {
  std::map<std::string, std::string> variables{{"TERM", "xterm"}};
  const auto variable = [&](const char* name) -> std::string_view { return variables[name]; };
  EXPECT_TRUE(wants_colour(variable, true));
  EXPECT_FALSE(wants_colour(variable, false));
  variables["NO_COLOR"] = "1";
  EXPECT_FALSE(wants_colour(variable, true));
  variables = {{"TERM", "dumb"}};
  EXPECT_FALSE(wants_colour(variable, true));
  variables = {};
  EXPECT_FALSE(wants_colour(variable, true));
}

}  // namespace
}  // namespace cbundle

// Quantities and colour in what is printed.
#include <gtest/gtest.h>

#include <map>

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

// The words that `cbundle combine` passes on, and what they ask for.
#include "daemon/flat_command.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

constexpr const char* script = "--script=s.lds";
constexpr const char* one = "--bin1=a.bin";
constexpr const char* other = "--bin2=b.bin";

std::string refusal_of(const std::vector<const char*>& words) {
  const Result<FlatRequest> request = parse_flat_request(words);
  if (request) return "accepted";
  EXPECT_EQ(request.error().kind, ErrorKind::bad_request);
  return request.error().text();
}

TEST(FlatCommandTest, EveryWordArrives) {
  const std::vector<const char*> words{script,
                                       one,
                                       other,
                                       "--map=m",
                                       "--exports=a,,b,",
                                       "--gap=0x10200",
                                       "--text-diff=1000",
                                       "--section-header=.section x=y",
                                       "--verbose="};
  const auto request = parse_flat_request(words);
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_EQ(request.value().script, "s.lds");
  EXPECT_EQ(request.value().image, "a.bin");
  EXPECT_EQ(request.value().other_image, "b.bin");
  EXPECT_EQ(request.value().map, "m");
  EXPECT_EQ(request.value().exports, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request.value().shift->gap, 0x10200U);
  EXPECT_EQ(request.value().shift->text_diff, 1000U);
  EXPECT_EQ(request.value().section_header, ".section x=y");
  EXPECT_TRUE(request.value().wants_positions);
}

TEST(FlatCommandTest, WithoutGapAndDistanceItIsTheFirstForm) {
  const std::vector<const char*> words{script, one, other};
  EXPECT_FALSE(parse_flat_request(words).value().shift.has_value());
}

TEST(FlatCommandTest, TheLastOfTwoCounts) {
  const std::vector<const char*> words{script, one, other, "--bin1=c.bin"};
  EXPECT_EQ(parse_flat_request(words).value().image, "c.bin");
}

TEST(FlatCommandTest, NumbersAreReadAsPythonReadsThem) {
  const auto gap_of = [](const char* word) {
    const std::vector<const char*> words{script, one, other, word, "--text-diff=0"};
    return parse_flat_request(words).value().shift->gap;
  };
  EXPECT_EQ(gap_of("--gap=0XfF"), 255U);
  EXPECT_EQ(gap_of("--gap=0o17"), 15U);
  EXPECT_EQ(gap_of("--gap=0b101"), 5U);
  EXPECT_EQ(gap_of("--gap=4294967295"), 4294967295U);
}

TEST(FlatCommandTest, WrongUsageIsToldWithTheNextStep) {
  EXPECT_EQ(refusal_of({one, other}), "--script is missing: it needs FILE");
  EXPECT_EQ(refusal_of({script, "--bin1=", other}), "--bin1 is missing: it needs FILE");
  EXPECT_EQ(refusal_of({script, one, other, "--exports=a"}),
            "--exports needs --map, which tells where they are");
  EXPECT_EQ(refusal_of({script, one, other, "--gap=1"}),
            "--gap needs --text-diff\n  give both, as the script has them; without either they "
            "are 0x10200 and 0x408020");
  EXPECT_EQ(refusal_of({script, one, other, "--text-diff=1"}).substr(0, 24),
            "--text-diff needs --gap\n");
  for (const char* word : {"--gap=", "--gap=-1", "--gap=0x", "--gap=12x", "--gap=4294967296"}) {
    EXPECT_EQ(refusal_of({script, one, other, word, "--text-diff=1"}),
              "--gap \"" + std::string(word + 6) +
                  "\" is no number of 32 bits\n  write it as in the script: 0x10200");
  }
  EXPECT_EQ(refusal_of({"--ouput=x"}), "cbundled combine takes no --ouput");
}

}  // namespace
}  // namespace cbundle

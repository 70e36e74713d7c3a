#include "engine/pipeline/build_record.h"

#include <gtest/gtest.h>

#include "engine/base/diagnostic.h"
#include "engine/pipeline/result_origin.h"

namespace cbundle {
namespace {

TEST(BuildRecordTest, ARecordComesBackAsItWas) {
  BuildRecord record;
  record.directory = "/src";
  record.inputs = {{"mode", "pic"}};
  record.objects = {{"a.o", Digest::of("a")}};
  record.scripts = {{"x.lds", Digest::of("x")}};
  record.tools = {{"linker", "/usr/bin/ld"}};
  record.ended = 1234;
  record.took = 5678;
  record.stages = {{StageKind::partial, Outcome::shared, std::chrono::microseconds(9), "why"}};
  record.manifests[StageKind::partial] = {{"object 1", "x"}};
  record.made = 11;
  record.repeats = 2;
  record.last_repeat = 12;
  const auto again = unpack_records(pack(std::vector{record, BuildRecord()}));
  ASSERT_EQ(again.size(), 2U);
  EXPECT_TRUE(has_same_inputs(again[0], record));
  EXPECT_FALSE(has_same_inputs(again[1], record));
  EXPECT_EQ(pack(std::vector{again[0]}), pack(std::vector{record}));
  EXPECT_EQ(again[0].stages[0].reason, "why");
  EXPECT_EQ(again[0].objects, record.objects);
}

TEST(BuildRecordTest, MalformedRecordsAreNone) {
  EXPECT_TRUE(unpack_records("").empty());
  EXPECT_TRUE(unpack_records(std::string(100, '\xff')).empty());
  EXPECT_TRUE(unpack_records(pack(std::vector{BuildRecord()}).substr(0, 20)).empty());
}

TEST(ResultOriginTest, ItStandsBehindTheWarnings) {
  const Diagnostics warnings{{.severity = Severity::warning, .message = "odd"}};
  const ResultOrigin origin{1234, std::chrono::microseconds(77)};
  const std::string both = with_origin(pack(warnings), origin);
  EXPECT_EQ(unpack_diagnostics(both), warnings);
  EXPECT_TRUE(has_warnings(both));
  EXPECT_FALSE(has_warnings(with_origin({}, origin)));
  EXPECT_FALSE(has_warnings(""));
  EXPECT_EQ(origin_of(both).made, 1234);
  EXPECT_EQ(origin_of(both).took.count(), 77);
  EXPECT_TRUE(unpack_diagnostics(with_origin({}, origin)).empty());
  EXPECT_EQ(origin_of(with_origin({}, origin)).made, 1234);
}

TEST(ResultOriginTest, OfAResultWithoutOneNothingIsKnown) {
  EXPECT_EQ(origin_of("").made, 0);
  EXPECT_EQ(origin_of(pack(Diagnostics{{.message = "odd"}})).took.count(), 0);
}

}  // namespace
}  // namespace cbundle

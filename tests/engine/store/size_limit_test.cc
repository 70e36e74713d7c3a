// The limit on disk use.

#include "engine/store/size_limit.h"

#include <gtest/gtest.h>

#include "engine/store/blob_files.h"
#include "engine/store/schema.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

TEST(SizeLimitTest, SmallBlobsNeedPagesAndLargeOnesFiles) {
  const SpaceNeeded small = space_for_result({}, blob_of(1, 100'000));
  EXPECT_EQ(small.file_bytes, 0u);
  const SpaceNeeded empty = space_for_result({}, Blob());
  EXPECT_EQ(small.pages - empty.pages, 100'000 / (page_bytes - 64));
  const SpaceNeeded large = space_for_result({}, blob_of(1, 200'000));
  EXPECT_EQ(large.pages, empty.pages);
  EXPECT_GE(large.file_bytes, 200'000u);
  EXPECT_GT(space_for_result({.output = {}, .warnings = std::string(100'000, 'w')}, Blob()).pages,
            empty.pages);
}

TEST(SizeLimitTest, AFileTakesWholeBlocks) {
  EXPECT_EQ(BlobFiles::disk_bytes(1) % 4096, 0u);
  EXPECT_GT(BlobFiles::disk_bytes(4096), 4096u);
  EXPECT_EQ(BlobFiles::disk_bytes(4097) - BlobFiles::disk_bytes(4096), 4096u);
}

TEST(SizeLimitTest, WithoutALimitEverythingFits) {
  const SizeLimit limit(0);
  EXPECT_TRUE(limit.can_ever_fit({.pages = 24, .file_bytes = std::uint64_t{1} << 50}));
  EXPECT_EQ(limit.max_pages(), 0);
}

TEST(SizeLimitTest, TheLimitHoldsForPagesFilesTheLogAndWhatIsOnItsWayOut) {
  const SizeLimit limit(100 * mebibyte);
  const std::uint64_t log = static_cast<std::uint64_t>(limit.log_pages()) * page_bytes;
  EXPECT_GT(log, 12 * mebibyte);
  const SpaceNeeded need{.pages = 64, .file_bytes = mebibyte};
  SpaceUsed used;
  EXPECT_TRUE(limit.fits(used, need));
  used.pages = 80 * mebibyte / page_bytes;
  EXPECT_TRUE(limit.fits(used, need));
  for (std::uint64_t SpaceUsed::*part :
       {&SpaceUsed::file_bytes, &SpaceUsed::dropped_bytes, &SpaceUsed::other_bytes}) {
    SpaceUsed more = used;
    more.*part = 7 * mebibyte;
    EXPECT_FALSE(limit.fits(more, need));
  }
}

TEST(SizeLimitTest, FreePagesAreRoomForRowsButNotForFiles) {
  const SizeLimit limit(100 * mebibyte);
  const SpaceUsed full{.pages = 87 * mebibyte / page_bytes, .free_pages = 1000};
  EXPECT_TRUE(limit.fits(full, {.pages = 500}));
  EXPECT_FALSE(limit.fits(full, {.pages = 24, .file_bytes = 2 * mebibyte}));
  EXPECT_TRUE(limit.fits(full.when_compact(), {.pages = 24, .file_bytes = 2 * mebibyte}));
}

TEST(SizeLimitTest, AFileThatIsNotYetShorterStillCounts) {
  const SizeLimit limit(100 * mebibyte);
  const SpaceUsed used{.pages = 100, .pages_on_disk = 88 * mebibyte / page_bytes};
  EXPECT_FALSE(limit.fits(used, {.pages = 24}));
  EXPECT_TRUE(limit.fits(used.when_compact(), {.pages = 24}));
}

TEST(SizeLimitTest, SlackIsAskedForOnlyWhereItCanBeHad) {
  const SizeLimit limit(100 * mebibyte);
  const SpaceNeeded small{.pages = 24};
  EXPECT_GT(limit.with_slack(small).pages, small.pages);
  const SpaceNeeded large{.pages = 24, .file_bytes = 84 * mebibyte};
  ASSERT_TRUE(limit.can_ever_fit(large));
  EXPECT_EQ(limit.with_slack(large).file_bytes, large.file_bytes);
}

TEST(SizeLimitTest, TwoMebibytesAreTheSmallestLimitThatKeepsAnything) {
  EXPECT_TRUE(SizeLimit(2 * mebibyte).can_ever_fit(space_for_result({}, Blob())));
  EXPECT_FALSE(SizeLimit(mebibyte).can_ever_fit(space_for_result({}, Blob())));
  EXPECT_FALSE(SizeLimit(1).can_ever_fit(space_for_result({}, Blob())));
}

TEST(SizeLimitTest, HeadroomIsRefusedToWhatWouldFillTheDisk) {
  EXPECT_TRUE(check_headroom("/", {}));
  const auto refused = check_headroom("/", {.pages = 0, .file_bytes = std::uint64_t{1} << 60});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace cbundle

// How the limit on disk use is kept.

#include "engine/store/room.h"

#include <gtest/gtest.h>

#include "engine/store/blob_files.h"
#include "tests/engine/store/samples.h"

namespace cbundle {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

TEST(RoomTest, SmallBlobsNeedPagesAndLargeOnesFiles) {
  const Need small = need_of({}, blob_of(1, 100'000));
  EXPECT_EQ(small.file_bytes, 0u);
  const Need empty = need_of({}, Blob());
  EXPECT_EQ(small.pages - empty.pages, 100'000 / 16'320);
  const Need large = need_of({}, blob_of(1, 200'000));
  EXPECT_EQ(large.pages, empty.pages);
  EXPECT_GE(large.file_bytes, 200'000u);
  EXPECT_GT(need_of({.output = {}, .warnings = std::string(100'000, 'w')}, Blob()).pages,
            empty.pages);
}

TEST(RoomTest, AFileTakesWholeBlocks) {
  EXPECT_EQ(BlobFiles::disk_bytes(1) % 4096, 0u);
  EXPECT_GT(BlobFiles::disk_bytes(4096), 4096u);
  EXPECT_EQ(BlobFiles::disk_bytes(4097) - BlobFiles::disk_bytes(4096), 4096u);
}

TEST(RoomTest, WithoutALimitEverythingFits) {
  const Budget budget(0);
  EXPECT_TRUE(budget.can_ever_fit({.pages = 24, .file_bytes = std::uint64_t{1} << 50}));
  EXPECT_EQ(budget.max_pages(), 0);
}

TEST(RoomTest, TheLimitHoldsForPagesFilesTheLogAndWhatIsOnItsWayOut) {
  const Budget budget(100 * mebibyte);
  const std::uint64_t log = static_cast<std::uint64_t>(budget.log_pages()) * 16384;
  EXPECT_GT(log, 12 * mebibyte);
  const Need need{.pages = 64, .file_bytes = mebibyte};
  Usage usage;
  EXPECT_TRUE(budget.fits(usage, need));
  usage.pages = 80 * mebibyte / 16384;
  EXPECT_TRUE(budget.fits(usage, need));
  for (std::uint64_t Usage::*part :
       {&Usage::file_bytes, &Usage::dropped_bytes, &Usage::other_bytes}) {
    Usage more = usage;
    more.*part = 6 * mebibyte;
    EXPECT_FALSE(budget.fits(more, need));
  }
}

TEST(RoomTest, FreePagesAreRoomForRowsButNotForFiles) {
  const Budget budget(100 * mebibyte);
  const Usage full{.pages = 87 * mebibyte / 16384, .free_pages = 1000};
  EXPECT_TRUE(budget.fits(full, {.pages = 500}));
  EXPECT_FALSE(budget.fits(full, {.pages = 24, .file_bytes = 2 * mebibyte}));
  EXPECT_TRUE(budget.fits(full.when_compact(), {.pages = 24, .file_bytes = 2 * mebibyte}));
}

TEST(RoomTest, AFileThatIsNotYetShorterStillCounts) {
  const Budget budget(100 * mebibyte);
  const Usage usage{.pages = 100, .pages_on_disk = 88 * mebibyte / 16384};
  EXPECT_FALSE(budget.fits(usage, {.pages = 24}));
  EXPECT_TRUE(budget.fits(usage.when_compact(), {.pages = 24}));
}

TEST(RoomTest, SlackIsAskedForOnlyWhereItCanBeHad) {
  const Budget budget(100 * mebibyte);
  const Need small{.pages = 24};
  EXPECT_GT(budget.with_slack(small).pages, small.pages);
  const Need large{.pages = 24, .file_bytes = 84 * mebibyte};
  ASSERT_TRUE(budget.can_ever_fit(large));
  EXPECT_EQ(budget.with_slack(large).file_bytes, large.file_bytes);
}

TEST(RoomTest, TwoMebibytesAreTheSmallestLimitThatKeepsAnything) {
  EXPECT_TRUE(Budget(2 * mebibyte).can_ever_fit(need_of({}, Blob())));
  EXPECT_FALSE(Budget(mebibyte).can_ever_fit(need_of({}, Blob())));
  EXPECT_FALSE(Budget(1).can_ever_fit(need_of({}, Blob())));
}

TEST(RoomTest, HeadroomIsRefusedToWhatWouldFillTheDisk) {
  EXPECT_TRUE(check_headroom("/", {}));
  const auto refused = check_headroom("/", {.pages = 0, .file_bytes = std::uint64_t{1} << 60});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace cbundle

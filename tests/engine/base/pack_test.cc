#include "engine/base/pack.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

TEST(PackTest, ReadsBackWhatWasPacked) {
  Packer out;
  out << 7 << -3 << "text" << std::string_view("\0x", 2);
  const std::string bytes = out.take();
  Unpacker in(bytes);
  int a = 0, b = 0;
  std::string c, d;
  in >> a >> b >> c >> d;
  EXPECT_TRUE(in.good());
  EXPECT_EQ(a, 7);
  EXPECT_EQ(b, -3);
  EXPECT_EQ(c, "text");
  EXPECT_EQ(d, std::string_view("\0x", 2));
}

TEST(PackTest, BytesCutShortAreNoticedNeverRead) {
  Packer out;
  out << "some text";
  const std::string bytes = out.take();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Unpacker in(std::string_view(bytes).substr(0, size));
    std::string text;
    in >> text;
    EXPECT_FALSE(in.good()) << size;
    EXPECT_EQ(text, "");
  }
}

TEST(PackTest, ACountThatCannotBeIsNone) {
  Packer out;
  out << std::uint64_t{1} << 40;
  const std::string bytes = out.take();
  Unpacker in(bytes);
  std::uint64_t first = 0;
  in >> first;
  EXPECT_EQ(in.count(8), 0U);
  EXPECT_FALSE(in.good());
}

}  // namespace
}  // namespace cbundle

#include "engine/base/digest.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

TEST(DigestTest, IsTheCanonicalXxh3OfTheBytes) {
  // The published value for no input: XXH3_128bits("") in canonical form.
  EXPECT_EQ(Digest::of("").hex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(Digest::of("a"), Digest::of("b"));
}

TEST(DigestTest, HexAndRawReadBack) {
  const Digest digest = Digest::of("some bytes");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest::from_bytes(digest.raw()), digest);
  EXPECT_EQ(Digest::from_hex("99AA06d3014798d86001c324468d497f"), std::nullopt);
  EXPECT_EQ(Digest::from_hex(""), std::nullopt);
  EXPECT_EQ(Digest::from_bytes("short"), std::nullopt);
}

TEST(DigestTest, PiecesHaveTheDigestOfTheWhole) {
  Hasher hasher;
  EXPECT_EQ(hasher.digest(), Digest::of(""));
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<std::size_t>(i) * 7, static_cast<char>(i));
    hasher.add(piece);
    all += piece;
    EXPECT_EQ(hasher.digest(), Digest::of(all));
  }
}

}  // namespace
}  // namespace cbundle

#include "engine/digest/manifest.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

Manifest telling(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Manifest manifest;
  for (const auto& [name, value] : fields) manifest.field(name, value);
  return manifest;
}

TEST(ManifestTest, EveryFieldIsPartOfTheKey) {
  const Manifest base = telling({{"object 1", "a"}, {"linker", "b"}});
  EXPECT_EQ(base.key(), telling({{"object 1", "a"}, {"linker", "b"}}).key());
  EXPECT_NE(base.key(), telling({{"object 1", "x"}, {"linker", "b"}}).key());
  EXPECT_NE(base.key(), telling({{"object 1", "a"}}).key());
  EXPECT_NE(base.key(), telling({{"linker", "b"}, {"object 1", "a"}}).key());
}

TEST(ManifestTest, FieldsNeverRunTogether) {
  EXPECT_NE(telling({{"ab", "c"}}).key(), telling({{"a", "bc"}}).key());
  EXPECT_NE(telling({{"a", "1:1:bc"}}).key(), telling({{"a", ""}, {"b", "c"}}).key());
}

TEST(ManifestTest, TheTellingCanBeReadBack) {
  const Manifest manifest = telling({{"object 1", "a:2:b"}, {"empty", ""}});
  EXPECT_EQ(Manifest::fields_of(manifest.to_bytes()), manifest.fields());
  EXPECT_TRUE(Manifest::fields_of("7:3:short").empty());
  EXPECT_TRUE(Manifest::fields_of("99999999999999999999:1:x").empty());
}

TEST(ManifestTest, TheFirstDifferenceIsToldInWords) {
  const auto a = telling({{"linker", "l"}, {"object 1", "x"}, {"object 2", "y"}}).fields();
  EXPECT_EQ(first_difference(a, a), "");
  EXPECT_EQ(first_difference(
                a, telling({{"linker", "l"}, {"object 1", "x"}, {"object 2", "z"}}).fields()),
            "object 2 changed");
  EXPECT_EQ(first_difference(a, telling({{"linker", "l"}, {"object 1", "x"}}).fields()),
            "object 2 is gone");
  EXPECT_EQ(first_difference(telling({{"linker", "l"}}).fields(),
                             telling({{"linker", "l"}, {"import x", ""}}).fields()),
            "import x is new");
}

}  // namespace
}  // namespace cbundle

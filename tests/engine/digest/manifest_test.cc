#include "engine/digest/manifest.h"

#include <gtest/gtest.h>

namespace cbundle {
namespace {

Manifest manifest_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Manifest manifest;
  for (const auto& [name, value] : fields) manifest.field(name, value);
  return manifest;
}

TEST(ManifestTest, EveryFieldIsPartOfTheKey) {
  const Manifest base = manifest_of({{"object 1", "a"}, {"linker", "b"}});
  EXPECT_EQ(base.key(), manifest_of({{"object 1", "a"}, {"linker", "b"}}).key());
  EXPECT_NE(base.key(), manifest_of({{"object 1", "x"}, {"linker", "b"}}).key());
  EXPECT_NE(base.key(), manifest_of({{"object 1", "a"}}).key());
  EXPECT_NE(base.key(), manifest_of({{"linker", "b"}, {"object 1", "a"}}).key());
}

TEST(ManifestTest, TheBordersOfFieldsArePartOfTheKey) {
  EXPECT_NE(manifest_of({{"ab", "c"}}).key(), manifest_of({{"a", "bc"}}).key());
  EXPECT_NE(manifest_of({{"a", "1:1:bc"}}).key(), manifest_of({{"a", ""}, {"b", "c"}}).key());
}

TEST(ManifestTest, TheFirstDifferenceIsNamed) {
  const auto a = manifest_of({{"linker", "l"}, {"object 1", "x"}, {"object 2", "y"}}).fields();
  EXPECT_EQ(first_difference(a, a), "");
  EXPECT_EQ(first_difference(
                a, manifest_of({{"linker", "l"}, {"object 1", "x"}, {"object 2", "z"}}).fields()),
            "object 2 changed");
  EXPECT_EQ(first_difference(a, manifest_of({{"linker", "l"}, {"object 1", "x"}}).fields()),
            "object 2 is gone");
  EXPECT_EQ(first_difference(manifest_of({{"linker", "l"}}).fields(),
                             manifest_of({{"linker", "l"}, {"import x", ""}}).fields()),
            "import x is new");
}

}  // namespace
}  // namespace cbundle

// Whether client and daemon see the same files.
#include "proto/file_view.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/files.h"

namespace cbundle {
namespace {

TEST(FileViewTest, OneProcessHasOneView) {
  EXPECT_TRUE(is_same_view(own_file_view(), own_file_view()));
}

TEST(FileViewTest, AnotherNamespaceOrRootIsAnotherViewAndSoIsAnUnknownOne) {
  v1::FileView other = own_file_view();
  other.set_mount_namespace(other.mount_namespace() + 1);
  EXPECT_FALSE(is_same_view(own_file_view(), other));
  other = own_file_view();
  other.set_root_inode(other.root_inode() + 1);
  EXPECT_FALSE(is_same_view(own_file_view(), other));
  EXPECT_FALSE(is_same_view(v1::FileView(), v1::FileView()));
}

TEST(FileViewTest, OtherGroupsOrCapabilitiesAreAnotherView) {
  v1::FileView view = own_file_view();
  view.clear_groups();
  for (const unsigned group : {3U, 5U}) view.add_groups(group);
  view.set_capabilities(2);
  v1::FileView more = view;
  more.add_groups(9);
  EXPECT_FALSE(is_same_view(view, more));
  EXPECT_FALSE(reads_more(view, view));
  EXPECT_FALSE(reads_more(view, more));
  EXPECT_TRUE(reads_more(more, view));
  more = view;
  more.set_capabilities(6);
  EXPECT_FALSE(is_same_view(view, more));
  EXPECT_TRUE(reads_more(more, view));
  EXPECT_FALSE(reads_more(view, more));
}

TEST(FileViewTest, GroupsAreASet) {
  const v1::FileView view = own_file_view();
  EXPECT_TRUE(std::ranges::is_sorted(view.groups()));
  EXPECT_NE(std::ranges::find(view.groups(), ::getegid()), view.groups().end());
}

TEST(FileViewTest, AFileThatIsAnotherForTheClientIsFound) {
  const TemporaryDirectory directory = TemporaryDirectory::make("cbundle-test").value();
  const std::filesystem::path file = directory.path() / "a.o";
  const std::filesystem::path absent = directory.path() / "absent.h";
  ASSERT_TRUE(write_file(file, "one"));
  v1::Built built;
  add_stamps({file, absent}, built);
  EXPECT_EQ(first_other_file(built), "");
  ASSERT_TRUE(write_file(absent, ""));
  EXPECT_EQ(first_other_file(built), absent);
  std::filesystem::remove(absent);
  ASSERT_TRUE(write_file(file, "three"));
  EXPECT_EQ(first_other_file(built), file);
}

}  // namespace
}  // namespace cbundle

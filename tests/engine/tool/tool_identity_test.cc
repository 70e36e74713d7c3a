#include "engine/tool/tool_identity.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "tests/support/test_space.h"

namespace cbundle {
namespace {

// A program of one segment, which names its dynamic loader.
template <class Header, class Segment>
std::string program_with_loader(unsigned char elf_class, const std::string& loader) {
  Header header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = elf_class;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Segment);
  header.e_phnum = 1;
  Segment segment{};
  segment.p_type = PT_INTERP;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = static_cast<decltype(segment.p_filesz)>(loader.size() + 1);
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return file + loader + '\0';
}

// Answers every command as a loader that lists one library.
class FakeLoader final : public Executor {
 public:
  explicit FakeLoader(std::string library) : library_(std::move(library)) {}
  Result<Exit> execute(const Command& command, const std::stop_token&) override {
    asked = command.program;
    return Exit{0, "\tlibx.so => " + library_ + " (0x1000)\n"};
  }

  std::string asked;

 private:
  std::string library_;
};

void expect_identity_with_library(const std::string& program) {
  TestSpace space;
  const std::filesystem::path path = space.write("ld", program);
  FakeLoader loader(space.write("libx.so", "one"));
  ToolIdentities tools(loader);
  const std::stop_token stop;
  const Digest before = tools.of(path, ToolKind::linker, &stop).value().identity;
  EXPECT_EQ(loader.asked, "/lib/ld.so");
  space.write("libx.so", "another");
  EXPECT_NE(tools.of(path, ToolKind::linker, &stop).value().identity, before);
}

TEST(ToolIdentityTest, A64BitProgramIsIdentifiedWithItsLibraries) {
  expect_identity_with_library(
      program_with_loader<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, "/lib/ld.so"));
}

TEST(ToolIdentityTest, A32BitProgramIsIdentifiedWithItsLibraries) {
  expect_identity_with_library(
      program_with_loader<Elf32_Ehdr, Elf32_Phdr>(ELFCLASS32, "/lib/ld.so"));
}

TEST(ToolIdentityTest, AScriptHasNoLoaderAndIsNotIdentified) {
  TestSpace space;
  FakeLoader loader("/none");
  ToolIdentities tools(loader);
  const std::stop_token stop;
  const auto tool =
      tools.of(space.write("ld", "#!/bin/sh\nexec ld.bfd\n"), ToolKind::linker, &stop);
  ASSERT_TRUE(tool);
  EXPECT_FALSE(tool.value().is_identified);
  EXPECT_EQ(loader.asked, "");
}

// A program with the library libx.so.
class ProgramWithLibraryTest : public testing::Test {
 protected:
  Tool tool(const std::string& name, const std::string& text, ToolKind kind) {
    return tools_.of(space_.write(name, program_ + text), kind, &stop_).value();
  }

  TestSpace space_;
  FakeLoader loader_{space_.write("libx.so", "one")};
  ToolIdentities tools_{loader_};
  const std::stop_token stop_;
  const std::string program_ =
      program_with_loader<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, "/lib/ld.so");
};

// Such as one in C that runs the linker of a configuration.
TEST_F(ProgramWithLibraryTest, IsNotIdentifiedWhereItIsNoLinkerItself) {
  const auto is_identified = [&](const std::string& text, ToolKind kind) {
    return tool("tool", text, kind).is_identified;
  };
  EXPECT_FALSE(is_identified("/usr/bin/ld.lld", ToolKind::linker));
  for (const char* name : {"GNU ld", "GNU gold", "LLD 14", "mold 1"}) {
    EXPECT_TRUE(is_identified(name, ToolKind::linker)) << name;
  }
  EXPECT_FALSE(is_identified("/usr/bin/cpp", ToolKind::preprocessor));
  EXPECT_TRUE(is_identified("cc1", ToolKind::preprocessor));
  space_.write("libx.so", "GNU ld");  // where a program is little more than its library
  EXPECT_TRUE(is_identified("", ToolKind::linker));
}

TEST_F(ProgramWithLibraryTest, IsAnotherToolByAnotherName) {
  const auto identity = [&](const char* name) { return tool(name, "", ToolKind::linker).identity; };
  EXPECT_NE(identity("lld"), identity("ld.lld"));
}

TEST(ToolIdentityTest, ALibraryThatAppearsWhereTheLoaderLookedInVainIsNoticed) {
  class SearchingLoader final : public Executor {
   public:
    Result<Exit> execute(const Command&, const std::stop_token&) override {
      ++runs;
      return Exit{0, "  7:\t trying file=" + nearer + "\n\tlibx.so => " + library + " (0x1)\n"};
    }
    std::string nearer, library;
    int runs = 0;
  };
  TestSpace space;
  SearchingLoader loader;
  loader.nearer = space / "nearer/libx.so";
  loader.library = space.write("libx.so", "one");
  const std::filesystem::path path =
      space.write("ld", program_with_loader<Elf64_Ehdr, Elf64_Phdr>(ELFCLASS64, "/lib/ld.so"));
  while (!is_quiet(stamp_of(path).value())) std::this_thread::yield();
  ToolIdentities tools(loader);
  const std::stop_token stop;
  const Tool tool = tools.of(path, ToolKind::linker, &stop).value();
  EXPECT_TRUE(tools.is_unchanged(tool));
  tools.of(path, ToolKind::linker, &stop).value();
  EXPECT_EQ(loader.runs, 1);
  space.write("nearer/libx.so", "another");
  EXPECT_FALSE(tools.is_unchanged(tool));
}

}  // namespace
}  // namespace cbundle

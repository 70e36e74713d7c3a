// The man page and the completions list every command, option and variable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/options.h"

namespace cbundle {
namespace {

using testing::HasSubstr;

// A file of the client's sources.
std::string read(const std::string& name) {
  std::ostringstream content;
  content << std::ifstream(std::filesystem::path(CBUNDLE_SOURCE_DIR) / "client" / name).rdbuf();
  EXPECT_NE(content.str(), "") << name;
  return content.str();
}

TEST(DocumentTest, TheManPageListsEveryCommandOptionAndVariable) {
  const std::string page = read("cbundle.1");
  for (const CommandRow& command : all_commands()) {
    EXPECT_THAT(page, HasSubstr("\n.SS cbundle " + std::string(command.name)));
    for (const OptionRow& row : options_of(command.command)) {
      std::string name = std::string("--") + row.name;
      for (std::size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2) {
        name.insert(at, "\\");  // a minus sign in troff
      }
      EXPECT_THAT(page, HasSubstr(name));
    }
  }
  for (const char* variable : {"CBUNDLE_CACHE_DIR", "CBUNDLE_SOCKET", "CBUNDLE_DAEMON",
                               "CBUNDLE_DISABLE", "CBUNDLED", "NO_COLOR", "XDG_RUNTIME_DIR"}) {
    EXPECT_THAT(page, HasSubstr(variable));
  }
}

TEST(DocumentTest, TheCompletionsListEveryCommandAndOption) {
  for (const std::string shell : {"cbundle.bash", "_cbundle", "cbundle.fish"}) {
    const std::string script = read("completions/" + shell);
    const std::string dashes = shell == "cbundle.fish" ? "-l " : "--";
    for (const CommandRow& command : all_commands()) {
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
      for (const OptionRow& row : options_of(command.command)) {
        EXPECT_THAT(script, HasSubstr(dashes + row.name)) << shell;
      }
    }
  }
}

}  // namespace
}  // namespace cbundle

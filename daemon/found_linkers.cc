#include "daemon/found_linkers.h"

#include <fstream>

#include "engine/elf/target.h"
#include "engine/tool/tool_identity.h"

namespace cbundle {
namespace {

bool is_script(const std::filesystem::path& program) {
  char start[2]{};
  std::ifstream(program, std::ios::binary).read(start, sizeof start);
  return start[0] == '#' && start[1] == '!';
}

}  // namespace

std::vector<v1::FoundLinker> found_linkers(const std::string& search_path) {
  std::vector<v1::FoundLinker> all;
  for (const Target* target : all_targets()) {
    v1::FoundLinker linker;
    linker.set_machine(std::string(target->name));
    std::string names;
    for (const std::string_view name : target->linkers) {
      names += (names.empty() ? "" : ", ") + std::string(name);
      const auto found = find_program(name, search_path, "/");
      if (!found || !linker.program().empty()) continue;
      linker.set_program(found.value().native());
      linker.set_is_script(is_script(found.value()));
    }
    linker.set_names(names);
    all.push_back(std::move(linker));
  }
  return all;
}

}  // namespace cbundle

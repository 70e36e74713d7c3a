#include "engine/stage/key_names.h"

#include <string_view>

namespace cbundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view beside_script = "script:";

bool is_below(const std::string& path, const fs::path& directory) {
  return path.starts_with((directory / "").native());
}

std::string below(const std::string& path, const fs::path& directory) {
  return path.substr((directory / "").native().size());
}

}  // namespace

KeyNames::KeyNames(const fs::path& script, const fs::path& directory)
    : directory_(directory / ".") {
  if (is_below(script.native(), directory)) {
    script_ = directory_ / below(script.native(), directory);
  } else if (!script.empty()) {
    beside_ = script.parent_path() / ".";
    script_ = beside_ / script.filename();
  }
}

std::string KeyNames::mark() const {
  return ((beside_.empty() ? directory_ : beside_) / "").native();
}

std::string KeyNames::name(const fs::path& marked) const {
  const std::string& path = marked.native();
  if (is_below(path, directory_)) return below(path, directory_);
  if (beside_.empty() || !is_below(path, beside_)) return path;
  return std::string(beside_script) + below(path, beside_);
}

fs::path KeyNames::path(const std::string& name) const {
  if (name.starts_with(beside_script) && !beside_.empty()) {
    return beside_.parent_path() / name.substr(beside_script.size());
  }
  return directory_.parent_path() / name;
}

std::string KeyNames::shown(const std::string& name) const {
  return name.starts_with(beside_script) ? path(name).native() : name;
}

}  // namespace cbundle

// Scripts in memory, and a short form of their text.
#pragma once

#include <map>
#include <string>

#include "engine/script/relocatable_expression.h"
#include "engine/script/script.h"

namespace cbundle {

// Files by path; an absent one is absent.
inline ReadScript files_in_memory(std::map<std::string, std::string> files) {
  return [files = std::move(files)](
             const std::filesystem::path& path) -> Result<std::optional<std::string>> {
    const auto found = files.find(path.string());
    if (found == files.end()) return std::optional<std::string>();
    return std::optional(found->second);
  };
}

// The text with S for the shift and M for the mask, to keep expectations readable.
inline std::string shortened(std::string text) {
  for (const auto& [word, by] :
       {std::pair{shift_placeholder, "S"}, std::pair{mask_placeholder, "M"}}) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
      text.replace(at, word.size(), by);
    }
  }
  return text;
}

inline Result<Script> parse(std::string_view text) {
  return parse_script(text, "boot.lds", "/d", files_in_memory({}));
}

// The canonical text, or the error's message.
inline std::string text_or_error(std::string_view text) {
  auto script = parse(text);
  return script ? shortened(script.value().text) : script.error().text();
}

}  // namespace cbundle

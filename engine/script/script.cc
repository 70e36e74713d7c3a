#include "engine/script/script.h"

#include "engine/script/parser.h"

namespace cbundle {

Result<Script> parse_script(std::string_view text, const std::filesystem::path& path,
                            const std::filesystem::path& directory, const ReadScript& read) {
  Source source(directory, read);
  Parser parser(source);
  TRY(source.open(text, path, [&parser] { return parser.commands(); }));
  return parser.finish(path.string());
}

Result<Script> read_script(const std::filesystem::path& path,
                           const std::filesystem::path& directory, const ReadScript& read) {
  Source source(directory, read);
  Parser parser(source);
  TRY(source.open_file(path, [&parser] { return parser.commands(); }));
  return parser.finish(path.string());
}

}  // namespace cbundle

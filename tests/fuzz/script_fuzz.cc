// Fuzzes the script reader: any text is refused, or is a script whose rewritten text can be read
// again.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/script/layout.h"
#include "engine/script/script.h"

namespace cbundle {
namespace {

void require(bool holds, const char* what, std::string_view detail) {
  if (holds) return;
  std::fprintf(stderr, "script_fuzz: %s\n%.*s\n", what, static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

// The text may include itself.
Result<Script> parse_with_includes(std::string_view text) {
  const auto read = [&](const std::filesystem::path& path) -> Result<std::optional<std::string>> {
    if (path == "/d/a.lds") return std::optional(std::string(text));
    return std::optional<std::string>();
  };
  return parse_script(text, "boot.lds", "/d", read);
}

LayoutPlacement some_placement(unsigned bits) {
  return {.shift = 0x5555'5550,
          .address_bits = bits,
          .reach = 0x1000,
          .imports = {0x1020, 0x2040},
          .has_gp = bits == 32};
}

void read(std::string_view text) {
  const auto script = parse_with_includes(text);
  if (!script) {
    require(script.error().kind == ErrorKind::bad_input, "an error of another kind",
            script.error().text());
    require(!script.error().text().empty(), "an error without a message", text);
    return;
  }
  const std::string& moved = script.value().text;
  require(std::count(moved.begin(), moved.end(), '\n') ==
              static_cast<std::ptrdiff_t>(script.value().locations.size()),
          "lines without a location", moved);
  for (const unsigned bits : {32U, 64U}) {
    const LayoutScript layout = layout_script(script.value(), some_placement(bits));
    require(std::count(layout.text.begin(), layout.text.end(), '\n') ==
                static_cast<std::ptrdiff_t>(layout.locations.size()),
            "lines without a location in a layout", layout.text);
  }
  const auto again = parse_with_includes(at_shift(moved, 0x5550, 64));
  require(again || again.error().text().find("__cbundle_") != std::string::npos,
          "the rewritten script cannot be read", moved);
}

}  // namespace
}  // namespace cbundle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cbundle::read({reinterpret_cast<const char*>(data), size});
  return 0;
}

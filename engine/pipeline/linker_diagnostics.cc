#include "engine/pipeline/linker_diagnostics.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/text.h"
#include "engine/bundle/diagnostic_list.h"
#include "engine/stage/filter_diagnostics.h"

namespace cbundle {
namespace {

// What stands between `before` and the next `after`.
std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                        std::string_view after) {
  const std::size_t start = line.find(before);
  if (start == line.npos) return std::nullopt;
  const std::string_view rest = line.substr(start + before.size());
  const std::size_t end = rest.find(after);
  if (end == rest.npos) return std::nullopt;
  return rest.substr(0, end);
}

std::optional<std::string_view> orphan_in(std::string_view line) {
  if (const auto name = between(line, "unplaced orphan section `", "'")) return name;
  if (line.find(") is being placed in '") == line.npos) return std::nullopt;  // lld
  return between(line, "partial.o:(", ")");
}

Diagnostic not_placed(std::string_view name, const ElfFile& partial) {
  Diagnostic problem{.message = "section " + std::string(name) + " is placed nowhere by the script",
                     .hint = "place it in an output section: *(" + std::string(name) + ")",
                     .place = std::nullopt};
  if (const Section* section = partial.section_named(name)) {
    problem.place = SectionOffset{partial.index_of(*section), 0};
  }
  return problem;
}

// "(.text+0x1c)"
std::optional<SectionOffset> spot_in(std::string_view line, const ElfFile& partial) {
  const auto place = between(line, "(", "): ");
  const std::size_t plus = place ? place->rfind("+0x") : std::string_view::npos;
  if (plus == std::string_view::npos) return std::nullopt;
  const Section* section = partial.section_named(place->substr(0, plus));
  const std::string_view digits = place->substr(plus + 3);
  std::uint64_t offset = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), offset, 16);
  if (section == nullptr) return std::nullopt;
  return SectionOffset{partial.index_of(*section), offset};
}

// GNU ld's way to say that a field is too small.
std::optional<Diagnostic> out_of_reach_in(std::string_view line, const ElfFile& partial) {
  const auto type = between(line, "relocation truncated to fit: ", " against ");
  const auto name = between(line, "`", "'");
  const std::optional<SectionOffset> place = spot_in(line, partial);
  if (!type || !name || !place) return std::nullopt;
  return Diagnostic{.message = quote(*name) + " is out of reach (" + std::string(*type) + ")",
                    .hint =
                        "place the two nearer to each other in the script, or compile for a "
                        "larger code model",
                    .place = place};
}

}  // namespace

Diagnostics problems_in_linker_diagnostics(std::string_view words, const ElfFile& partial) {
  const std::string kept = filter_diagnostics(words);
  DiagnosticList problems;
  for (std::string_view rest = kept; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const bool is_context = line.ends_with(':') || line.find(": warning: ") != line.npos;
    if (const auto orphan = orphan_in(line)) {
      const std::string cause = "orphan " + std::string(*orphan);
      if (!problems.has(cause)) problems.add(cause, not_placed(*orphan, partial));
    } else if (auto problem = out_of_reach_in(line, partial)) {
      problems.add(*std::move(problem));
    } else if (!is_context) {
      return {};
    }
  }
  return problems.take();
}

}  // namespace cbundle

#include "engine/pipeline/linker_diagnostics.h"

#include <charconv>
#include <optional>

#include "engine/base/text.h"
#include "engine/bundle/diagnostic_list.h"
#include "engine/bundle/symbol_finder.h"

namespace cbundle {
namespace {

// The text between `before` and the next `after`.
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

Diagnostic not_placed(std::string_view name, const ElfFile& partial, const SymbolFinder& names) {
  Diagnostic error{.message = "section " + std::string(name),
                   .hint = "place it in an output section: *(" + std::string(name) + ")",
                   .section = std::string(name)};
  if (const Section* section = partial.section_named(name)) {
    error.place = SectionOffset{partial.index_of(*section), 0};
    if (const Symbol* symbol = names.symbol_at(*error.place)) {
      error.symbol = name_in_source(*symbol);
      error.message += ", which contains " + quote(error.symbol) + ",";
    }
  }
  error.message += " is not placed by the script";
  return error;
}

// "(.text+0x1c)"
std::optional<SectionOffset> section_offset_in(std::string_view line, const ElfFile& partial) {
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

// GNU ld's message for a field that is too small.
std::optional<Diagnostic> out_of_reach_in(std::string_view line, const ElfFile& partial,
                                          const SymbolFinder& names) {
  const auto type = between(line, "relocation truncated to fit: ", " against ");
  const std::size_t against = line.find(" against ");
  const std::optional<SectionOffset> place = section_offset_in(line, partial);
  if (!type || !place) return std::nullopt;
  const auto name = between(line.substr(against), "`", "'");
  if (!name) return std::nullopt;
  Diagnostic error = names.error_at(*place, "cannot reach " + quote(*name),
                                    "place the two nearer to each other in the script, or compile "
                                    "for a larger code model");
  error.relocation = *type;
  error.target = *name;
  return error;
}

}  // namespace

Diagnostics diagnose_linker_output(const Diagnostics& printed, const ElfFile& partial) {
  const SymbolFinder names(partial);
  DiagnosticList errors;
  for (const Diagnostic& each : printed) {
    if (const auto orphan = orphan_in(each.message)) {
      const std::string cause = "orphan " + std::string(*orphan);
      if (!errors.has(cause)) errors.add(cause, not_placed(*orphan, partial, names));
    } else if (auto error = out_of_reach_in(each.message, partial, names)) {
      errors.add(*std::move(error));
    } else if (each.severity == Severity::error) {
      return {};
    }
  }
  return errors.take();
}

}  // namespace cbundle

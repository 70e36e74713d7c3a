#include "engine/flat_image/flat_combine.h"

#include <algorithm>
#include <utility>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/flat_image/comparison.h"
#include "engine/flat_image/flat_exports.h"
#include "engine/flat_image/flat_text.h"
#include "engine/flat_image/import_lines.h"
#include "engine/flat_image/symbol_map.h"

namespace cbundle {
namespace {

constexpr LayoutShift first_shift{0x010200, 0x408020};  // of the first form's script

// An import on line `gap` does not differ, and one on a later line looks like another difference.
Result<void> check_lines(const ImportLines& imports, std::uint64_t gap) {
  for (const ImportDeclaration& import : imports.all()) {
    if (import.line < gap) continue;
    return error_at(import.location,
                    "import " + quote(import.name) + " is declared on line " +
                        std::to_string(import.line) + ", but a gap of " + hex(gap) +
                        " only distinguishes lines below " + std::to_string(gap),
                    "declare it further up, or use a larger gap");
  }
  return {};
}

// Adds to each message the offset in the image and the symbol there.
void locate(Diagnostics& problems, const std::string& path, std::span<const MapSymbol> map,
            const ImportLines& imports) {
  std::vector<MapSymbol> symbols;
  std::ranges::copy_if(map, std::back_inserter(symbols), [&](const MapSymbol& symbol) {
    const bool is_code = symbol.kind == MapKind::global || symbol.kind == MapKind::local;
    return is_code && symbol.name != start_symbol && !imports.has(std::string(symbol.name));
  });
  std::ranges::stable_sort(symbols, {}, &MapSymbol::address);
  for (Diagnostic& problem : problems) {
    problem.file = path;
    const MapSymbol* symbol = symbol_before(symbols, problem.offset);
    if (symbol != nullptr) problem.symbol = symbol->name;
    const std::string in = symbol == nullptr ? "" : ", in " + quote(symbol->name);
    problem.message.insert(0, "at " + hex(problem.offset) + in + ": ");
  }
}

Error refusal(const FlatRequest& request, const FlatPair& pair, const ImportLines& imports,
              const std::vector<MapSymbol>& symbols, Diagnostics problems) {
  if (pair.alignment() > 1) return pair.size_mismatch();
  if (imports.is_of_moved_layout()) {
    problems = {{.message = "this is the script of the moved layout: its line numbers are not "
                            "multiplied by 0",
                 .hint = "pass the script of the other layout",
                 .file = request.script.string()}};
  } else {
    locate(problems, pair.path(), symbols, imports);
  }
  return {ErrorKind::bad_input, std::move(problems)};
}

std::string position_of(const FlatReference& reference) {
  return "Position " + hex(reference.offset) + ' ' + std::to_string(reference.import->line) + ' ' +
         reference.import->written;
}

Result<FlatResult> combine_pair(const FlatRequest& request, const FlatPair& pair,
                                const ImportLines& imports, std::string_view map) {
  const std::vector<MapSymbol> symbols = parse_symbol_map(map);
  const bool is_merged = request.shift.has_value();
  Comparison comparison = compare(pair, imports);
  if (!comparison.problems.empty()) {
    return refusal(request, pair, imports, symbols, std::move(comparison.problems));
  }
  const MappedBundle bundle{symbols, imports, comparison.references, pair.base().size()};
  FlatExports exports = find_exports(request.exports, bundle);
  if (!request.map.empty()) {
    std::ranges::move(check_map(bundle, is_merged), std::back_inserter(exports.problems));
  }
  if (!exports.problems.empty()) {
    for (Diagnostic& problem : exports.problems) problem.file = request.map.string();
    return Error{ErrorKind::bad_input, std::move(exports.problems)};
  }
  FlatResult result;
  if (request.wants_positions) {
    std::ranges::transform(comparison.references, std::back_inserter(result.positions),
                           position_of);
  }
  result.text = flat_text(
      {pair.base(), std::move(comparison.references), std::move(exports.exports), pair.alignment()},
      is_merged, request.section_header);
  return result;
}

Result<FlatImage> image_of(const std::filesystem::path& path) {
  return FlatImage{path.string(), TRY(read_stream(path))};
}

}  // namespace

Result<FlatResult> combine_flat(const FlatRequest& request) {
  const LayoutShift shift = request.shift.value_or(first_shift);
  const std::string script = TRY(read_stream(request.script));
  const ImportLines imports = TRY(ImportLines::parse(script, request.script.string()));
  TRY(check_lines(imports, shift.gap));
  const std::string map = request.map.empty() ? std::string() : TRY(read_stream(request.map));
  FlatImage image = TRY(image_of(request.image));
  FlatImage other = TRY(image_of(request.other_image));
  const FlatPair pair = TRY(FlatPair::of(std::move(image), std::move(other), shift));
  return combine_pair(request, pair, imports, map);
}

}  // namespace cbundle

// Checks that the seeds of combine_fuzz are still bundles: check_seeds CORPUS.
//
// If the combine refuses them, the fuzzer has nothing to compare. Run make_corpus after a change in
// how layouts are linked.
#include <cstdio>

#include "engine/base/files.h"
#include "tests/fuzz/layout_case.h"

namespace cbundle {
namespace {

Result<void> check(const std::filesystem::path& seed) {
  const auto layouts = unpack_layout_case(TRY(read_file(seed)));
  if (!layouts) return Error{ErrorKind::corrupt, "not a seed"};
  TRY(bundle_of(*layouts));
  return {};
}

}  // namespace
}  // namespace cbundle

// Only the layouts of make_corpus have a bundle beside them, not those that the fuzzer found.
int main(int count, char** words) {
  if (count != 2) return 2;
  const std::filesystem::path corpus(words[1]);
  int seeds = 0;
  int refused = 0;
  for (const auto& bundle : std::filesystem::directory_iterator(corpus / "bundle_fuzz")) {
    const auto name = bundle.path().filename();
    const auto checked = cbundle::check(corpus / "combine_fuzz" / name);
    ++seeds;
    if (checked) continue;
    std::printf("%s: %s\n", name.c_str(), checked.error().text().c_str());
    ++refused;
  }
  std::printf("%d of %d seeds are bundles\n", seeds - refused, seeds);
  return seeds == 0 || refused != 0 ? 1 : 0;
}

// Combines and emits as the daemon's two stages do, from files to a file, for the benchmark of
// sizes: combine_bench PARTIAL LAYOUT_A LAYOUT_B OUTPUT IMPORT[,IMPORT...].
#include <iostream>

#include "engine/base/files.h"
#include "engine/bundle/combine.h"
#include "engine/bundle/emit.h"
#include "engine/bundle/survey.h"

namespace cbundle {
namespace {

Result<ElfFile> read_elf(const char* path) {
  const Blob bytes = TRY(map_file(path));
  return ElfFile::parse(bytes);
}

Spec spec_of(std::string_view imports) {
  Spec spec;
  while (!imports.empty()) {
    const std::size_t end = std::min(imports.find(','), imports.size());
    spec.imports.push_back({std::string(imports.substr(0, end)), ImportKind::func});
    imports.remove_prefix(std::min(end + 1, imports.size()));
  }
  return spec;
}

Result<Bundle> combined(char** paths, const Spec& spec) {
  const ElfFile partial = TRY(read_elf(paths[0]));
  const Target* target = target_for(partial.machine(), partial.is_64(), partial.is_big_endian());
  if (target == nullptr) return Error{ErrorKind::bad_input, "objects of no known machine"};
  const Survey known = survey(partial, *target, spec, spec.imports, {});
  const ElfFile a = TRY(read_elf(paths[1]));
  const ElfFile b = TRY(read_elf(paths[2]));
  const LayoutPlan plan = plan_layouts(partial, *target, 1);
  Combined combined = combine({partial, a, b}, *target, plan, spec, spec.imports);
  if (!known.problems.empty() || !combined.problems.empty()) {
    return Error{ErrorKind::bad_input, "the bundle has problems"};
  }
  return std::move(combined.bundle);
}

Result<std::string> packed(char** paths, const Spec& spec) {
  const Bundle bundle = TRY(combined(paths, spec));
  return pack(bundle);
}

Result<void> run(char** argv) {
  const Spec spec = spec_of(argv[5]);
  const std::string bytes = TRY(packed(argv + 1, spec));
  Bundle bundle = TRY(unpack_bundle(bytes));
  const std::string object = TRY(emit(std::move(bundle), spec));
  return write_file(argv[4], object);
}

}  // namespace
}  // namespace cbundle

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: combine_bench PARTIAL LAYOUT_A LAYOUT_B OUTPUT IMPORTS\n";
    return 2;
  }
  const cbundle::Result<void> done = cbundle::run(argv);
  if (!done) std::cerr << done.error().message << '\n';
  return done ? 0 : 1;
}

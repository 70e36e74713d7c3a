// For the benchmark of sizes. combine_bench link OBJECT DIRECTORY IMPORTS writes the partial link
// and the layouts of the object to the directory; combine_bench combine DIRECTORY OUTPUT IMPORTS
// combines and emits them as the daemon's two stages do, from files to a file.
#include <array>
#include <iostream>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/bundle/check/object_checker.h"
#include "engine/bundle/output/emit.h"
#include "engine/bundle/proof/combine.h"
#include "engine/pipeline/pipeline.h"
#include "engine/store/memory_cache.h"
#include "engine/tool/process_executor.h"

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

namespace fs = std::filesystem;

constexpr auto partial_name = "partial.o";
constexpr std::array layout_names{"layout-a.elf", "layout-b.elf"};

// Saves the linker's outputs: the layout with the lower address is A.
class KeepingExecutor final : public Executor {
 public:
  explicit KeepingExecutor(fs::path directory) : directory_(std::move(directory)) {}

  Result<Exit> execute(const Command& command, const std::stop_token& stop) override {
    Result<Exit> exit = inner_.execute(command, stop);
    constexpr auto over = fs::copy_options::overwrite_existing;
    std::error_code absent;
    fs::copy_file(command.directory / partial_name, directory_ / partial_name, over, absent);
    const fs::path layout = command.directory / "layout.elf";
    if (fs::exists(layout, absent)) {
      fs::copy_file(layout, directory_ / layout_names[is_upper(layout) ? 1 : 0], over, absent);
    }
    return exit;
  }

 private:
  static bool is_upper(const fs::path& layout) {
    const Result<ElfFile> elf = read_elf(layout.c_str());
    const Section* s = elf ? elf.value().section_named(".cbundle") : nullptr;
    return s != nullptr && s->address >> 40 != 0;
  }

  fs::path directory_;
  ProcessExecutor inner_{1};
};

class Silent final : public Progress {
 public:
  void on(const Event&) override {}
};

Result<void> keep_links(char** argv) {
  MemoryCache store;
  KeepingExecutor executor(argv[3]);
  Pipeline pipeline(store, executor);
  Silent silent;
  Request request;
  request.directory = fs::current_path();
  request.objects = {argv[2]};
  request.path = "/usr/bin:/bin";
  request.spec = spec_of(argv[4]);
  const Built built = TRY(pipeline.build(request, silent, {}));
  return {};
}

Result<Bundle> combined(const fs::path& directory, const Spec& spec) {
  const Blob partial_bytes = TRY(map_file(directory / partial_name));
  const ElfFile partial = TRY(ElfFile::parse(partial_bytes));
  const Target* target = target_for(partial.machine(), partial.is_64(), partial.is_big_endian());
  if (target == nullptr) return Error{ErrorKind::bad_input, "objects of no known machine"};
  const ObjectCheck known = check_object(partial, *target, spec, spec.imports, {});
  const LayoutPlan plan = plan_layouts(partial, *target, 1);
  drop_pages(partial_bytes);
  const ElfFile a = TRY(read_elf((directory / layout_names[0]).c_str()));
  const ElfFile b = TRY(read_elf((directory / layout_names[1]).c_str()));
  Combined combined = combine({partial, a, b}, *target, plan, spec, spec.imports);
  if (!known.problems.empty() || !combined.problems.empty()) {
    return Error{ErrorKind::bad_input, "the bundle has problems"};
  }
  return std::move(combined.bundle);
}

Result<std::string> packed(const fs::path& directory, const Spec& spec) {
  const Bundle bundle = TRY(combined(directory, spec));
  return pack(bundle);
}

Result<void> write_combined(char** argv) {
  const Spec spec = spec_of(argv[4]);
  const std::string bytes = TRY(packed(argv[2], spec));
  Bundle bundle = TRY(unpack_bundle(bytes));
  const std::string object = TRY(emit(std::move(bundle), spec));
  return write_file(argv[3], object);
}

}  // namespace
}  // namespace cbundle

int main(int argc, char** argv) {
  const std::string_view what = argc == 5 ? argv[1] : "";
  if (what != "link" && what != "combine") {
    std::cerr << "usage: combine_bench link OBJECT DIRECTORY IMPORTS\n"
                 "       combine_bench combine DIRECTORY OUTPUT IMPORTS\n";
    return 2;
  }
  cbundle::keep_freed_memory();  // as the daemon does
  const cbundle::Result<void> done =
      what == "link" ? cbundle::keep_links(argv) : cbundle::write_combined(argv);
  if (!done) std::cerr << done.error().text() << '\n';
  return done ? 0 : 1;
}

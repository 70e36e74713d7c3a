// Makes seeds from objects with the stages of a build: the layouts for combine_fuzz/NAME and the
// bundle for bundle_fuzz/NAME. For make_corpus.
#include <cstdio>
#include <map>

#include "engine/stage/layout_link.h"
#include "engine/stage/partial_link.h"
#include "engine/tool/process_executor.h"
#include "tests/fuzz/layout_case.h"

namespace cbundle {
namespace {

Result<Blob> run(const Stage& stage, const std::map<Digest, Blob>& made) {
  ProcessExecutor executor{1};
  StageContext context([&](const Digest& digest) -> Result<Blob> { return made.at(digest); },
                       executor, {});
  return stage.run(context);
}

Result<Input> input_of(const std::filesystem::path& file) {
  const auto path = std::filesystem::absolute(file);
  const std::string content = TRY(read_file(path));
  return Input{{path, TRY(stamp_of(path)), {}, true}, Digest::of(content), false, {}};
}

struct Order {
  std::filesystem::path corpus;
  std::string name, machine, linker, mode, step;
  std::string script;  // "-": none
  std::string object;
};

Result<LayoutCase> make(const Target& target, const Order& order, Spec spec) {
  const Tool linker{order.linker, {}};
  const std::vector<Input> objects{TRY(input_of(order.object))};
  std::map<Digest, Blob> made;
  const auto keep = [&](const Blob& blob) {
    const Digest digest = Digest::of(blob.bytes());
    made.emplace(digest, blob);
    return digest;
  };
  const Blob partial = TRY(run(PartialLink(linker, target, objects), made));
  LinkParameters parameters{linker, target, spec, keep(partial), {}, {}};
  if (order.script != "-") {
    const ScriptStage::Source source{TRY(input_of(order.script)), {}, {}, "/"};
    parameters.script_a = keep(TRY(run(ScriptStage(Layout::a, source), made)));
    parameters.script_b = keep(TRY(run(ScriptStage(Layout::b, source), made)));
  }
  const Blob a = TRY(run(LayoutLink(Layout::a, parameters), made));
  const Blob b = TRY(run(LayoutLink(Layout::b, parameters), made));
  return LayoutCase{std::move(spec), std::string(partial.text()), std::string(a.text()),
                    std::string(b.text())};
}

Result<void> make_seeds(const Order& order) {
  const Target* target = target_named(order.machine);
  if (target == nullptr) return Error{ErrorKind::bad_request, "unknown machine " + order.machine};
  Spec spec;
  spec.mode = order.mode == "selfreloc" ? Mode::selfreloc : Mode::pic;
  spec.imports = {{"host_count", ImportKind::data},
                  {"host_row", ImportKind::data},
                  {"host_step", order.step == "thumb" ? ImportKind::thumb : ImportKind::func}};
  spec.exports = {"seed_run", "seed_marks"};
  const LayoutCase layouts = TRY(make(*target, order, std::move(spec)));
  const Bundle bundle = TRY(bundle_of(layouts));  // so that the fuzzer has something to compare
  TRY(write_file(order.corpus / "combine_fuzz" / order.name, pack(layouts)));
  return write_file(order.corpus / "bundle_fuzz" / order.name, pack(bundle));
}

}  // namespace
}  // namespace cbundle

int main(int count, char** words) {
  if (count != 9) {
    std::fputs("usage: make_seed CORPUS NAME MACHINE LINKER pic|selfreloc STEP SCRIPT|- OBJECT\n",
               stderr);
    return 2;
  }
  const auto made = cbundle::make_seeds(
      {words[1], words[2], words[3], words[4], words[5], words[6], words[7], words[8]});
  if (!made) std::fprintf(stderr, "make_seed: %s\n", made.error().text().c_str());
  return made ? 0 : 1;
}

// Fixed inputs and the digests of what the stages that run in this process make of them: an output
// that changes while its key stays would be served from caches in its old form.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <unordered_map>

#include "engine/stage/combine_stage.h"
#include "engine/stage/emit_stage.h"
#include "engine/stage/script_stage.h"
#include "tests/support/counting_executor.h"

namespace cbundle {
namespace {

const std::filesystem::path golden_directory =
    std::filesystem::path(CBUNDLE_SOURCE_DIR) / "tests/integration/golden";

struct Line {
  std::string algorithm, key, output;
};

// golden/digests: stage and input, its algorithm number, its key, the digest of its output.
std::map<std::string, Line> known_lines() {
  std::map<std::string, Line> lines;
  std::ifstream table(golden_directory / "digests");
  for (std::string text; std::getline(table, text);) {
    std::istringstream fields(text);
    std::string name;
    fields >> name;
    if (name.empty() || name.front() == '#') continue;
    fields >> lines[name].algorithm >> lines[name].key >> lines[name].output;
  }
  return lines;
}

class GoldenTest : public testing::Test {
 protected:
  // The digest of a file of golden/, which stages may then load.
  Digest add(const std::string& name) {
    Result<std::string> content = read_file(golden_directory / name);
    EXPECT_TRUE(content) << name;
    return add(Blob(content ? std::move(content).value() : std::string()));
  }
  Digest add(Blob blob) {
    const Digest digest = Digest::of(blob.bytes());
    outputs_.insert_or_assign(digest, std::move(blob));
    return digest;
  }

  // Runs the stage and compares with the line called `name`. Returns the digest of its output.
  Digest expect_golden(const std::string& name, const Stage& stage) {
    const auto load = [this](const Digest& digest) -> Result<Blob> { return outputs_.at(digest); };
    StageContext context(load, executor_, {});
    Result<Blob> output = stage.run(context);
    EXPECT_TRUE(output) << name << ": " << (output ? "" : output.error().text());
    if (!output) return {};
    const Digest digest = add(std::move(output).value());

    const Manifest manifest = manifest_of(stage);
    const auto algorithm =
        std::ranges::find(manifest.fields(), "algorithm", &Manifest::Field::first);
    const Line now{algorithm->second, manifest.key().digest.hex(), digest.hex()};
    const Line known = known_lines()[name];
    if (now.key == known.key && now.output == known.output) return digest;
    ADD_FAILURE()
        << (now.key == known.key
                ? "the output of " + name +
                      " has changed under an unchanged key: raise "
                      "the number of the field 'algorithm' in the stage's describe(), and "
                      "run this test again"
                : "the key of " + name +
                      " has changed: if that is meant, make its line "
                      "in tests/integration/golden/digests")
        << "\n"
        << name << ' ' << now.algorithm << ' ' << now.key << ' ' << now.output;
    return digest;
  }

  void expect_golden_bundle(const std::string& machine, const Target* target, const Spec& spec) {
    ASSERT_NE(target, nullptr);
    const LinkParameters parameters{linker_, *target, spec, add(machine + "-partial.o"), {}, {}};
    const Digest layout_a = add(machine + "-layout-a.elf");
    const Digest layout_b = add(machine + "-layout-b.elf");
    const Digest bundle =
        expect_golden(machine + "-combine", CombineStage(parameters, layout_a, layout_b));
    for (const Form form : {Form::object, Form::assembly, Form::image, Form::description,
                            Form::c_source, Form::c_header}) {
      Spec emitted = spec;
      emitted.form = form;
      std::string name = machine + "-emit-" + std::string(name_of(form));
      std::ranges::replace(name, ' ', '-');
      expect_golden(name, EmitStage(emitted, bundle));
    }
  }

 private:
  Tool linker_;
  CountingExecutor executor_;
  std::unordered_map<Digest, Blob> outputs_;
};

TEST_F(GoldenTest, AScript) {
  const std::filesystem::path path = golden_directory / "plain.lds";
  const ScriptStage::Source source{
      {{path, stamp_of(path).value(), {}, true}, add("plain.lds"), false, {}},
      {},
      {},
      golden_directory};
  expect_golden("script", ScriptStage(Layout::a, source));
}

TEST_F(GoldenTest, AnX86_64Bundle) {
  Spec spec;
  spec.imports = {{"host_log", ImportKind::func}, {"host_count", ImportKind::data}};
  spec.exports = {"run"};
  expect_golden_bundle("x86_64", target_for(EM_X86_64, true, false), spec);
}

TEST_F(GoldenTest, AnI386BundleThatRelocatesItself) {
  Spec spec;
  spec.imports = {{"host_log", ImportKind::func}};
  spec.exports = {"run"};
  spec.mode = Mode::selfreloc;
  expect_golden_bundle("i386", target_for(EM_386, false, false), spec);
}

}  // namespace
}  // namespace cbundle

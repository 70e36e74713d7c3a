#include "engine/stage/relink_stage.h"

#include "engine/base/text.h"
#include "engine/bundle/output/emit.h"
#include "engine/script/built_in.h"
#include "engine/script/layout.h"

namespace cbundle {
namespace {

// The bundle at its address, then the fixups, and the imports at theirs.
std::string script_at(const LinkAddresses& place, const Bundle& bundle, const Spec& spec,
                      const Target& target) {
  const Target& machine = emitted_machine(target);
  const std::uint64_t size = (size_with_fixups(bundle, target) + 15) & ~std::uint64_t{15};
  std::vector<InputSection> sections{{spec.section, SectionKind::code, bundle.alignment}};
  if (spec.mode == Mode::selfreloc) {
    sections.push_back({spec.section + ".fixups", SectionKind::code, target.output_word_size()});
  }
  Script shape;
  shape.text = built_in_script(sections, Mode::pic);
  shape.sections = {std::string(built_in_section)};
  LayoutPlacement placement{place.base, machine.is_64 ? 64U : 32U, size, {}, machine.includes_got};
  for (const std::uint64_t import : place.imports) {
    placement.imports.push_back(import - place.base - size);
  }
  return layout_script(shape, placement).text;
}

// `details` follow as notes.
Error fault(std::string message, Diagnostics details = {}) {
  details.insert(details.begin(),
                 {.message = std::move(message),
                  .hint = "this is a bug in cbundle or in the linker: please report it, with the "
                          "objects, the script, the command line and the linker's version"});
  for (std::size_t i = 1; i < details.size(); ++i) details[i].severity = Severity::note;
  return {ErrorKind::internal, std::move(details)};
}

}  // namespace

void RelinkStage::describe(Manifest& manifest) const {
  manifest.field("algorithm", "1");
  manifest.field("linker", parameters_.linker.identity);
  manifest.field("machine", parameters_.target.name);
  manifest.field("layout c", layout_c_);
  manifest.field("combined bundle", bundle_);
  manifest.field("mode", name_of(parameters_.spec.mode));
  manifest.field("section", parameters_.spec.section);
  manifest.field("prefix", parameters_.spec.prefix);
  if (parameters_.script_a) manifest.field("script", *parameters_.script_a);
  describe_imports(parameters_.spec, manifest);
}

Result<Relinked> RelinkStage::link_at(const LinkAddresses& place, const Bundle& bundle,
                                      const std::vector<Import>& imports,
                                      StageContext& context) const {
  Spec spec = parameters_.spec;
  spec.form = Form::object;
  const Target& machine = emitted_machine(parameters_.target);
  const std::uint32_t flags = machine.machine == parameters_.target.machine ? bundle.elf_flags : 0;
  const Blob object(TRY(emit(bundle, spec)));
  const std::string stub = import_stub(machine, flags, imports);
  const std::string script = script_at(place, bundle, spec, parameters_.target);
  const Result<Blob> image =
      link_image(parameters_.linker, machine, {"bundle.o", object, stub, script}, context);
  if (!image && image.error().kind == ErrorKind::tool_failed) {
    return fault("the emitted object does not link at " + hex(place.base),
                 image.error().diagnostics);
  }
  const Blob bytes = TRY(image);
  const ElfFile elf = TRY(ElfFile::parse(bytes));
  const Section* section = elf.section_named(built_in_section);
  if (section == nullptr) return fault("the emitted object has no bytes when it is linked");
  return split(section->content, bundle, parameters_.target);
}

// All moves by one distance, as a host's loader moves it: its table must do what a link does.
Result<void> RelinkStage::check_fixups(const Relinked& linked, const LinkAddresses& place,
                                       const Bundle& bundle, const std::vector<Import>& imports,
                                       StageContext& context) const {
  const Target& target = parameters_.target;
  const std::uint64_t distance = loader_distance(place, bundle.alignment);
  const Relinked expected = TRY(link_at(moved(place, distance), bundle, imports, context));
  Relinked copy = linked;
  if (!apply_fixups(copy, distance, target)) return fault("the table of fixups is malformed");
  const auto wrong = relink_differences(copy.bytes, expected.bytes, bundle, target);
  if (wrong.empty()) return {};
  return fault("the bundle, moved by its table of fixups from " + hex(place.base) + " to " +
                   hex(place.base + distance) + ", differs from a link there",
               wrong);
}

Result<Blob> RelinkStage::run(StageContext& context) const {
  const Blob layout_bytes = TRY(context.load(layout_c_));
  const Blob bundle_bytes = TRY(context.load(bundle_));
  const ElfFile layout = TRY(ElfFile::parse(layout_bytes));
  const Image direct = TRY(image_of(layout, parameters_.target));
  const Bundle bundle = TRY(unpack_bundle(bundle_bytes.text()));
  if (bundle.size() == 0 && direct.sections.empty())
    return Blob(std::string("there are no bytes\n"));

  const Script script = TRY(load_script(parameters_.script_a, context.load));
  const std::vector<Import> imports = all_imports(parameters_.spec, script);
  const LinkAddresses place = addresses_in(direct, imports.size());
  const Relinked linked = TRY(link_at(place, bundle, imports, context));
  const auto wrong =
      relink_differences(linked.bytes, loaded_bytes(direct), bundle, parameters_.target);
  if (!wrong.empty()) {
    return fault("the emitted object, linked alone at " + hex(place.base) +
                     ", differs from a link of its inputs there",
                 wrong);
  }
  if (!bundle.fixups.empty()) TRY(check_fixups(linked, place, bundle, imports, context));
  return Blob(std::to_string(linked.bytes.size()) + " bytes are as the inputs give them at " +
              hex(place.base) + "\n");
}

}  // namespace cbundle

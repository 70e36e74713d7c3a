#include "engine/stage/layout_link.h"

#include <algorithm>

#include "engine/bundle/check/object_checker.h"
#include "engine/script/built_in.h"
#include "engine/script/layout.h"

namespace cbundle {

namespace {

namespace fs = std::filesystem;

SectionKind kind_of(const Section& s) {
  if (s.is_code()) return SectionKind::code;
  if (is_relro(s.name)) return SectionKind::relro;
  if (s.type == SHT_NOBITS) return SectionKind::zero;
  return s.is_writable() ? SectionKind::writable : SectionKind::read_only;
}

std::vector<InputSection> sections_of(const ElfFile& partial) {
  std::vector<InputSection> sections;
  for (const Section& s : partial.sections()) {
    if (!s.is_allocated() || is_left_out(s.name)) continue;
    sections.push_back({std::string(s.name), kind_of(s), s.alignment});
  }
  return sections;
}

// Those that the linker's own are not, by names that a script can have.
std::vector<std::string> unloaded_sections(const ElfFile& partial) {
  std::vector<std::string> names;
  for (const Section& s : partial.sections()) {
    const bool has_content = s.type == SHT_PROGBITS || s.type == SHT_NOTE;
    const bool is_plain = !s.name.empty() && std::ranges::all_of(s.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_';
    });
    if (has_content && is_plain && !s.is_allocated()) names.emplace_back(s.name);
  }
  return names;
}

Script built_in(const ElfFile& partial, Mode mode) {
  Script script;
  script.text = built_in_script(sections_of(partial), mode);
  script.sections = {std::string(built_in_section)};
  return script;
}

LayoutPlacement place(const LayoutPlan& plan, Layout layout, const Target& target,
                      std::size_t imports) {
  LayoutPlacement placement{
      plan.base_of(layout), target.is_64 ? 64U : 32U, plan.reach, {}, target.includes_got};
  for (std::size_t i = 0; i < imports; ++i) {
    placement.imports.push_back(LayoutPlan::import_offset(layout, i, imports));
  }
  return placement;
}

// lld would fail with other messages, or lay out something else. The lines are the layout's, as in
// a linker's messages.
Result<void> require_common(const Script& script, std::size_t first, const Target& target) {
  Diagnostics errors;
  for (const LinkerIncompatibility& each : script.incompatibilities) {
    if (each.lld.empty()) continue;
    errors.push_back({.message = "ld.lld " + each.lld,
                      .hint = each.hint + ", or link with GNU ld (--linker " +
                              std::string(target.linkers.front()) + ")",
                      .file = std::string(layout_script_name),
                      .line = static_cast<std::uint32_t>(first + each.line + 1)});
  }
  if (errors.empty()) return {};
  return Error{ErrorKind::bad_input, std::move(errors)};
}

}  // namespace

std::vector<Import> all_imports(const Spec& spec, const Script& script) {
  std::vector<Import> imports = spec.imports;
  for (const auto& import : script.imports) {
    if (std::ranges::find(imports, import.name, &Import::name) == imports.end()) {
      imports.push_back({import.name, ImportKind::data});
    }
  }
  return imports;
}

Result<Script> load_script(const std::optional<Digest>& script, const StageContext::Load& load) {
  if (!script) return Script();
  const Blob packed = TRY(load(*script));
  return unpack_script(packed.text());
}

void describe_imports(const Spec& spec, Manifest& manifest) {
  for (const Import& import : spec.imports) {
    manifest.field("import " + import.name, name_of(import.kind));
  }
}

StageKind LayoutLink::kind() const {
  switch (layout_) {
    case Layout::a: return StageKind::layout_a;
    case Layout::b: return StageKind::layout_b;
    case Layout::c: return StageKind::layout_c;
  }
  return StageKind::layout_a;
}

void LayoutLink::describe(Manifest& manifest) const {
  manifest.field("algorithm", "3");
  manifest.field("linker", parameters_.linker.identity);
  manifest.field("machine", parameters_.target.name);
  manifest.field("layout", name_of(layout_));
  manifest.field("partial link", parameters_.partial);
  if (script()) manifest.field("script", *script());
  manifest.field("mode", name_of(parameters_.spec.mode));
  describe_imports(parameters_.spec, manifest);
}

Result<Blob> LayoutLink::run(StageContext& context) const {
  const Blob bytes = TRY(context.load(parameters_.partial));
  const ElfFile partial = TRY(ElfFile::parse(bytes));
  Script shape = TRY(load_script(script(), context.load));
  const std::vector<Import> imports = all_imports(parameters_.spec, shape);
  const LayoutPlan plan = plan_layouts(partial, parameters_.target, shape.alignment);
  if (plan.reach > max_bundle) return too_large();
  LayoutPlacement placement = place(plan, layout_, parameters_.target, imports.size());
  placement.unloaded = unloaded_sections(partial);
  if (script()) {
    placement.rest = patterns_of(sections_of(partial), parameters_.spec.mode);
  } else {
    shape = built_in(partial, parameters_.spec.mode);
  }
  const LayoutScript text = layout_script(shape, placement);
  if (parameters_.linker.is_lld) TRY(require_common(shape, text.first, parameters_.target));

  const std::string stub = import_stub(parameters_.target, partial.flags(), imports);
  return link_image(parameters_.linker, parameters_.target, {"partial.o", bytes, stub, text.text},
                    context);
}

Result<Blob> link_image(const Tool& linker, const Target& target, const LinkInputs& inputs,
                        StageContext& context) {
  const fs::path directory = TRY(context.directory(inputs.object.size()));
  TRY(link_or_copy(directory / inputs.name, inputs.object));
  TRY(write_file(directory / import_stub_name, inputs.stub));
  TRY(write_file(directory / layout_script_name, inputs.script));
  // Relaxation replaces GOT loads by absolute immediates (x86-64), ADRP and ADD by ADR (AArch64),
  // and calls by short ones, which reach an import only in the layout (RISC-V).
  std::vector<std::string> arguments{"-m",
                                     std::string(target.emulation),
                                     "-e",
                                     "0",
                                     "-N",
                                     "--emit-relocs",
                                     "--orphan-handling=error",
                                     "--no-check-sections",
                                     "--build-id=none",
                                     "-T",
                                     std::string(layout_script_name),
                                     "-o",
                                     "layout.elf",
                                     std::string(inputs.name),
                                     std::string(import_stub_name),
                                     "--no-relax"};
  context.warn(TRY(context.run(linker.program, std::move(arguments))));
  return context.output("layout.elf");
}

}  // namespace cbundle

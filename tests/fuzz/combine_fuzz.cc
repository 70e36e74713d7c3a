// Fuzzes the proof: of any two layouts, an accepted bundle that is linked again at the address of a
// layout is, byte for byte, that layout.
//
// The linker is independent of the engine, see relink.h. Every accepted bundle is also emitted in
// all its forms, and packed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/bundle/check/object_checker.h"
#include "engine/bundle/output/emit.h"
#include "engine/bundle/proof/combine.h"
#include "tests/fuzz/layout_case.h"
#include "tests/fuzz/layout_mutator.h"
#include "tests/fuzz/relink.h"
#include "tests/fuzz/third_address.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace cbundle {
namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "combine_fuzz: %s\n", what.c_str());
  std::abort();
}

std::string hex(std::uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

bool is_of_bundle(const Section& s, bool includes_got) {
  const bool is_got = s.name == ".got" || s.name == ".got.plt" || s.name == ".cbundle.got";
  return s.is_allocated() && s.size != 0 && !s.name.starts_with(".cbundle.import.") &&
         (includes_got || !is_got);
}

// Bundles may have up to 1 GB, which is too much to copy here.
bool is_vast(const ElfFile& layout) {
  return std::ranges::any_of(layout.sections(), [](const Section& s) {
    return s.is_allocated() && s.size > 16 << 20 && s.size <= 1 << 30;
  });
}

// The addresses of the bundle and its imports in a layout.
BundlePlacement placement_in(const ElfFile& layout, const LayoutCase& layouts, bool includes_got) {
  BundlePlacement found;
  const Section* first = nullptr;
  for (const Section& s : layout.sections()) {
    const bool is_first = first == nullptr || s.load_address < first->load_address;
    if (is_of_bundle(s, includes_got) && is_first) first = &s;
  }
  if (first != nullptr) found.base = first->address;
  for (std::size_t i = 0; i < layouts.spec.imports.size(); ++i) {
    const Section* s = layout.section_named(".cbundle.import." + std::to_string(i));
    found.imports.push_back(
        {s == nullptr ? 0 : s->address, layouts.spec.imports[i].kind, s != nullptr});
  }
  return found;
}

// The first byte in which the layout differs from what was linked; empty: none.
std::string difference(const ElfFile& layout, const std::vector<Segment>& segments,
                       bool includes_got) {
  std::uint64_t start = ~std::uint64_t{0};
  for (const Section& s : layout.sections()) {
    if (is_of_bundle(s, includes_got)) start = std::min(start, s.load_address);
  }
  for (const Section& s : layout.sections()) {
    if (!is_of_bundle(s, includes_got)) continue;
    for (std::size_t i = 0; i < s.content.size(); ++i) {
      const std::uint64_t offset = s.load_address - start + i;
      const auto segment = std::ranges::find_if(segments, [&](const Segment& each) {
        return offset >= each.offset && offset - each.offset < each.bytes.size();
      });
      if (segment == segments.end()) return "nothing is at " + hex(offset);
      const auto linked = static_cast<std::byte>(segment->bytes[offset - segment->offset]);
      if (linked != s.content[i]) {
        return "at " + hex(offset) + " is " + hex(std::to_integer<unsigned>(linked)) +
               " instead of " + hex(std::to_integer<unsigned>(s.content[i]));
      }
    }
  }
  return {};
}

void require_equal_when_linked(const Bundle& bundle, const ElfFile& layout, const char* name,
                               const LayoutCase& layouts, bool includes_got) {
  const BundlePlacement at = placement_in(layout, layouts, includes_got);
  const Relinked linked = relink(bundle, at);
  if (!linked.error.empty()) fail("linked as layout " + std::string(name) + ": " + linked.error);
  const std::string other = difference(layout, linked.segments, includes_got);
  if (!other.empty()) fail("linked as layout " + std::string(name) + ", " + other);
  const Relinked fixed = fix_up(bundle, at, linked.segments);
  if (!fixed.error.empty()) fail("moved to layout " + std::string(name) + ": " + fixed.error);
  const std::string moved = difference(layout, fixed.segments, includes_got);
  if (!moved.empty()) fail("moved to layout " + std::string(name) + ", " + moved);
}

void require_equal_values_elsewhere(const Bundle& bundle, const Layouts& layouts,
                                    const BundlePlacement& at_a) {
  for (const std::uint64_t end_of_page : {0xfff0U, 0x7ff0U}) {
    const BundlePlacement there = third_placement(bundle, at_a, end_of_page);
    const Relinked linked = relink(bundle, there);
    if (!linked.error.empty()) fail("linked elsewhere: " + linked.error);
    const std::string other = difference_at_third_address(layouts, at_a, there, linked.segments);
    if (!other.empty()) fail("linked elsewhere, " + other);
  }
}

void require_packs(const Bundle& bundle) {
  const std::string packed = pack(bundle);
  const auto again = unpack_bundle(packed);
  if (!again || pack(again.value()) != packed) fail("the packed bundle differs");
}

void emit_all(const Bundle& bundle, Spec spec) {
  for (const Form form : {Form::object, Form::assembly, Form::image, Form::description}) {
    spec.form = form;
    const auto written = emit(bundle, spec);
    if (!written && written.error().kind != ErrorKind::bad_input) fail(written.error().text());
    if (written && form == Form::object && !ElfFile::parse(Blob(written.value()))) {
      fail("the emitted object is not a valid ELF file");
    }
  }
}

void read(std::string_view bytes) {
  const auto layouts = unpack_layout_case(bytes);
  if (!layouts) return;
  const auto partial = ElfFile::parse(Blob(layouts->partial));
  const auto a = ElfFile::parse(Blob(layouts->a));
  const auto b = ElfFile::parse(Blob(layouts->b));
  if (!partial || !a || !b) return;
  const Target* target =
      target_for(a.value().machine(), a.value().is_64(), a.value().is_big_endian());
  if (target == nullptr) return;
  if (is_vast(a.value()) || is_vast(b.value())) return;
  const auto& imports = layouts->spec.imports;
  static_cast<void>(check_object(partial.value(), *target, layouts->spec, imports, {}));
  const LayoutPlan plan = plan_layouts(partial.value(), *target, 1);
  const Layouts links{partial.value(), a.value(), b.value()};
  const Combined combined = combine(links, *target, plan, layouts->spec, imports);
  if (!combined.problems.empty()) {
    if (text_of(combined.problems).empty()) fail("an error without a message");
    return;
  }
  require_equal_when_linked(combined.bundle, a.value(), "A", *layouts, target->includes_got);
  require_equal_when_linked(combined.bundle, b.value(), "B", *layouts, target->includes_got);
  require_equal_values_elsewhere(combined.bundle, links,
                                 placement_in(a.value(), *layouts, target->includes_got));
  require_packs(combined.bundle);
  emit_all(combined.bundle, layouts->spec);
}

}  // namespace
}  // namespace cbundle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cbundle::read({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  auto layouts = cbundle::unpack_layout_case({reinterpret_cast<const char*>(data), size});
  if (!layouts) return LLVMFuzzerMutate(data, size, max_size);
  cbundle::mutate(*layouts, seed, LLVMFuzzerMutate);
  const std::string changed = cbundle::pack(*layouts);
  if (changed.size() > max_size) return size;
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

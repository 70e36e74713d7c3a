#include "tests/fuzz/layout_case.h"

#include "engine/base/pack.h"
#include "engine/bundle/proof/combine.h"

namespace cbundle {

std::string pack(const LayoutCase& layouts) {
  Packer out;
  out << layouts.spec.mode << layouts.spec.imports.size();
  for (const Import& import : layouts.spec.imports) out << import.name << import.kind;
  out << layouts.spec.exports.size();
  for (const std::string& name : layouts.spec.exports) out << name;
  out << layouts.partial << layouts.a << layouts.b;
  return out.take();
}

std::optional<LayoutCase> unpack_layout_case(std::string_view bytes) {
  Unpacker in(bytes);
  LayoutCase layouts;
  bool is_selfreloc = false;
  in >> is_selfreloc;
  layouts.spec.mode = is_selfreloc ? Mode::selfreloc : Mode::pic;
  layouts.spec.imports.resize(in.count(16));
  for (Import& import : layouts.spec.imports) {
    std::uint64_t kind = 0;
    in >> import.name >> kind;
    import.kind = static_cast<ImportKind>(kind % 3);
  }
  layouts.spec.exports.resize(in.count(8));
  for (std::string& name : layouts.spec.exports) in >> name;
  in >> layouts.partial >> layouts.a >> layouts.b;
  return in.good() ? std::optional(std::move(layouts)) : std::nullopt;
}

Result<Bundle> bundle_of(const LayoutCase& layouts) {
  const ElfFile partial = TRY(ElfFile::parse(Blob(layouts.partial)));
  const ElfFile a = TRY(ElfFile::parse(Blob(layouts.a)));
  const ElfFile b = TRY(ElfFile::parse(Blob(layouts.b)));
  const Target* target = target_for(a.machine(), a.is_64(), a.is_big_endian());
  if (target == nullptr) return Error{ErrorKind::bad_input, "layouts of no known machine"};
  Combined combined = combine({partial, a, b}, *target, plan_layouts(partial, *target, 1),
                              layouts.spec, layouts.spec.imports);
  if (combined.problems.empty()) return std::move(combined.bundle);
  return Error{ErrorKind::bad_input, combined.problems};
}

}  // namespace cbundle

#include "engine/bundle/bundle.h"

#include "engine/base/pack.h"

namespace cbundle {

// Not in an unnamed namespace, where Packer and Unpacker would not find them.
Packer& operator<<(Packer& out, const Segment& s) { return out << s.offset << s.bytes; }
Packer& operator<<(Packer& out, const Reference& r) {
  return out << r.offset << r.type << r.import << r.addend;
}
Packer& operator<<(Packer& out, const Fixup& f) {
  return out << f.offset << f.kind << f.import << f.addend;
}
Packer& operator<<(Packer& out, const Export& e) {
  return out << e.name << e.offset << e.size << e.type;
}

Packer& operator<<(Packer& out, const MappingSymbol& m) { return out << m.name << m.offset; }
Packer& operator<<(Packer& out, const Attributes& a) {
  return out << a.name << a.type << a.flags << a.alignment << a.entry_size << a.content;
}

Unpacker& operator>>(Unpacker& in, Segment& s) { return in >> s.offset >> s.bytes; }
Unpacker& operator>>(Unpacker& in, Reference& r) {
  return in >> r.offset >> r.type >> r.import >> r.addend;
}
Unpacker& operator>>(Unpacker& in, Fixup& f) {
  return in >> f.offset >> f.kind >> f.import >> f.addend;
}
Unpacker& operator>>(Unpacker& in, Export& e) {
  return in >> e.name >> e.offset >> e.size >> e.type;
}
Unpacker& operator>>(Unpacker& in, MappingSymbol& m) { return in >> m.name >> m.offset; }
Unpacker& operator>>(Unpacker& in, Attributes& a) {
  return in >> a.name >> a.type >> a.flags >> a.alignment >> a.entry_size >> a.content;
}

std::string pack(const Bundle& b) {
  constexpr std::size_t each = 4 * sizeof(std::uint64_t);  // of the two long lists
  std::size_t bytes = 0;
  for (const Segment& s : b.segments) bytes += s.bytes.size();
  Packer out;
  out.reserve(bytes + each * (b.references.size() + b.fixups.size()) + 4096);
  out << b.target << b.elf_flags << b.alignment << b.segments << b.imports << b.references
      << b.fixups << b.exports << b.mapping_symbols << b.attributes;
  return out.take();
}

Result<Bundle> unpack_bundle(std::string_view bytes) {
  Unpacker in(bytes);
  Bundle b;
  in >> b.target >> b.elf_flags >> b.alignment >> b.segments >> b.imports >> b.references >>
      b.fixups >> b.exports >> b.mapping_symbols >> b.attributes;
  if (!in.good()) return Error{ErrorKind::corrupt, "a combined bundle in the cache is truncated"};
  return b;
}

}  // namespace cbundle

#include "engine/bundle/bundle.h"

#include "engine/base/pack.h"

namespace cbundle {
namespace {

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

template <class T>
void put_all(Packer& out, const std::vector<T>& items) {
  out << items.size();
  for (const T& item : items) out << item;
}

template <class T>
void take_all(Unpacker& in, std::vector<T>& items) {
  items.resize(in.count(8));  // every item takes at least one number
  for (T& item : items) in >> item;
}

}  // namespace

std::string pack(const Bundle& b) {
  constexpr std::size_t each = 4 * sizeof(std::uint64_t);  // of the two long lists
  std::size_t bytes = 0;
  for (const Segment& s : b.segments) bytes += s.bytes.size();
  Packer out;
  out.reserve(bytes + each * (b.references.size() + b.fixups.size()) + 4096);
  out << b.target << b.elf_flags << b.alignment;
  put_all(out, b.segments);
  put_all(out, b.imports);
  put_all(out, b.references);
  put_all(out, b.fixups);
  put_all(out, b.exports);
  put_all(out, b.mapping_symbols);
  put_all(out, b.attributes);
  return out.take();
}

Result<Bundle> unpack_bundle(std::string_view bytes) {
  Unpacker in(bytes);
  Bundle b;
  in >> b.target >> b.elf_flags >> b.alignment;
  take_all(in, b.segments);
  take_all(in, b.imports);
  take_all(in, b.references);
  take_all(in, b.fixups);
  take_all(in, b.exports);
  take_all(in, b.mapping_symbols);
  take_all(in, b.attributes);
  if (!in.good()) return Error{ErrorKind::corrupt, "a combined bundle in the cache is cut short"};
  return b;
}

}  // namespace cbundle

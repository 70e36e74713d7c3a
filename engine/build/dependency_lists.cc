#include "engine/build/dependency_lists.h"

#include <algorithm>

#include "engine/base/pack.h"

namespace cbundle {

std::optional<StageKey> key_with(Manifest manifest, const DependencyList& files,
                                 const std::filesystem::path& directory,
                                 const DigestOf& digest_of) {
  for (const std::string& file : files) {
    const std::optional<Digest> digest = digest_of(directory / file);
    if (!digest) return std::nullopt;
    manifest.field("included file", *digest);
  }
  return manifest.key();
}

std::vector<DependencyList> unpack_lists(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<DependencyList> lists(in.count(8));
  for (DependencyList& list : lists) {
    list.resize(in.count(8));
    for (std::string& file : list) in >> file;
  }
  if (!in.good()) lists.clear();
  return lists;
}

std::string pack_lists(const std::vector<DependencyList>& lists) {
  Packer out;
  out << lists.size();
  for (const DependencyList& list : lists) {
    out << list.size();
    for (const std::string& file : list) out << file;
  }
  return out.take();
}

std::vector<DependencyList> with_list(std::vector<DependencyList> lists,
                                      const DependencyList& list) {
  constexpr std::size_t most_lists = 8;
  std::erase(lists, list);
  lists.insert(lists.begin(), list);
  if (lists.size() > most_lists) lists.resize(most_lists);
  return lists;
}

}  // namespace cbundle

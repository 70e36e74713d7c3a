// All that a result depends on, listed once and in order.
//
// One list has two uses: its key() names the result in the store, its fields() explain to a person
// what has changed since the last build. They cannot disagree.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/digest.h"

namespace cbundle {

class Manifest {
 public:
  using Field = std::pair<std::string, std::string>;

  // Names are for people and never hold a path: "object 3", "linker", "import".
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, const Digest& value);

  // The digest of all fields, each with its length, so that no two manifests have the same bytes.
  // Where digests have a SHA-256, this has one too, which is that of shared_text().
  StageKey key() const;

  // What machines tell the result by: the same fields, in which every digest is a SHA-256. Nothing
  // where one of them has none.
  std::optional<std::string> shared_text() const;
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
  std::vector<std::pair<std::size_t, std::optional<Sha256>>> digests_;  // with their fields' index
};

// The first difference from `before` to `now`, for a person: "object 3 changed", "import phys is
// new", "linker changed"; empty where nothing differs.
std::string first_difference(const std::vector<Manifest::Field>& before,
                             const std::vector<Manifest::Field>& now);

}  // namespace cbundle

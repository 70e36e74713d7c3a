// What a result depends on, told once and in order.
//
// One telling serves two readers: its key() names the result in the store, its fields() explain
// to a person what changed since last time. They cannot disagree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/digest.h"

namespace cbundle {

class Manifest {
 public:
  using Field = std::pair<std::string, std::string>;

  // Names are in a person's words and never hold a path: "object 3", "linker", "import".
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, const Digest& value) { field(name, value.hex()); }

  StageKey key() const;
  const std::vector<Field>& fields() const { return fields_; }

  // The fields as bytes, lengths first, so that no two manifests run together. The key is the
  // digest of exactly these bytes.
  std::string to_bytes() const;
  static std::vector<Field> fields_of(std::string_view bytes);  // empty where malformed

 private:
  std::vector<Field> fields_;
};

// The first difference from `before` to `now`, for a person: "object 3 changed", "import phys is
// new", "linker changed"; empty where nothing differs.
std::string first_difference(const std::vector<Manifest::Field>& before,
                             const std::vector<Manifest::Field>& now);

}  // namespace cbundle

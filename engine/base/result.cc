#include "engine/base/result.h"

namespace cbundle {

Error::Error(ErrorKind of, std::string message, std::string hint) : kind(of) {
  diagnostics.push_back({.message = std::move(message), .hint = std::move(hint)});
}

}  // namespace cbundle

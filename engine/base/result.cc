#include "engine/base/result.h"

namespace cbundle {

Error::Error(ErrorKind of, std::string message, std::string hint) : kind(of) {
  // For the while in which callers still write both as one text.
  const std::size_t next = message.find("\n  ");
  if (hint.empty() && next != std::string::npos) {
    hint = message.substr(next + 3);
    message.resize(next);
  }
  diagnostics.push_back({.message = std::move(message), .hint = std::move(hint)});
}

}  // namespace cbundle

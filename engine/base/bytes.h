// Views of raw bytes, and bytes that are shared and never change.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cbundle {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Immutable bytes, shared and never copied.
class Blob {
 public:
  Blob() : Blob(std::string()) {}
  explicit Blob(std::string bytes) {
    auto owned = std::make_shared<const std::string>(std::move(bytes));
    bytes_ = as_bytes(*owned);
    owner_ = std::move(owned);
  }
  // Bytes that `owner` keeps alive and unchanged; the content of `file`, if not null.
  Blob(std::shared_ptr<const void> owner, Bytes bytes, const char* file = nullptr)
      : owner_(std::move(owner)), bytes_(bytes), file_(file) {}

  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  std::size_t size() const { return bytes_.size(); }

  // A file with this content, to be linked instead of copied; null: none. It may be gone.
  const char* file() const { return file_; }

 private:
  std::shared_ptr<const void> owner_;
  Bytes bytes_;
  const char* file_ = nullptr;
};

}  // namespace cbundle

#include "daemon/serve/shared_store.h"

#include <algorithm>
#include <utility>

#include "engine/digest/sha256.h"

namespace cbundle {
namespace {

enum class Kind { blob, action };

StageKey key_of(const std::string& instance, Kind kind, const reapi::Digest& digest) {
  const std::string_view name = kind == Kind::blob ? "blob" : "action";
  std::string text(name);
  text.append("\0", 1).append(instance).append("\0", 1).append(digest.hash());
  const Sha256 hash = sha256_of(text);
  StageKey key;
  std::copy_n(hash.bytes.begin(), key.digest.bytes.size(), key.digest.bytes.begin());
  return key;
}

Error bad(std::string what) { return {ErrorKind::bad_request, std::move(what)}; }

}  // namespace

Result<void> check(const reapi::Digest& digest) {
  if (!Sha256::from_hex(digest.hash())) return bad("a hash that is no SHA-256 in lower-case hex");
  if (digest.size_bytes() < 0) return bad("a negative size");
  if (digest.size_bytes() > max_blob_bytes) return bad("a blob of more than 1 GiB");
  return {};
}

Result<bool> SharedStore::has(const std::string& instance, const reapi::Digest& digest) {
  TRY(check(digest));
  if (digest.size_bytes() == 0) return is_digest_of(digest, {});
  const auto entry = TRY(store_.find(key_of(instance, Kind::blob, digest)));
  return entry && entry->warnings == digest.hash();
}

Result<std::optional<Blob>> SharedStore::read(const std::string& instance,
                                              const reapi::Digest& digest) {
  TRY(check(digest));
  if (is_digest_of(digest, {})) return std::optional(Blob());
  const auto entry = TRY(store_.find(key_of(instance, Kind::blob, digest)));
  if (!entry || entry->warnings != digest.hash()) return std::optional<Blob>();
  auto blob = TRY(store_.load(entry->output));
  if (blob && !is_digest_of(digest, blob->text())) blob.reset();
  return blob;
}

Result<void> SharedStore::write(const std::string& instance, const reapi::Digest& digest,
                                const Blob& bytes) {
  TRY(check(digest));
  if (!is_digest_of(digest, bytes.text())) return bad("bytes that are not those of their digest");
  if (bytes.size() == 0) return {};
  return store_.put(key_of(instance, Kind::blob, digest),
                    {Digest::of(bytes.bytes()), digest.hash()}, bytes);
}

Result<bool> SharedStore::is_complete(const std::string& instance,
                                      const reapi::ActionResult& result) {
  const auto has_files = [&](const reapi::Directory& directory) -> Result<bool> {
    for (const reapi::FileNode& file : directory.files()) {
      if (!TRY(has(instance, file.digest()))) return false;
    }
    return true;
  };
  for (const reapi::OutputFile& file : result.output_files()) {
    if (!TRY(has(instance, file.digest()))) return false;
  }
  if (result.has_stdout_digest() && !TRY(has(instance, result.stdout_digest()))) return false;
  if (result.has_stderr_digest() && !TRY(has(instance, result.stderr_digest()))) return false;
  for (const reapi::OutputDirectory& output : result.output_directories()) {
    const auto bytes = TRY(read(instance, output.tree_digest()));
    reapi::Tree tree;
    if (!bytes || !tree.ParseFromArray(bytes->text().data(), static_cast<int>(bytes->size()))) {
      return false;
    }
    if (!TRY(has_files(tree.root()))) return false;
    for (const reapi::Directory& child : tree.children()) {
      if (!TRY(has_files(child))) return false;
    }
  }
  return true;
}

Result<std::optional<reapi::ActionResult>> SharedStore::action(const std::string& instance,
                                                               const reapi::Digest& digest) {
  TRY(check(digest));
  const auto entry = TRY(store_.find(key_of(instance, Kind::action, digest)));
  if (!entry || entry->warnings != digest.hash()) return std::optional<reapi::ActionResult>();
  const auto bytes = TRY(store_.load(entry->output));
  reapi::ActionResult result;
  const bool is_known =
      bytes && result.ParseFromArray(bytes->text().data(), static_cast<int>(bytes->size())) &&
      TRY(is_complete(instance, result));
  return is_known ? std::optional(std::move(result)) : std::nullopt;
}

Result<void> SharedStore::put_action(const std::string& instance, const reapi::Digest& digest,
                                     const reapi::ActionResult& result) {
  TRY(check(digest));
  if (!TRY(is_complete(instance, result))) {
    return bad("a result that names blobs which are not there: write them first");
  }
  const Blob bytes(result.SerializeAsString());
  return store_.put(key_of(instance, Kind::action, digest),
                    {Digest::of(bytes.bytes()), digest.hash()}, bytes);
}

}  // namespace cbundle

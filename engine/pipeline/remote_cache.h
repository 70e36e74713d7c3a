// Results that machines share, as a build sees them. The engine speaks no protocol itself.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "engine/base/bytes.h"
#include "engine/store/store.h"

namespace cbundle {

// Everything that the result depends on.
struct RemoteKey {
  std::string stage;     // "partial"
  std::string manifest;  // Manifest::shared_text()
};

struct RemoteResult {
  Blob output;           // of a stage never empty; see RemoteResults for one that is
  std::string warnings;  // as of Entry
};

// Many threads may call. A remote that is down, slow or wrong is a miss, never an error.
class RemoteCache {
 public:
  virtual ~RemoteCache() = default;

  // Returns at its deadline, or when `stop` is requested, at the latest. The bytes are those that
  // were put, by their SHA-256.
  virtual std::optional<RemoteResult> find(const RemoteKey& key, const std::stop_token& stop) = 0;

  // Returns at once; the result is sent later, or dropped where too many wait.
  virtual void put(RemoteKey key, RemoteResult result) = 0;

  // What has happened since the last call: remote.hit and remote.miss, answers; remote.skipped,
  // look-ups not made as the remote was down; remote.failed, calls that failed; remote.wrong,
  // results whose bytes were not those of their digests; remote.sent and remote.dropped, results.
  virtual Counters take_counters() = 0;
};

}  // namespace cbundle

#include "engine/base/counters.h"

namespace cbundle {
namespace {

using enum CounterRow::Meaning;

constexpr CounterRow rows[] = {
    {"build.done", "builds that succeeded"},
    {"build.failed", "builds that failed"},
    {"build.not_kept", "builds whose results must not be kept", costs,
     "'cbundle build -v' says why; a linker that is a script is the usual cause: name the linker "
     "itself with --linker"},
    {"stage.bundle.hit", "bundles found as a whole"},
    {"stage.*.hit", "results of this stage found"},
    {"stage.*.ran", "runs of this stage"},
    {"stage.*.shared", "results of this stage made by another build at the same time"},
    {"stage.*.remote", "results of this stage found in the remote cache"},
    {"remote.hit", "look-ups that the remote cache could answer"},
    {"remote.miss", "look-ups that it could not"},
    {"remote.sent", "results sent to the remote cache"},
    {"remote.skipped", "look-ups not made, as the remote cache was down", costs,
     "'cbundle status' says why it is not used"},
    {"remote.bypassed", "stages not looked for, as that takes longer than to run them"},
    {"remote.failed", "calls of the remote cache that failed", costs,
     "'cbundle status' says why; check CBUNDLE_REMOTE and the server"},
    {"remote.dropped", "results not sent to the remote cache", costs,
     "a remote cache that is down or slow is the usual cause"},
    {"remote.not_shared", "results with absolute paths, not sent to the remote cache", costs,
     "name files relative to the build's directory, and build with -ffile-prefix-map"},
    {"remote.wrong", "results of the remote cache that were not what their digests say, not used",
     broken, "check the server and its disk, and who may write to it"},
    {"saved.microseconds", "time that the results which were found took to make"},
    {"stats.since", "when the counters were set to zero, in seconds since the epoch"},
    {"input.young", "inputs read that had changed just before, and so were not remembered", costs,
     "find out what rewrites or touches so many of the inputs just before each build"},
    {"store.evicted", "results evicted to stay within the limit", costs,
     "if builds find less in the cache than they used to, set a larger max_size"},
    {"store.not_kept", "results that could not be stored", costs,
     "see the daemon's log; a full disk or a small max_size is the usual cause"},
    {"store.corrupt", "damaged results, dropped", broken,
     "check the disk and the memory of this machine; 'cbundle verify' checks what is left, and "
     "'cbundle stats --zero' forgets this"},
    {"daemon.version_mismatch", "calls by clients of another version", costs,
     "use cbundle and cbundled of one version"},
    {"daemon.foreign_peer", "connections by other users, refused", costs,
     "give each user a socket of their own"},
};

// Whether `name` is what `pattern` stands for.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name;
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  if (name.size() < head.size() + tail.size()) return false;
  if (!name.starts_with(head) || !name.ends_with(tail)) return false;
  const std::size_t length = name.size() - head.size() - tail.size();
  return name.substr(star, length).find('.') == name.npos;
}

}  // namespace

std::span<const CounterRow> all_counters() { return rows; }

const CounterRow* counter_row(std::string_view name) {
  for (const CounterRow& row : rows) {
    if (matches(row.name, name)) return &row;
  }
  return nullptr;
}

}  // namespace cbundle

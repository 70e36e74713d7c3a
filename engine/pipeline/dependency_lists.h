// Results whose inputs show only while they are made: a script that includes others.
//
// Beside such a result its list of files is kept, under the key of what was known beforehand. To
// look the result up again, each known list is read back, the files' present digests are added to
// the key, and what is found under the longer key is right: every file that was read, or looked
// for in vain, is as it was.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest/manifest.h"
#include "engine/store/store.h"

namespace cbundle {

// Relative to the request's directory where they lie below it, so that checkouts share.
using DependencyList = std::vector<std::string>;

// The digest of a file's content as it is now, a fixed one for a file that is absent; nothing
// where the caller may not find out.
using DigestOf = std::function<std::optional<Digest>(const std::filesystem::path&)>;

// The key of `manifest` with the present content of `files` told too; nothing where digest_of
// has nothing to say.
std::optional<StageKey> key_with(Manifest manifest, const DependencyList& files,
                                 const std::filesystem::path& directory, const DigestOf& digest_of);

// A file of the list that may have changed, come or gone since `start`; nothing where none has. A
// file changed a clock tick before counts too.
std::optional<std::filesystem::path> changed_since(std::chrono::system_clock::time_point start,
                                                   const DependencyList& files,
                                                   const std::filesystem::path& directory);

// What files held when a result was made of them: only that may stand in its key.
using SeenDigests = std::map<std::filesystem::path, Digest>;

// `digest_of`, with its answers noted in `seen`, which must outlive it.
DigestOf noting(DigestOf digest_of, SeenDigests& seen);

std::vector<DependencyList> unpack_lists(std::string_view bytes);  // empty where malformed
std::string pack_lists(const std::vector<DependencyList>& lists);

// `lists` with `list` in front, no list twice, at most eight: a script that includes by condition
// has as many as it has conditions.
std::vector<DependencyList> with_list(std::vector<DependencyList> lists,
                                      const DependencyList& list);

}  // namespace cbundle

// The paths that daemon and client agree on: socket, cache and log.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace cbundle {

struct Paths {
  std::string cache_dir;  // $CBUNDLE_CACHE_DIR, $XDG_CACHE_HOME/cbundle or $HOME/.cache/cbundle
  std::string socket;     // $CBUNDLE_SOCKET, else in runtime_dir; one daemon per cache_dir
  // Beside the socket; or, where its directory is another user's, as that of a system unit is
  // root's, in the default directory.
  std::string start_lock;    // held while a daemon is started
  std::string log;           // the output of a daemon that a client started
  std::string wedged;        // see client/wedged_daemon.h
  std::string private_runs;  // see private_runs.h
};

// Reads a variable; an empty view where it is not set.
using GetVariable = std::function<std::string_view(const char* name)>;

// The default socket is daemon.sock in $XDG_RUNTIME_DIR/cbundle, or in /tmp/cbundle-UID if there
// is no such directory; a cache directory named by $CBUNDLE_CACHE_DIR has its own socket there,
// daemon-HASH.sock, so that two caches never share a daemon.
Paths paths_of(const GetVariable& variable, unsigned uid);

// Error{bad_request} where `path` cannot name a Unix socket: longer than 107 bytes, or relative.
Result<void> check_socket_path(std::string_view path);

// Creates the directory of `file` with mode 0700 if it is missing, and checks that this user owns
// it and nobody else can write to it, else Error{bad_request}. Error{unavailable} where it cannot
// be created.
Result<void> ensure_private_parent(const std::string& file);

}  // namespace cbundle

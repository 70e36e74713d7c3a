// Where daemon and client meet: the socket, the cache, the log. Both programs ask here.
//
// Needs nothing but the C++ library, so that the client stays thin.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cbundle {

struct Paths {
  std::string cache_dir;   // $CBUNDLE_CACHE_DIR, $XDG_CACHE_HOME/cbundle or $HOME/.cache/cbundle
  std::string socket;      // $CBUNDLE_SOCKET, else in runtime_dir; one daemon per cache_dir
  std::string start_lock;  // beside the socket: held while a daemon is started
  std::string log;         // beside the socket: what a daemon that a client started has to say
};

// Reads a variable; an empty view where it is not set.
using GetVariable = std::function<std::string_view(const char* name)>;

// The socket's default is daemon.sock in $XDG_RUNTIME_DIR/cbundle, or in /tmp/cbundle-UID where
// there is no such directory; a cache directory named by $CBUNDLE_CACHE_DIR gets a socket of its
// own there, daemon-HASH.sock, so that two caches never share a daemon.
Paths paths_of(const GetVariable& variable, unsigned uid);

// Empty, or why `path` cannot be a Unix socket's: longer than 107 bytes, or relative.
std::string trouble_with_socket(std::string_view path);

// Makes the directory of `file` with mode 0700 where it is missing, and checks that it is ours:
// owned by us, not writable by others. Empty, or what is wrong.
std::string trouble_with_private_parent(const std::string& file);

}  // namespace cbundle

// Whether a daemon that does not answer is stopped or wedged; and what clients tell each other.
#pragma once

#include <sys/types.h>

#include "proto/paths.h"

namespace cbundle {

// The daemon that serves a socket of the process `listener`: that itself, or, where systemd made
// the socket, the only shared cbundled of this user; 0 where there are none or several.
pid_t process_behind(pid_t listener);

// The first client that has waited in vain leaves word beside the socket, so that later builds need
// not wait. The word holds as long as the process does nothing: a daemon that was continued, or
// another one, is used again. Nothing is written where the state is not known.
void leave_word_of(const Paths& paths, pid_t pid);

// Whether such a word holds; removes one that does not. Takes one open() where there is none.
bool is_known_as_wedged(const Paths& paths);

// The same of the start lock, if another program holds it: the word holds for a minute.
void leave_word_of_lock(const Paths& paths);
bool is_lock_known_as_held(const Paths& paths);

}  // namespace cbundle

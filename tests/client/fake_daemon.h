// A stand-in for cbundled: this test program, called with a daemon's options.
//
// Its files are in $HOME, where there is one called fake-cbundled. `starts` gets a line for each
// start: "daemon", "private" or "private --no-cache". `mood` says what it is like: "broken" dies at
// the start with text on standard error, "mute" is ready but answers nobody, "leaving" answers
// UNAVAILABLE and exits, "busy" answers FAILED_PRECONDITION and stays, "sleepy" never gets ready. A
// private daemon always works, except for "hopeless". Where there is `lasts-once`, the mood lasts
// as long as the file `once`, which the first start removes.
#pragma once

#include "tests/client/fake_server.h"

namespace cbundle {

// Also for `cbundled combine`, which returns the request as text; the script "bad" is refused, with
// "die" it exits without an answer.
bool is_called_as_daemon(int argc, char** argv);
int play_daemon(int argc, char** argv);

// What it answers. A build's object is "bundle of" and the request's objects; defines change that:
// WARN, CACHE_WARNING, FAIL=<FailureKind>, CHUNKS=<count>, BAD_DIGEST, NO_END, STALL (after a
// chunk), NONSENSE.
Answer answer_as_daemon(const Question& question);

}  // namespace cbundle

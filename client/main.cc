// cbundle: asks the daemon for a bundle, and writes it.
#include <fcntl.h>
#include <unistd.h>

#include "client/command.h"

namespace {

// A file that we open must not become what our messages go to.
void keep_standard_descriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
  const int first = argc > 0 ? 1 : 0;
  const std::span<char* const> words(argv + first, static_cast<std::size_t>(argc - first));
  // Nothing is buffered, and taking everything apart would take its time.
  ::_exit(static_cast<int>(cbundle::run(words)));
}

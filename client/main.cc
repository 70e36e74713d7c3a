// cbundle: asks the daemon for a bundle, and writes it.
#include <fcntl.h>
#include <unistd.h>

#include "client/command.h"

namespace {

// If standard error is closed, the next file to be opened would get the messages.
void open_standard_descriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  const int first = argc > 0 ? 1 : 0;
  const std::span<char* const> arguments(argv + first, static_cast<std::size_t>(argc - first));
  // Nothing is buffered, and running destructors would take time.
  ::_exit(static_cast<int>(cbundle::run(arguments)));
}

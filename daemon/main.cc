// cbundled: keeps what cbundle has built, and builds what it has not.
#include <unistd.h>

#include <cstdio>

#include "daemon/daemon.h"

int main(int argc, char** argv) {
  const cbundle::DaemonExit exit = cbundle::run_daemon(argc, argv);
  std::fflush(nullptr);
  ::_exit(static_cast<int>(exit));  // gRPC's own threads are still there, and use its globals
}

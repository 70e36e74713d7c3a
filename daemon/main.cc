// cbundled: builds bundles for cbundle and caches the results.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "daemon/daemon.h"
#include "daemon/flat_command.h"
#include "daemon/serve/serve_command.h"
#include "engine/base/memory.h"

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == std::string_view("combine")) return cbundle::run_flat_command();
  if (argc > 1 && argv[1] == std::string_view("serve")) {
    const int status = cbundle::run_serve(argc - 1, argv + 1);
    std::fflush(nullptr);
    ::_exit(status);
  }
  cbundle::keep_freed_memory();
  const cbundle::DaemonExit exit = cbundle::run_daemon(argc, argv);
  std::fflush(nullptr);
  ::_exit(static_cast<int>(exit));  // gRPC's threads still run and use its globals
}

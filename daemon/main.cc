// cbundled: keeps what cbundle has built, and builds what it has not.
#include "daemon/daemon.h"

int main(int argc, char** argv) { return static_cast<int>(cbundle::run_daemon(argc, argv)); }

// Runs the tests; or, when the code under test starts this program as cbundled, plays the daemon.
#include <gtest/gtest.h>

#include "tests/client/fake_daemon.h"

int main(int argc, char** argv) {
  if (cbundle::is_called_as_daemon(argc, argv)) return cbundle::play_daemon(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

// The daemon that uses the cache already when systemd starts this one.
#pragma once

#include <chrono>
#include <filesystem>

namespace cbundle {

// A daemon that a client started gives way to that of the unit: it is asked to end (SIGTERM), and
// waited for, at most `limit`. A private one is waited for, as it ends with its build; one of
// another unit is left alone. Logs what it does. Which process it is, the cache's lock says.
void replace_predecessor(const std::filesystem::path& cache_directory,
                         std::chrono::milliseconds limit);

}  // namespace cbundle

// What a process sees of files: whether client and daemon see the same ones by the same names.
#pragma once

#include <filesystem>
#include <vector>

#include "cbundle/v1/build.pb.h"
#include "engine/base/result.h"

namespace cbundle {

// This process's mount namespace, root directory, groups and capabilities. Zeros where /proc does
// not tell the first two: such a view equals no other. Takes two stats and four
// cheaper system calls.
v1::FileView own_file_view();
const v1::FileView& process_file_view();  // as it was when first called

// Whether both surely see the same files.
bool is_same_view(const v1::FileView& a, const v1::FileView& b);

// Whether `a` may read files that `b` may not, by its groups or capabilities.
bool reads_more(const v1::FileView& a, const v1::FileView& b);

// What is at each path now, for a process with another view to compare. The mount's own number is
// left out: it differs between namespaces. One statx for each path, which is absolute.
void add_stamps(const std::vector<std::filesystem::path>& paths, v1::Built& built);

// The first path at which this process sees something else than the daemon did; empty: none.
std::string first_other_file(const v1::Built& built);

}  // namespace cbundle

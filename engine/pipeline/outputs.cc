#include "engine/pipeline/outputs.h"

#include "engine/base/files.h"

namespace cbundle {
namespace {

struct Output {
  std::filesystem::path name;
  Stamp stamp;
};

std::vector<Output> existing_outputs(const Request& request) {
  std::vector<Output> outputs;
  for (const std::filesystem::path& name : request.outputs) {
    const std::optional<Stamp> stamp = stamp_if_there(request.directory / name);
    if (stamp) outputs.push_back({name, *stamp});
  }
  return outputs;
}

}  // namespace

Result<void> require_no_output_is_input(const Request& request,
                                        const std::vector<std::filesystem::path>& inputs) {
  const std::vector<Output> outputs = existing_outputs(request);
  if (outputs.empty()) return {};
  for (const std::filesystem::path& input : inputs) {
    const std::optional<Stamp> stamp = stamp_if_there(request.directory / input);
    for (const Output& output : outputs) {
      const bool is_same =
          stamp && stamp->device == output.stamp.device && stamp->inode == output.stamp.inode;
      if (!is_same) continue;
      return Error{ErrorKind::bad_request,
                   "the output " + output.name.string() + " and the input " + input.string() +
                       " are the same file",
                   "write to another file, or remove the link between them"};
    }
  }
  return {};
}

}  // namespace cbundle

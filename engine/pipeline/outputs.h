// A build that would overwrite what it was made of.
#pragma once

#include "engine/base/result.h"
#include "engine/pipeline/request.h"

namespace cbundle {

// Error{bad_request} where one of the request's outputs is, by whatever name, one of `inputs`,
// which are relative to the request's directory. One stat for each, if an output exists already.
Result<void> require_no_output_is_input(const Request& request,
                                        const std::vector<std::filesystem::path>& inputs);

}  // namespace cbundle

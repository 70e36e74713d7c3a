// Problems as they are found, those of one cause told as one.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"

namespace cbundle {

class DiagnosticList {
 public:
  void add(Diagnostic problem) { problems_.push_back(std::move(problem)); }

  // Whether a problem of that cause is there already. It counts this one, where it is of the same
  // kind as the first: of a pair of records for one address, one counts.
  bool has(const std::string& cause, std::uint32_t kind) {
    const auto found = first_.find(cause);
    if (found == first_.end()) return false;
    if (found->second.kind == kind) ++problems_[found->second.index].similar;
    return true;
  }
  bool has(const std::string& cause) const { return first_.contains(cause); }

  // The first of its cause, to which has() counts the others.
  void add(const std::string& cause, std::uint32_t kind, Diagnostic problem) {
    first_.emplace(cause, First{problems_.size(), kind});
    add(std::move(problem));
  }
  void add(const std::string& cause, Diagnostic problem) { add(cause, 0, std::move(problem)); }

  Diagnostics take() { return std::move(problems_); }

 private:
  struct First {
    std::size_t index = 0;
    std::uint32_t kind = 0;
  };
  Diagnostics problems_;
  std::unordered_map<std::string, First> first_;  // by cause
};

}  // namespace cbundle

// Collects diagnostics, with one for each cause that counts the others.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/base/diagnostic.h"

namespace cbundle {

class DiagnosticList {
 public:
  void add(Diagnostic problem) { problems_.push_back(std::move(problem)); }

  // Whether there is a problem of that cause already; it counts this one if it is of the same kind
  // as the first, so that of a pair of records for one address, one counts.
  bool has(const std::string& cause, std::uint32_t kind) {
    const auto found = first_.find(cause);
    if (found == first_.end()) return false;
    if (found->second.kind == kind) ++problems_[found->second.index].similar;
    return true;
  }
  bool has(const std::string& cause) const { return first_.contains(cause); }

  // The first problem of its cause.
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

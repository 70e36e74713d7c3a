// Records the events of a build.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "engine/pipeline/progress.h"

namespace cbundle {

class RecordingProgress final : public Progress {
 public:
  void on(const Event& event) override {
    const std::lock_guard lock(mutex_);
    events.push_back(event);
  }

  // "partial ran, layout-a ran, …", in the recipe's order.
  std::string stages() const {
    std::string text;
    for (int kind = 0; kind <= static_cast<int>(StageKind::verify); ++kind) {
      for (const Event& event : events) {
        const auto* finished = std::get_if<StageFinished>(&event);
        if (finished == nullptr || static_cast<int>(finished->stage) != kind) continue;
        if (!text.empty()) text += ", ";
        text +=
            std::string(name_of(finished->stage)) + " " + std::string(name_of(finished->outcome));
      }
    }
    return text;
  }

  std::string reason(StageKind stage) const {
    for (const Event& event : events) {
      const auto* finished = std::get_if<StageFinished>(&event);
      if (finished != nullptr && finished->stage == stage) return finished->reason;
    }
    return "did not finish";
  }

  template <class Kind>
  std::string texts() const {
    std::string text;
    for (const Event& event : events) {
      if (const auto* found = std::get_if<Kind>(&event))
        text += text_of({found->diagnostic}) + "\n";
    }
    return text;
  }

  std::vector<Event> events;

 private:
  std::mutex mutex_;
};

}  // namespace cbundle

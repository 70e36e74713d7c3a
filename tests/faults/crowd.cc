// Many clients at once: against a stopped daemon, and all of them starting one.
#include <signal.h>

#include <algorithm>
#include <optional>

#include "tests/faults/part.h"
#include "tests/faults/workplace.h"

namespace cbundle::faults {
namespace {

using std::chrono::seconds;

// Starts that many builds at once, each in a directory of its own; what was wrong with them.
std::string build_at_once(const Workplace& workplace, std::size_t clients, const Answer& wanted) {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < clients; ++i) {
    const auto directory = workplace.path() / ("c" + std::to_string(i));
    if (!std::filesystem::exists(directory)) {
      std::filesystem::copy(workplace.path() / "src", directory);
    }
    std::filesystem::remove(directory / "out.o");
    commands.push_back(workplace.build(directory, usual_arguments()));
  }
  std::vector<Process> processes;
  for (const Command& command : commands) processes.emplace_back(command);
  std::string wrong;
  for (std::size_t i = 0; i < clients; ++i) {
    const Answer answer = Workplace::answer(commands[i], processes[i].wait(seconds(60)));
    if (answer != wanted) wrong += "a client answers: " + text_of(answer) + "; ";
  }
  return wrong;
}

class CrowdPart : public Part {
 public:
  explicit CrowdPart(std::filesystem::path programs) : programs_(std::move(programs)) {}

 protected:
  Workplace& workplace() {
    if (!workplace_) {
      workplace_.emplace(programs_);
      make_sources(workplace_->path() / "src");
      wanted_ =
          workplace_->uncached(workplace_->build(workplace_->path() / "src", usual_arguments()));
    }
    return *workplace_;
  }
  const Answer& wanted() const { return wanted_; }

 private:
  std::filesystem::path programs_;
  std::optional<Workplace> workplace_;
  Answer wanted_;
};

class StarterPart final : public CrowdPart {
 public:
  using CrowdPart::CrowdPart;
  std::string_view name() const override { return "starters"; }
  std::string_view title() const override { return "64 clients at once that start a daemon"; }
  std::size_t size() override { return 100; }

  std::string run(std::size_t) override {
    Workplace& place = workplace();
    place.kill_daemons();
    place.remove_cache();
    std::string wrong = build_at_once(place, 64, wanted());
    const std::size_t daemons = place.daemons().size();
    if (daemons != 1) wrong += std::to_string(daemons) + " daemons run; ";
    return wrong + place.stop();
  }
};

class StoppedPart final : public CrowdPart {
 public:
  using CrowdPart::CrowdPart;
  std::string_view name() const override { return "stopped"; }
  std::string_view title() const override {
    return "16 clients at once of a daemon that SIGSTOP holds";
  }
  std::size_t size() override { return 10; }

  std::string run(std::size_t) override {
    Workplace& place = workplace();
    std::string wrong = build_at_once(place, 1, wanted());
    const std::vector<pid_t> daemons = place.daemons();
    for (const pid_t daemon : daemons) ::kill(daemon, SIGSTOP);
    wrong += build_at_once(place, 16, wanted());
    wrong += build_at_once(place, 16, wanted());
    for (const pid_t daemon : daemons) ::kill(daemon, SIGCONT);
    wrong += build_at_once(place, 1, wanted());
    return wrong + place.stop();
  }
};

}  // namespace

Parts crowd_parts(const std::filesystem::path& programs) {
  Parts parts;
  parts.push_back(std::make_unique<StarterPart>(programs));
  parts.push_back(std::make_unique<StoppedPart>(programs));
  return parts;
}

}  // namespace cbundle::faults

#include "engine/pipeline/progress.h"

namespace cbundle {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit: return "hit";
    case Outcome::ran: return "ran";
    case Outcome::shared: return "shared";
  }
  return "unknown";
}

}  // namespace cbundle

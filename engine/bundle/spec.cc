#include "engine/bundle/spec.h"

namespace cbundle {

bool has_bounds(const Spec& spec) { return !spec.prefix.empty() || spec.mode == Mode::selfreloc; }

std::string prefix_of(const Spec& spec) { return spec.prefix.empty() ? "cbundle" : spec.prefix; }

std::string_view name_of(Layout layout) {
  switch (layout) {
    case Layout::a: return "a";
    case Layout::b: return "b";
    case Layout::c: return "c";
  }
  return "unknown";
}

std::string_view name_of(ImportKind kind) {
  switch (kind) {
    case ImportKind::data: return "data";
    case ImportKind::func: return "func";
    case ImportKind::thumb: return "thumb";
  }
  return "unknown";
}

std::string_view name_of(Mode mode) { return mode == Mode::pic ? "pic" : "selfreloc"; }

std::string_view name_of(Verify verify) { return verify == Verify::none ? "none" : "relink"; }

std::string_view name_of(Form form) {
  switch (form) {
    case Form::object: return "object";
    case Form::assembly: return "asm";
    case Form::image: return "image";
    case Form::description: return "description";
    case Form::c_source: return "c";
    case Form::c_header: return "c header";
  }
  return "unknown";
}

}  // namespace cbundle

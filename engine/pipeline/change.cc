#include "engine/pipeline/change.h"

#include "engine/base/text.h"

namespace cbundle {
namespace {

bool is_line(const Change& change) {
  return change.line != 0 &&
         (change.kind == Change::Kind::script || change.kind == Change::Kind::header);
}

std::string line_text(const Change& change) {
  const std::string place = change.file + ':' + std::to_string(change.line) + ": ";
  switch (change.how) {
    case Change::How::added: return place + quote(change.is) + " is new";
    case Change::How::removed: return place + quote(change.was) + " is gone";
    case Change::How::changed: break;
  }
  if (change.was == change.is) return place + "many lines from here on changed";
  return place + "was " + quote(change.was) + ", is " + quote(change.is);
}

std::string subject_of(const Change& change) {
  switch (change.kind) {
    case Change::Kind::object:
    case Change::Kind::script:
    case Change::Kind::header: return change.file;
    case Change::Kind::section: return change.file + ": section " + change.name;
    case Change::Kind::symbol: return change.file + ": " + change.what + ' ' + quote(change.name);
    case Change::Kind::define: return "--define " + change.name;
    case Change::Kind::import: return "--import " + change.name;
    case Change::Kind::export_of: return "--export " + change.name;
    case Change::Kind::option: return change.name;
    case Change::Kind::tool:
      return "the " + change.name + (change.file.empty() ? "" : ' ' + change.file);
    case Change::Kind::version: return "cbundle itself";
  }
  return change.name;
}

}  // namespace

std::string_view name_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::object: return "object";
    case Change::Kind::section: return "section";
    case Change::Kind::symbol: return "symbol";
    case Change::Kind::script: return "script";
    case Change::Kind::header: return "header";
    case Change::Kind::define: return "define";
    case Change::Kind::import: return "import";
    case Change::Kind::export_of: return "export";
    case Change::Kind::option: return "option";
    case Change::Kind::tool: return "tool";
    case Change::Kind::version: return "version";
  }
  return "unknown";
}

std::string_view name_of(Change::How how) {
  switch (how) {
    case Change::How::changed: return "changed";
    case Change::How::added: return "new";
    case Change::How::removed: return "gone";
  }
  return "unknown";
}

std::string text_of(const Change& change) {
  std::string text;
  if (is_line(change)) {
    text = line_text(change);
  } else {
    text = subject_of(change);
    const bool is_changed = change.how == Change::How::changed;
    text += is_changed ? " changed" : " is " + std::string(name_of(change.how));
    if (is_changed && change.was != change.is) {
      text += ": was " + change.was + ", is " + change.is;
    }
  }
  if (change.more != 0) text += " (and " + std::to_string(change.more) + " more)";
  return text;
}

}  // namespace cbundle

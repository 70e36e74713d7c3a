#include "engine/base/diagnostic.h"

#include "engine/base/pack.h"

namespace cbundle {
namespace {

// "boot.c:12", "boot.c", "boot.o"; empty where nothing is known.
std::string location_of(const Diagnostic& d) {
  if (d.file.empty()) return d.object;
  return d.line == 0 ? d.file : d.file + ":" + std::to_string(d.line);
}

// " (R_386_32 in .data.rel.ro, boot.o)": what the location and the message do not say.
std::string details_of(const Diagnostic& d) {
  std::string details = d.relocation;
  if (!d.relocation.empty() && !d.section.empty()) details += " in " + d.section;
  if (!d.file.empty() && !d.object.empty()) {
    if (!details.empty()) details += ", ";
    details += d.object;
  }
  return details.empty() ? details : " (" + details + ")";
}

std::string more_like(const Diagnostic& d) {
  return std::to_string(d.similar) + " more like it" +
         (d.symbol.empty() ? std::string() : " in '" + d.symbol + "'");
}

// What a line is introduced by, in the colours of gcc.
struct Label {
  std::string_view name;
  std::string_view colour;
};

Label label_of(Severity severity) {
  switch (severity) {
    case Severity::error: break;
    case Severity::warning: return {"warning", "\033[1;35m"};
    case Severity::note: return {"note", "\033[1;36m"};
  }
  return {"error", "\033[1;31m"};
}

}  // namespace

std::string_view name_of(Severity severity) { return label_of(severity).name; }

std::string render(const Diagnostics& diagnostics, std::string_view program, bool colour) {
  std::string text;
  for (const Diagnostic& d : diagnostics) {
    std::string prefix = location_of(d);
    if (prefix.empty()) prefix = program;
    const auto line = [&](const Label& label, std::string_view message) {
      text.append(prefix).append(": ");
      if (colour) text.append(label.colour);
      text.append(label.name).append(": ");
      if (colour) text.append("\033[0m");
      text.append(message).append("\n");
    };
    line(label_of(d.severity), d.message + details_of(d));
    if (d.similar > 0) line(label_of(Severity::note), more_like(d));
    if (!d.hint.empty()) line({"hint", "\033[1;32m"}, d.hint);
  }
  return text;
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) {
    if (!text.empty()) text += '\n';
    if (const std::string location = location_of(d); !location.empty()) text += location + ": ";
    text += d.message + details_of(d);
    if (d.similar > 0) text += "; " + more_like(d);
    if (!d.hint.empty()) text += "\n  " + d.hint;
  }
  return text;
}

std::string pack(const Diagnostics& diagnostics) {
  Packer out;
  out << diagnostics.size();
  for (const Diagnostic& d : diagnostics) {
    out << d.severity << d.message << d.hint << d.file << d.line << d.object << d.symbol
        << d.section << d.offset << d.relocation << d.target << d.similar;
  }
  return out.take();
}

Diagnostics unpack_diagnostics(std::string_view bytes) {
  Unpacker in(bytes);
  constexpr std::size_t fields = 12;
  Diagnostics diagnostics(in.count(8 * fields));
  for (Diagnostic& d : diagnostics) {
    in >> d.severity >> d.message >> d.hint >> d.file >> d.line >> d.object >> d.symbol >>
        d.section >> d.offset >> d.relocation >> d.target >> d.similar;
  }
  if (!in.good()) diagnostics.clear();
  return diagnostics;
}

}  // namespace cbundle

#include "engine/bundle/check/object_checker.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/bundle/check/absolute_address.h"
#include "engine/bundle/check/known_symbol.h"
#include "engine/bundle/diagnostic_list.h"

namespace cbundle {
namespace {

constexpr auto hint_for_writable =
    "make it const, move it to the host and import it, or use --mode selfreloc";

bool is_hidden(const Symbol& s) {
  const unsigned visibility = s.other & 3U;
  return visibility == STV_HIDDEN || visibility == STV_INTERNAL;
}

// "'a', 'b' and 'c'"
std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += quote(names[i]);
  }
  return text;
}

class ObjectChecker {
 public:
  ObjectChecker(const ElfFile& partial, const Target& target, const Spec& spec,
                std::span<const Import> imports, std::string_view script)
      : elf_(partial),
        target_(target),
        spec_(spec),
        script_(script),
        declared_(imports),
        types_(target),
        absolute_(elf_, target_, spec_.mode, imports_, problems_) {
    for (const Import& import : imports) imports_.emplace(import.name);
    for (const Symbol& s : elf_.symbols()) {
      if (!s.is_local()) globals_.emplace(s.name, &s);
      has_thread_local_ |= s.type == STT_TLS;
    }
  }

  ObjectCheck run() {
    check_exceptions();
    check_undefined();
    check_imports();
    check_exports();
    for (const Symbol& s : elf_.symbols()) check_symbol(s);
    for (const Section& s : elf_.sections()) check_section(s);
    for (const Relocations& table : elf_.relocations()) check_relocations(table);
    return {problems_.take(), std::move(warnings_)};
  }

 private:
  struct Use {
    std::optional<SectionOffset> first;  // nothing: declared and never used
    bool is_thread_local = false;
    bool is_by_table = false;  // of global offsets
  };
  // Undefined symbols of one cause.
  struct Group {
    std::string_view hint;
    std::vector<std::string_view> names;
    SectionOffset first_use;
  };

  std::uint32_t index_of(const Symbol& s) const {
    return static_cast<std::uint32_t>(&s - elf_.symbols().data());
  }

  void report(const SectionOffset& place, std::string_view predicate, std::string_view hint,
              std::string_view target = {}) {
    Diagnostic error = absolute_.names().error_at(place, predicate, std::string(hint));
    error.target = target;
    problems_.add(std::move(error));
  }

  // A problem of the symbol's definition.
  void report(const Symbol& subject, std::string message, std::string_view hint) {
    Diagnostic error{.message = std::move(message), .hint = std::string(hint)};
    error.symbol = name_in_source(subject);
    if (subject.section < elf_.sections().size()) {
      error.section = elf_.sections()[subject.section].name;
      error.offset = absolute_.names().start_of(subject);
    }
    error.subject = index_of(subject);
    problems_.add(std::move(error));
  }

  static bool is_exception_table(const Section& s) {
    return s.name.starts_with(".gcc_except_table") && s.size != 0;
  }

  void check_exceptions() {
    const auto first = std::ranges::find_if(elf_.sections(), is_exception_table);
    has_exceptions_ = first != elf_.sections().end();
    if (!has_exceptions_) return;
    report(function_with_exceptions().value_or(SectionOffset{elf_.index_of(*first), 0}),
           "uses exception tables, which need an unwinder that a bundle does not have",
           "compile with -fno-exceptions");
  }

  // Unwind tables say which function an exception table belongs to: an entry's first record refers
  // to the function, a later one to the table.
  std::optional<SectionOffset> function_with_exceptions() const {
    for (const Relocations& table : elf_.relocations()) {
      if (elf_.sections()[table.section].name != ".eh_frame") continue;
      std::optional<SectionOffset> function;
      for (const Relocation& r : table.records) {
        const std::optional<SectionOffset> to = referenced_by(table, r);
        if (!to) continue;
        if (elf_.sections()[to->section].is_code()) function = to;
        if (is_exception_table(elf_.sections()[to->section])) return function;
      }
    }
    return std::nullopt;
  }

  std::optional<SectionOffset> referenced_by(const Relocations& table, const Relocation& r) const {
    const RelocationType* type = types_.find(r.type);
    if (type == nullptr) return std::nullopt;
    return relocation_target(elf_, target_, {table, r, *type});
  }

  // By symbol.
  std::vector<Use> uses_of_undefined() const {
    std::vector<Use> uses(elf_.symbols().size());
    for (const Relocations& table : elf_.relocations()) {
      if (is_left_out(elf_.sections()[table.section].name)) continue;
      for (const Relocation& r : table.records) {
        if (!elf_.symbols()[r.symbol].is_undefined()) continue;
        Use& use = uses[r.symbol];
        if (!use.first) use.first = SectionOffset{table.section, r.offset};
        const RelocationType* type = types_.find(r.type);
        if (type == nullptr) continue;
        use.is_thread_local |= type->formula == Formula::thread_local_;
        use.is_by_table |= type->formula == Formula::got_entry;
      }
    }
    return uses;
  }

  // In the order of the symbol table, so that the same objects give the same messages.
  void check_undefined() {
    const std::vector<Use> uses = uses_of_undefined();
    std::vector<Group> groups;
    for (const Symbol& s : elf_.symbols()) {
      const Use& use = uses[index_of(s)];
      if (!use.first || use.is_thread_local || s.is_local() || s.name.empty()) continue;
      if (imports_.contains(s.name) || is_defined_by_linker(s.name) || has_other_cause(s.name))
        continue;
      if (s.binding == STB_WEAK) {
        report_weak(s, use);
      } else {
        report_undefined(s, use, groups);
      }
    }
    for (const Group& group : groups) {
      const char* what =
          group.names.size() > 1 ? "uses undefined symbols " : "uses undefined symbol ";
      report(group.first_use, what + list_of(group.names), group.hint, group.names.front());
    }
  }

  void report_undefined(const Symbol& s, const Use& use, std::vector<Group>& groups) {
    const KnownSymbol* known = known_symbol(s.name);
    if (known != nullptr && known->is_one_cause) {
      auto group = std::ranges::find(groups, known->hint, &Group::hint);
      if (group == groups.end()) {
        group = groups.insert(groups.end(), Group{known->hint, {}, *use.first});
      }
      return group->names.push_back(s.name);
    }
    const std::string hint = known != nullptr ? std::string(known->hint)
                                              : "declare it with --import " + std::string(s.name) +
                                                    ", or add the object that defines it";
    report(*use.first, "uses undefined symbol " + quote(s.name), hint, s.name);
  }

  // Symbols that exception tables or thread-local variables bring in need no error of their own.
  bool has_other_cause(std::string_view name) const {
    if (has_exceptions_ && is_of_exceptions(name)) return true;
    return is_of_thread_local_storage(name) && has_thread_local_;
  }

  void report_weak(const Symbol& s, const Use& use) {
    const std::string name(s.name);
    report(*use.first,
           "uses weak symbol " + quote(name) +
               ", which is not defined: its address would be 0 wherever the bundle is placed, "
               "which position-independent code cannot express",
           "define it, declare it " +
               std::string(use.is_by_table ? "hidden and not weak, and " : "") + "with --import " +
               name + ", or remove the use",
           name);
  }

  bool is_defined_by_linker(std::string_view name) const {
    return name == "_GLOBAL_OFFSET_TABLE_" || name == "_gp_disp" || name == "__gnu_local_gp" ||
           name.starts_with("__start_") || name.starts_with("__stop_") ||
           script_.find(name) != script_.npos;
  }

  void check_imports() {
    for (const auto& [name, kind] : declared_) {
      const auto found = globals_.find(name);
      if (found == globals_.end()) {
        warnings_.push_back({.severity = Severity::warning,
                             .message = "import " + quote(name) + " is declared but not used",
                             .hint = near_global(name, true)});
      } else if (!found->second->is_undefined()) {
        report(*found->second, "import " + quote(name) + " is also defined in the bundle",
               "remove the definition or the --import");
      }
    }
  }

  void check_exports() {
    for (const std::string& name : spec_.exports) {
      const auto found = globals_.find(name);
      if (found != globals_.end() && !found->second->is_undefined()) continue;
      const std::string subject = "export " + quote(name);
      if (imports_.contains(name)) {
        problems_.add({.message = subject + " is an import", .hint = "remove one of the two"});
      } else if (const Symbol* local = local_named(name)) {
        report(*local, subject + " is static", "remove 'static' from its definition");
      } else {
        problems_.add({.message = subject + " is not defined in the bundle",
                       .hint = near_global(name, false)});
      }
    }
  }

  std::string near_global(std::string_view name, bool undefined) const {
    std::vector<std::string_view> candidates;
    for (const auto& [global, symbol] : globals_) {
      const bool fits = symbol->is_undefined() == undefined && !imports_.contains(global);
      if (fits) candidates.push_back(global);
    }
    std::ranges::sort(candidates);
    const std::string near = nearest(name, candidates);
    return near.empty() ? std::string() : "did you mean " + quote(near) + "?";
  }

  const Symbol* local_named(std::string_view name) const {
    const auto found = std::ranges::find_if(elf_.symbols(), [&](const Symbol& s) {
      return s.is_local() && s.name == name && s.type != STT_SECTION && s.type != STT_FILE;
    });
    return found == elf_.symbols().end() ? nullptr : &*found;
  }

  void check_symbol(const Symbol& s) {
    if (s.is_common()) {
      if (spec_.mode == Mode::selfreloc) return;
      report(s, kind_and_name(s) + " is writable data", hint_for_writable);
    } else if (s.type == STT_TLS && is_source_symbol(s)) {
      report(s, kind_and_name(s) + " is thread-local", no_thread_local);
    } else if (s.type == STT_GNU_IFUNC && !s.is_undefined()) {
      report(s, kind_and_name(s) + " is chosen at run time (ifunc)",
             "a bundle has no loader to choose; call one version");
    }
  }

  static bool holds_constructors(const Section& s) {
    return s.type == SHT_INIT_ARRAY || s.type == SHT_FINI_ARRAY || s.type == SHT_PREINIT_ARRAY ||
           s.name.starts_with(".ctors") || s.name.starts_with(".dtors");
  }

  bool is_exception_section(const Section& s) const {
    if (!has_exceptions_) return false;
    return is_exception_table(s) || s.name.find(".DW.ref.") != s.name.npos;
  }

  void check_section(const Section& s) {
    if (!s.is_allocated() || s.size == 0 || is_left_out(s.name)) return;
    if (holds_constructors(s)) {
      check_constructors(s);
    } else if (s.is_writable() && !is_relro(s.name) && (s.flags & SHF_TLS) == 0 &&
               spec_.mode == Mode::pic && !is_exception_section(s)) {
      check_writable(s);
    }
  }

  // The section holds the address of each function.
  void check_constructors(const Section& section) {
    static constexpr auto hint = "initialize statically, or export a function that the host calls";
    const bool ends = section.type == SHT_FINI_ARRAY || section.name.starts_with(".dtors");
    const std::string what = ends ? "destructor" : "constructor";
    bool is_known = false;
    for (const Relocations& table : elf_.relocations()) {
      if (table.section != elf_.index_of(section)) continue;
      for (const Relocation& r : table.records) {
        const std::optional<SectionOffset> to = referenced_by(table, r);
        const Symbol* function = to ? absolute_.names().symbol_at(*to) : nullptr;
        if (function == nullptr) continue;
        is_known = true;
        report(*function,
               kind_and_name(*function) + " is a " + what + ", which a bundle never runs", hint);
      }
    }
    if (!is_known) {
      report(SectionOffset{elf_.index_of(section), 0},
             "holds " + what + "s, which a bundle never runs", hint);
    }
  }

  void check_writable(const Section& section) {
    const std::uint32_t index = elf_.index_of(section);
    bool is_named = false;
    for (const Symbol& s : elf_.symbols()) {
      if (s.section != index || s.type != STT_OBJECT) continue;
      is_named = true;
      report(s, kind_and_name(s) + " is writable data in section " + std::string(section.name),
             hint_for_writable);
    }
    if (!is_named) report(SectionOffset{index, 0}, "is writable data", hint_for_writable);
  }

  void check_relocations(const Relocations& table) {
    const Section& section = elf_.sections()[table.section];
    if (is_left_out(section.name) || holds_constructors(section) || is_exception_section(section))
      return;
    for (const Relocation& r : table.records) {
      const RelocationType* type = types_.find(r.type);
      if (type == nullptr) {
        report_unsupported(table, r);
      } else {
        check_record({table, r, *type});
      }
    }
  }

  void report_unsupported(const Relocations& table, const Relocation& r) {
    const std::string cause = "relocation type " + std::to_string(r.type);
    if (problems_.has(cause, 0)) return;
    const Symbol& symbol = elf_.symbols()[r.symbol];
    Diagnostic error =
        absolute_.names().error_at({table.section, r.offset},
                                   "has a record of " + cause + " against " + quote(symbol.name) +
                                       ", which cbundle does "
                                       "not support for " +
                                       std::string(target_.name),
                                   "");
    error.target = symbol.name;
    problems_.add(cause, std::move(error));
  }

  void check_record(const RecordUse& use) {
    switch (use.type.formula) {
      case Formula::absolute: return absolute_.check(use);
      case Formula::got_entry: return report_table_use(use);
      case Formula::thread_local_: return report_thread_local(use);
      case Formula::gp_got_entry:
        if (spec_.mode == Mode::pic) report_slot(use);
        return;
      default: return;
    }
  }

  const Symbol& symbol_of(const RecordUse& use) const { return elf_.symbols()[use.record.symbol]; }

  void report_first(const std::string& cause, const RecordUse& use, std::string_view predicate,
                    std::string_view hint) {
    if (problems_.has(cause)) return;
    problems_.add(cause, absolute_.names().error_at(use, predicate, std::string(hint)));
  }

  void report_slot(const RecordUse& use) {
    report_first(mips_needs_selfreloc, use,
                 "reads the address of " + quote(symbol_of(use).name) +
                     " from a global offset table, as all position-independent code of this "
                     "machine does",
                 "use --mode selfreloc, whose fixups cover the table");
  }

  // How a symbol is reached depends on its declaration: one error for each symbol.
  void report_table_use(const RecordUse& use) {
    const Symbol& symbol = symbol_of(use);
    const bool is_weak = symbol.binding == STB_WEAK;
    if (symbol.is_undefined() && !imports_.contains(symbol.name)) {
      const KnownSymbol* known = known_symbol(symbol.name);
      if (is_weak || (known != nullptr && known->is_one_cause)) return;  // reported already
    }
    std::string_view hint =
        "declare it with __attribute__((visibility(\"hidden\"))), or compile with "
        "-fvisibility=hidden and a '#pragma GCC visibility push(hidden)'";
    if (is_weak && is_hidden(symbol)) {
      hint = "declare it without 'weak', for which compilers use the table";
    } else if (is_weak) {
      hint = "declare it without 'weak' and with __attribute__((visibility(\"hidden\")))";
    }
    report_first("global offset of " + std::string(symbol.name), use,
                 "reads the address of " + quote(symbol.name) + " from a global offset table",
                 hint);
  }

  // A variable of the bundle's own is reported at its definition.
  void report_thread_local(const RecordUse& use) {
    const Symbol& symbol = symbol_of(use);
    if (!symbol.is_undefined() && has_thread_local_) return;
    report_first("thread-local " + std::string(symbol.name), use,
                 "uses the thread-local variable " + quote(symbol.name), no_thread_local);
  }

  const ElfFile& elf_;
  const Target& target_;
  const Spec& spec_;
  std::string_view script_;
  std::span<const Import> declared_;
  const RelocationTypes types_;
  std::unordered_set<std::string_view> imports_;  // the names of these
  std::unordered_map<std::string_view, const Symbol*> globals_;
  DiagnosticList problems_;
  Diagnostics warnings_;
  AbsoluteAddressChecker absolute_;
  bool has_exceptions_ = false;
  bool has_thread_local_ = false;
};

}  // namespace

bool is_left_out(std::string_view name) {
  static constexpr std::array exact{".eh_frame",
                                    ".eh_frame_hdr",
                                    ".comment",
                                    ".sframe",
                                    ".ARM.attributes",
                                    ".riscv.attributes",
                                    ".gnu.attributes",
                                    ".MIPS.abiflags",
                                    ".MIPS.options",
                                    ".reginfo",
                                    ".pdr"};
  static constexpr std::array prefixes{".note",  ".ARM.exidx", ".ARM.extab",      ".mdebug",
                                       ".debug", ".stab",      ".cbundle.import."};
  return std::ranges::any_of(exact, [&](const char* s) { return name == s; }) ||
         std::ranges::any_of(prefixes, [&](const char* s) { return name.starts_with(s); });
}

bool is_relro(std::string_view name) {
  return name == ".data.rel.ro" || name.starts_with(".data.rel.ro.");
}

ObjectCheck check_object(const ElfFile& partial, const Target& target, const Spec& spec,
                         std::span<const Import> imports, std::string_view script) {
  return ObjectChecker(partial, target, spec, imports, script).run();
}

}  // namespace cbundle

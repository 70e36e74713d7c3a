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
constexpr auto hint_for_thread_local = "remove __thread: a bundle has no thread-local storage";

bool is_hidden(const Symbol& s) {
  const unsigned visibility = s.other & 3U;
  return visibility == STV_HIDDEN || visibility == STV_INTERNAL;
}

// "`a', `b' and `c'"
std::string enumerated(const std::vector<std::string_view>& names) {
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

  // A problem whose text names the symbol, and whose place is where that is defined.
  void problem(const Symbol& subject, std::string text, std::string hint) {
    problems_.add({.message = std::move(text),
                   .hint = std::move(hint),
                   .place = std::nullopt,
                   .subject = index_of(subject)});
  }

  static bool is_exception_table(const Section& s) {
    return s.name.starts_with(".gcc_except_table") && s.size != 0;
  }

  void check_exceptions() {
    const auto first = std::ranges::find_if(elf_.sections(), is_exception_table);
    has_exceptions_ = first != elf_.sections().end();
    if (!has_exceptions_) return;
    problems_.add(
        {.message = "exception tables need an unwinder, which a bundle does not have",
         .hint = "compile with -fno-exceptions",
         .place = function_with_exceptions().value_or(SectionOffset{elf_.index_of(*first), 0})});
  }

  // Unwind tables tell which function an exception table belongs to: the one that the entry which
  // names the table starts with.
  std::optional<SectionOffset> function_with_exceptions() const {
    for (const Relocations& table : elf_.relocations()) {
      if (elf_.sections()[table.section].name != ".eh_frame") continue;
      std::optional<SectionOffset> function;
      for (const Relocation& r : table.records) {
        const std::optional<SectionOffset> aim = relocation_target(table, r);
        if (!aim) continue;
        if (elf_.sections()[aim->section].is_code()) function = aim;
        if (is_exception_table(elf_.sections()[aim->section])) return function;
      }
    }
    return std::nullopt;
  }

  std::optional<SectionOffset> relocation_target(const Relocations& table,
                                                 const Relocation& r) const {
    const RelocationType* type = types_.find(r.type);
    if (type == nullptr) return std::nullopt;
    return cbundle::relocation_target(elf_, target_, table, r, *type);
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
        use.is_by_table |= type->formula == Formula::got_slot;
      }
    }
    return uses;
  }

  // Names are told in the order of the symbol table, so that the same objects give the same words.
  void check_undefined() {
    const std::vector<Use> uses = uses_of_undefined();
    std::vector<Group> groups;
    for (const Symbol& s : elf_.symbols()) {
      const Use& use = uses[index_of(s)];
      if (!use.first || use.is_thread_local || s.is_local() || s.name.empty()) continue;
      if (imports_.contains(s.name) || is_defined_by_linker(s.name) || is_told_otherwise(s.name))
        continue;
      if (s.binding == STB_WEAK) {
        tell_weak(s, use);
      } else {
        tell_undefined(s, use, groups);
      }
    }
    for (const Group& group : groups) {
      const char* what = group.names.size() > 1 ? "undefined symbols " : "undefined symbol ";
      problems_.add({.message = what + enumerated(group.names),
                     .hint = std::string(group.hint),
                     .place = group.first_use});
    }
  }

  void tell_undefined(const Symbol& s, const Use& use, std::vector<Group>& groups) {
    const KnownSymbol* known = known_symbol(s.name);
    if (known != nullptr && known->is_one_cause) {
      auto group = std::ranges::find(groups, known->hint, &Group::hint);
      if (group == groups.end()) {
        group = groups.insert(groups.end(), Group{known->hint, {}, *use.first});
      }
      return group->names.push_back(s.name);
    }
    std::string hint = known != nullptr ? std::string(known->hint)
                                        : "declare it with --import " + std::string(s.name) +
                                              ", or add the object that defines it";
    problems_.add({.message = "undefined symbol " + quote(s.name),
                   .hint = std::move(hint),
                   .place = use.first});
  }

  // What comes with exception tables or thread-local variables goes with them.
  bool is_told_otherwise(std::string_view name) const {
    if (has_exceptions_ && is_of_exceptions(name)) return true;
    return is_of_thread_local_storage(name) && has_thread_local_;
  }

  void tell_weak(const Symbol& s, const Use& use) {
    const std::string name(s.name);
    problems_.add(
        {.message = "weak symbol " + quote(name) +
                    " is defined nowhere: its address would be 0 "
                    "wherever the bundle lies, which position independent code cannot tell",
         .hint = "define it, declare it " +
                 std::string(use.is_by_table ? "hidden and not weak, and " : "") +
                 "with --import " + name + ", or remove the use",
         .place = use.first});
  }

  bool is_defined_by_linker(std::string_view name) const {
    return name == "_GLOBAL_OFFSET_TABLE_" || name == "_gp_disp" || name == "__gnu_local_gp" ||
           name.starts_with("__start_") || name.starts_with("__stop_") ||
           script_.find(name) != script_.npos;
  }

  void check_imports() {
    std::vector<std::string_view> names(imports_.begin(), imports_.end());
    std::ranges::sort(names);
    for (const std::string_view name : names) {
      const auto found = globals_.find(name);
      if (found == globals_.end()) {
        warnings_.push_back({.message = "import " + quote(name) + " is declared but not used",
                             .hint = near_global(name, true),
                             .place = std::nullopt});
      } else if (!found->second->is_undefined()) {
        problem(*found->second, "import " + quote(name) + " is also defined in the bundle",
                "remove the definition or the --import");
      }
    }
  }

  void check_exports() {
    for (const std::string& name : spec_.exports) {
      const auto found = globals_.find(name);
      if (found != globals_.end() && !found->second->is_undefined()) continue;
      const std::string text = "export " + quote(name);
      if (imports_.contains(name)) {
        problems_.add(
            {.message = text + " is an import", .hint = "remove one of the two", .place = {}});
      } else if (const Symbol* local = local_named(name)) {
        problem(*local, text + " is static", "remove `static' from its definition");
      } else {
        problems_.add({.message = text + " is not defined in the bundle",
                       .hint = near_global(name, false),
                       .place = {}});
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
      problem(s, "variable " + quote(s.name) + " is writable data", hint_for_writable);
    } else if (s.type == STT_TLS && is_source_symbol(s)) {
      problem(s, "variable " + quote(name_in_source(s)) + " is thread-local",
              hint_for_thread_local);
    } else if (s.type == STT_GNU_IFUNC && !s.is_undefined()) {
      problem(s, "function " + quote(s.name) + " is chosen at run time (ifunc)",
              "a bundle has no loader to choose; call one version");
    }
  }

  static bool runs_by_itself(const Section& s) {
    return s.type == SHT_INIT_ARRAY || s.type == SHT_FINI_ARRAY || s.type == SHT_PREINIT_ARRAY ||
           s.name.starts_with(".ctors") || s.name.starts_with(".dtors");
  }

  bool is_of_told_exceptions(const Section& s) const {
    if (!has_exceptions_) return false;
    return is_exception_table(s) || s.name.find(".DW.ref.") != s.name.npos;
  }

  void check_section(const Section& s) {
    if (!s.is_allocated() || s.size == 0 || is_left_out(s.name)) return;
    if (runs_by_itself(s)) {
      check_constructors(s);
    } else if (s.is_writable() && !is_relro(s.name) && (s.flags & SHF_TLS) == 0 &&
               spec_.mode == Mode::pic && !is_of_told_exceptions(s)) {
      check_writable(s);
    }
  }

  // The section holds the address of each.
  void check_constructors(const Section& section) {
    static constexpr auto hint = "initialize statically, or export a function that the host calls";
    const bool ends = section.type == SHT_FINI_ARRAY || section.name.starts_with(".dtors");
    const std::string what = ends ? "destructor" : "constructor";
    const std::string fate = " is a " + what + ", which nobody runs in a bundle";
    bool is_told = false;
    for (const Relocations& table : elf_.relocations()) {
      if (table.section != elf_.index_of(section)) continue;
      for (const Relocation& r : table.records) {
        const std::optional<SectionOffset> aim = relocation_target(table, r);
        const Symbol* function = aim ? absolute_.names().symbol_at(*aim) : nullptr;
        if (function == nullptr) continue;
        is_told = true;
        problem(*function, quote(name_in_source(*function)).insert(0, "function ") + fate, hint);
      }
    }
    if (is_told) return;
    problems_.add({.message = "section " + std::string(section.name) + " holds " + what +
                              "s, which nobody runs in a bundle",
                   .hint = hint,
                   .place = SectionOffset{elf_.index_of(section), 0}});
  }

  void check_writable(const Section& section) {
    const std::uint32_t index = elf_.index_of(section);
    bool named = false;
    for (const Symbol& s : elf_.symbols()) {
      if (s.section != index || s.type != STT_OBJECT) continue;
      named = true;
      problem(s,
              "variable " + quote(name_in_source(s)) + " is writable data (section " +
                  std::string(section.name) + ")",
              hint_for_writable);
    }
    if (named) return;
    problems_.add({.message = "section " + std::string(section.name) + " is writable data",
                   .hint = hint_for_writable,
                   .place = SectionOffset{index, 0}});
  }

  void check_relocations(const Relocations& table) {
    const Section& section = elf_.sections()[table.section];
    if (is_left_out(section.name) || runs_by_itself(section) || is_of_told_exceptions(section))
      return;
    for (const Relocation& r : table.records) {
      const RelocationType* type = types_.find(r.type);
      if (type == nullptr) {
        tell_unsupported(table, r);
      } else {
        check_record(table, r, *type);
      }
    }
  }

  void tell_unsupported(const Relocations& table, const Relocation& r) {
    const std::string cause = "relocation type " + std::to_string(r.type);
    if (problems_.has(cause, 0)) return;
    problems_.add(cause, {.message = cause + " against " + quote(elf_.symbols()[r.symbol].name) +
                                     " is not supported for " + std::string(target_.name),
                          .hint = "",
                          .place = SectionOffset{table.section, r.offset}});
  }

  void check_record(const Relocations& table, const Relocation& r, const RelocationType& type) {
    const SectionOffset place{table.section, r.offset};
    switch (type.formula) {
      case Formula::absolute: return absolute_.check(table, r, type);
      case Formula::got_slot: return tell_table_use(elf_.symbols()[r.symbol], type, place);
      case Formula::thread_local_: return tell_thread_local(elf_.symbols()[r.symbol], type, place);
      case Formula::gp_slot:
        if (spec_.mode == Mode::pic) tell_slot(elf_.symbols()[r.symbol], type, place);
        return;
      default: return;
    }
  }

  static std::string against(const Symbol& symbol, const RelocationType& type) {
    return quote(symbol.name) + " (" + std::string(type.name) + ")";
  }

  void tell_slot(const Symbol& symbol, const RelocationType& type, const SectionOffset& place) {
    if (problems_.has(code_in_wrong_mode)) return;
    problems_.add(code_in_wrong_mode,
                  {.message = "reads the address of " + against(symbol, type) +
                              " from a global offset table, as "
                              "all position independent code of this machine does",
                   .hint = "use --mode selfreloc, whose fixups cover the table",
                   .place = place});
  }

  // The way to a symbol is its declaration's affair: told once for each.
  void tell_table_use(const Symbol& symbol, const RelocationType& type,
                      const SectionOffset& place) {
    const bool is_weak = symbol.binding == STB_WEAK;
    if (symbol.is_undefined() && !imports_.contains(symbol.name)) {
      const KnownSymbol* known = known_symbol(symbol.name);
      if (is_weak || (known != nullptr && known->is_one_cause)) return;  // told already
    }
    const std::string cause = "global offset of " + std::string(symbol.name);
    if (problems_.has(cause)) return;
    std::string hint =
        "declare it with __attribute__((visibility(\"hidden\"))), or compile with "
        "-fvisibility=hidden and a `#pragma GCC visibility push(hidden)'";
    if (is_weak && is_hidden(symbol)) {
      hint = "declare it without `weak', for which compilers use the table";
    } else if (is_weak) {
      hint = "declare it without `weak' and with __attribute__((visibility(\"hidden\")))";
    }
    problems_.add(cause, {.message = "reads the address of " + against(symbol, type) +
                                     " from a global offset table",
                          .hint = std::move(hint),
                          .place = place});
  }

  // A variable of the bundle's own has been told by its definition.
  void tell_thread_local(const Symbol& symbol, const RelocationType& type,
                         const SectionOffset& place) {
    const bool is_ours = !symbol.is_undefined() && has_thread_local_;
    const std::string cause = "thread-local " + std::string(symbol.name);
    if (is_ours || problems_.has(cause)) return;
    problems_.add(cause, {.message = "uses thread-local storage, " + against(symbol, type),
                          .hint = hint_for_thread_local,
                          .place = place});
  }

  const ElfFile& elf_;
  const Target& target_;
  const Spec& spec_;
  std::string_view script_;
  const RelocationTypes types_;
  std::unordered_set<std::string_view> imports_;
  std::unordered_map<std::string_view, const Symbol*> globals_;
  DiagnosticList problems_;
  Diagnostics warnings_;
  AbsoluteAddresses absolute_;
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

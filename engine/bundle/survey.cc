#include "engine/bundle/survey.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/nearest.h"
#include "engine/base/text.h"

namespace cbundle {
namespace {

// What people meet most when code leaves its usual surroundings.
struct KnownSymbol {
  std::string_view name;
  std::string_view remedy;
};
constexpr std::array known_symbols{
    KnownSymbol{"__stack_chk_fail", "compile with -fno-stack-protector"},
    KnownSymbol{"__stack_chk_fail_local", "compile with -fno-stack-protector"},
    KnownSymbol{"__stack_chk_guard", "compile with -fno-stack-protector"},
    KnownSymbol{"__fentry__", "compile without -pg"},
    KnownSymbol{"mcount", "compile without -pg"},
    KnownSymbol{"__tls_get_addr", "a bundle has no thread-local storage; remove __thread"},
    KnownSymbol{"___tls_get_addr", "a bundle has no thread-local storage; remove __thread"},
    KnownSymbol{"memcpy", "compilers call it on their own: define it in the bundle"},
    KnownSymbol{"memset", "compilers call it on their own: define it in the bundle"},
    KnownSymbol{"memmove", "compilers call it on their own: define it in the bundle"},
    KnownSymbol{"memcmp", "compilers call it on their own: define it in the bundle"},
};
constexpr std::array libgcc_prefixes{
    "__udiv",  "__umod", "__div",    "__mod",      "__mul", "__ashl", "__ashr", "__lshr",
    "__float", "__fix",  "__aeabi_", "__popcount", "__clz", "__ctz",  "__ffs",  "__bswap"};

std::string remedy_for_undefined(std::string_view name) {
  for (const auto& known : known_symbols) {
    if (known.name == name) return std::string(known.remedy);
  }
  if (std::ranges::any_of(libgcc_prefixes, [&](const char* p) { return name.starts_with(p); })) {
    return "it is in the compiler's own library: add the file that -print-libgcc-file-name names "
           "to the objects, or avoid the operation";
  }
  return "declare it with --import " + std::string(name) + ", or add the object that defines it";
}

class Surveyor {
 public:
  Surveyor(const ElfFile& partial, const Target& target, const Spec& spec,
           std::span<const Import> imports, std::string_view script)
      : elf_(partial), target_(target), spec_(spec), script_(script) {
    for (const Import& import : imports) imports_.emplace(import.name);
    for (const Symbol& s : elf_.symbols()) {
      if (!s.is_local()) globals_.emplace(s.name, &s);
    }
  }

  Survey run() {
    check_undefined();
    check_imports();
    check_exports();
    check_symbols();
    for (const Section& s : elf_.sections()) check_section(s);
    for (const Relocations& table : elf_.relocations()) check_relocations(table);
    return std::move(found_);
  }

 private:
  void problem(std::string text, std::string remedy, std::optional<Spot> spot = std::nullopt) {
    found_.problems.push_back({std::move(text), std::move(remedy), spot});
  }

  // Names are told in sorted order, so that the same objects give the same words.
  void check_undefined() {
    std::unordered_map<std::string_view, Spot> first_use;
    for (const Relocations& table : elf_.relocations()) {
      if (is_left_out(elf_.sections()[table.section].name)) continue;
      for (const Relocation& r : table.records) {
        const Symbol& s = elf_.symbols()[r.symbol];
        if (s.is_undefined()) first_use.try_emplace(s.name, Spot{table.section, r.offset});
      }
    }
    for (const Symbol& s : elf_.symbols()) {
      if (!s.is_undefined() || s.is_local() || s.name.empty() || imports_.contains(s.name))
        continue;
      if (is_defined_by_linker(s.name)) continue;
      const auto use = first_use.find(s.name);
      if (use == first_use.end()) continue;  // declared and never used
      if (s.binding == STB_WEAK) {
        problem(
            "weak symbol " + in_quotes(s.name) +
                " is defined nowhere: its address would be 0 "
                "wherever the bundle lies, which position independent code cannot tell",
            "define it, declare it with --import " + std::string(s.name) + ", or remove the use",
            use->second);
      } else {
        problem("undefined symbol " + in_quotes(s.name), remedy_for_undefined(s.name), use->second);
      }
    }
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
        found_.warnings.push_back({"import " + in_quotes(name) + " is declared but not used",
                                   near_global(name, true), std::nullopt});
      } else if (!found->second->is_undefined()) {
        problem("import " + in_quotes(name) + " is also defined in the bundle",
                "remove the definition or the --import", spot_of(*found->second));
      }
    }
  }

  void check_exports() {
    for (const std::string& name : spec_.exports) {
      const auto found = globals_.find(name);
      if (found != globals_.end() && !found->second->is_undefined()) continue;
      if (imports_.contains(name)) {
        problem("export " + in_quotes(name) + " is an import", "remove one of the two");
      } else if (const Symbol* local = local_named(name)) {
        problem("export " + in_quotes(name) + " is static", "remove `static' from its definition",
                spot_of(*local));
      } else {
        problem("export " + in_quotes(name) + " is not defined in the bundle",
                near_global(name, false));
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
    return near.empty() ? std::string() : "did you mean " + in_quotes(near) + "?";
  }

  const Symbol* local_named(std::string_view name) const {
    const auto found = std::ranges::find_if(elf_.symbols(), [&](const Symbol& s) {
      return s.is_local() && s.name == name && s.type != STT_SECTION && s.type != STT_FILE;
    });
    return found == elf_.symbols().end() ? nullptr : &*found;
  }

  std::optional<Spot> spot_of(const Symbol& s) const {
    if (s.section == SHN_UNDEF || s.section >= elf_.sections().size()) return std::nullopt;
    return Spot{s.section, s.value};
  }

  void check_symbols() {
    for (const Symbol& s : elf_.symbols()) {
      if (s.is_common()) {
        if (spec_.mode == Mode::selfreloc) continue;
        problem("variable " + in_quotes(s.name) + " is writable data",
                "make it const, move it to the host and import it, or use --mode selfreloc");
      } else if (s.type == STT_TLS) {
        problem("variable " + in_quotes(s.name) + " is thread-local",
                "a bundle has no threads' "
                "storage; remove __thread",
                spot_of(s));
      } else if (s.type == STT_GNU_IFUNC) {
        problem("function " + in_quotes(s.name) + " is chosen at run time (ifunc)",
                "a bundle has no loader to choose; call one version", spot_of(s));
      }
    }
  }

  void check_section(const Section& s) {
    if (!s.is_allocated() || s.size == 0 || is_left_out(s.name)) return;
    const std::uint32_t index = elf_.index_of(s);
    if (s.type == SHT_INIT_ARRAY || s.type == SHT_FINI_ARRAY || s.type == SHT_PREINIT_ARRAY ||
        s.name.starts_with(".ctors") || s.name.starts_with(".dtors")) {
      problem("section " + std::string(s.name) +
                  " holds constructors or destructors, which "
                  "nobody runs in a bundle",
              "initialize statically, or export a function to call", Spot{index, 0});
    } else if (s.name.starts_with(".gcc_except_table")) {
      problem("exception tables need an unwinder, which a bundle does not have",
              "compile with -fno-exceptions", Spot{index, 0});
    } else if (s.is_writable() && !is_relro(s.name) && (s.flags & SHF_TLS) == 0 &&
               spec_.mode == Mode::pic) {
      check_writable(s, index);
    }
  }

  void check_writable(const Section& section, std::uint32_t index) {
    static constexpr auto remedy =
        "make it const, move it to the host and import it, or use --mode selfreloc";
    bool named = false;
    for (const Symbol& s : elf_.symbols()) {
      if (s.section != index || s.type != STT_OBJECT) continue;
      named = true;
      problem("variable " + in_quotes(s.name) + " is writable data (section " +
                  std::string(section.name) + ")",
              remedy, Spot{index, s.value});
    }
    if (!named) {
      problem("section " + std::string(section.name) + " is writable data", remedy, Spot{index, 0});
    }
  }

  void check_relocations(const Relocations& table) {
    const Section& section = elf_.sections()[table.section];
    if (is_left_out(section.name)) return;
    for (const Relocation& r : table.records) {
      const RelocationType* type = type_of(target_, r.type);
      if (type == nullptr) {
        problem("relocation type " + std::to_string(r.type) + " against " +
                    in_quotes(elf_.symbols()[r.symbol].name) + " is not supported for " +
                    std::string(target_.name),
                "", Spot{table.section, r.offset});
      } else {
        check_record(table, r, *type);
      }
    }
  }

  void check_record(const Relocations& table, const Relocation& r, const RelocationType& type) {
    const Section& section = elf_.sections()[table.section];
    const Symbol& symbol = elf_.symbols()[r.symbol];
    const Spot spot{table.section, r.offset};
    const auto against = [&](std::string_view name) {
      return in_quotes(name) + " (" + std::string(type.name) + ")";
    };
    if (type.formula == Formula::gp_slot && spec_.mode == Mode::pic) {
      problem("reads the address of " + against(symbol.name) +
                  " from a global offset table, as "
                  "all position independent code of this machine does",
              "use --mode selfreloc, whose fixups cover the table", spot);
    } else if (type.formula == Formula::got_slot) {
      problem("reads the address of " + against(symbol.name) + " from a global offset table",
              "declare it with __attribute__((visibility(\"hidden\"))), or compile with "
              "-fvisibility=hidden and a `#pragma GCC visibility push(hidden)'",
              spot);
    } else if (type.formula == Formula::thread_local_) {
      problem("uses thread-local storage, " + against(symbol.name), "remove __thread", spot);
    } else if (type.formula == Formula::absolute && !symbol.is_absolute() &&
               spec_.mode == Mode::pic) {
      const Symbol& target = named_target(table, r, type);
      problem("needs the absolute address of " + against(target.name),
              remedy_for_absolute(section, target), spot);
    }
  }

  // What a record against a section means: the symbol at that place, where there is one.
  const Symbol& named_target(const Relocations& table, const Relocation& r,
                             const RelocationType& type) const {
    const Symbol& symbol = elf_.symbols()[r.symbol];
    const Section& section = elf_.sections()[table.section];
    if (symbol.type != STT_SECTION || r.offset > section.content.size() ||
        type.field.size > section.content.size() - r.offset) {
      return symbol;
    }
    std::int64_t addend = r.addend;
    if (!table.has_addends) {
      addend = type.field.decode(
          type.field.load(section.content.data() + r.offset, target_.is_big_endian));
    }
    const auto found = std::ranges::find_if(elf_.symbols(), [&](const Symbol& s) {
      return s.section == symbol.section && s.value == static_cast<std::uint64_t>(addend) &&
             (s.type == STT_FUNC || s.type == STT_OBJECT);
    });
    return found == elf_.symbols().end() ? symbol : *found;
  }

  std::string remedy_for_absolute(const Section& section, const Symbol& target) const {
    if (section.is_code()) return "compile with -fpic";
    const bool to_code =
        target.section < elf_.sections().size() && elf_.sections()[target.section].is_code();
    if (to_code && target.name.starts_with(".")) {
      return "compile with -fpic, or with -fno-jump-tables";
    }
    return "store offsets instead of pointers (a switch does it for you), or use --mode selfreloc";
  }

  const ElfFile& elf_;
  const Target& target_;
  const Spec& spec_;
  std::string_view script_;
  std::unordered_set<std::string_view> imports_;
  std::unordered_map<std::string_view, const Symbol*> globals_;
  Survey found_;
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

Survey survey(const ElfFile& partial, const Target& target, const Spec& spec,
              std::span<const Import> imports, std::string_view script) {
  return Surveyor(partial, target, spec, imports, script).run();
}

}  // namespace cbundle

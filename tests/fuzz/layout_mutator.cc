#include "tests/fuzz/layout_mutator.h"

#include <array>
#include <random>

#include "tests/fuzz/elf_editor.h"

namespace cbundle {
namespace {

using Table = ElfEditor::Table;

class Mutator {
 public:
  Mutator(LayoutCase& layouts, unsigned seed, MutateBytes* mutate_bytes)
      : layouts_(layouts), random_(seed), mutate_bytes_(mutate_bytes) {}

  void run() {
    // Not pointers to members, of which gcc 14 says that they use an uninitialized object.
    using Change = void (*)(Mutator&);
    static constexpr std::array<Change, 15> changes{
        call<&Mutator::change_record>,  call<&Mutator::change_record>,
        call<&Mutator::change_symbol>,  call<&Mutator::change_section>,
        call<&Mutator::change_segment>, call<&Mutator::double_entry>,
        call<&Mutator::move_symbol>,    call<&Mutator::drop_record>,
        call<&Mutator::change_content>, call<&Mutator::change_content>,
        call<&Mutator::move_target>,    call<&Mutator::move_target>,
        call<&Mutator::change_type>,    call<&Mutator::change_anything>,
        call<&Mutator::change_request>};
    for (std::size_t rounds = 1 + below(2); rounds > 0; --rounds) {
      changes[below(changes.size())](*this);
    }
  }

 private:
  template <auto change>
  static void call(Mutator& mutator) {
    (mutator.*change)();
  }

  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

  // One layout, or both alike.
  std::vector<std::string*> some_layouts() {
    const std::size_t which = below(4);
    std::vector<std::string*> layouts;
    if (which != 1) layouts.push_back(&layouts_.a);
    if (which != 0) layouts.push_back(&layouts_.b);
    return layouts;
  }

  // The new value of a number, the same for both layouts.
  struct Edit {
    unsigned kind;
    std::uint64_t value;
    std::uint64_t operator()(std::uint64_t old) const {
      switch (kind) {
        case 0: return old + value % 64;
        case 1: return old - value % 64;
        case 2: return old ^ 1ULL << (value % 64);
        case 3: return value % 256;
        case 4: return old ^ value % 256;
        case 5: return old + (1ULL << value % 64);
        default: return value;
      }
    }
  };
  Edit some_edit() {
    return {static_cast<unsigned>(below(7)), std::uint64_t{random_()} << 32 | random_()};
  }

  // Changes one field of one entry, or copies it from another entry.
  void change_entry(const std::vector<std::string*>& files,
                    std::vector<Table> (ElfEditor::*tables)() const) {
    const std::size_t which = random_();
    const std::size_t entry = random_();
    const std::size_t field = random_();
    const std::size_t other = random_();
    const bool copies = below(3) == 0;
    const Edit edit = some_edit();
    for (std::string* file : files) {
      ElfEditor editor(*file);
      const std::vector<Table> all = (editor.*tables)();
      if (all.empty()) continue;
      const Table& table = all[which % all.size()];
      const std::size_t place = field % table.fields.size();
      const Cell cell = table.cell(entry % table.count, place);
      const Cell from = table.cell(other % table.count, place);
      editor.set(cell, copies ? editor.get(from) : edit(editor.get(cell)));
    }
  }

  std::vector<std::string*> some_files() {
    if (below(8) == 0) return {&layouts_.partial};
    return some_layouts();
  }

  void change_record() { change_entry(some_files(), &ElfEditor::records); }
  void change_symbol() { change_entry(some_files(), &ElfEditor::symbols); }

  // Duplicates a record or a symbol.
  void double_entry() {
    const std::size_t which = random_();
    const std::size_t entry = random_();
    const std::size_t other = random_();
    const auto tables = below(4) == 0 ? &ElfEditor::symbols : &ElfEditor::records;
    for (std::string* file : some_layouts()) {
      ElfEditor editor(*file);
      const std::vector<Table> all = (editor.*tables)();
      if (all.empty()) continue;
      const Table& table = all[which % all.size()];
      for (std::size_t field = 0; field < table.fields.size(); ++field) {
        editor.set(table.cell(entry % table.count, field),
                   editor.get(table.cell(other % table.count, field)));
      }
    }
  }

  void change_segment() { change_entry(some_layouts(), &ElfEditor::segments); }

  void change_section() {
    const std::size_t entry = random_();
    const std::size_t field = random_();
    const Edit edit = some_edit();
    for (std::string* file : some_files()) {
      ElfEditor editor(*file);
      const Table& table = editor.sections();
      if (table.count == 0) continue;
      const Cell cell = table.cell(entry % table.count, field % table.fields.size());
      editor.set(cell, edit(editor.get(cell)));
    }
  }

  void drop_record() {
    const std::size_t which = random_();
    const std::size_t entry = random_();
    for (std::string* file : some_layouts()) {
      ElfEditor editor(*file);
      const std::vector<Table> all = editor.records();
      if (all.empty()) continue;
      const Table& table = all[which % all.size()];
      editor.drop(table, entry % table.count);
    }
  }

  // The type is near the lowest byte of the number, in every machine's format.
  void change_type() {
    const std::size_t which = random_();
    const std::size_t entry = random_();
    const std::uint64_t type = below(2) == 0 ? below(64) : below(320);
    const std::vector<std::string*> both{&layouts_.a, &layouts_.b};
    for (std::string* file : both) {
      ElfEditor editor(*file);
      const std::vector<Table> all = editor.records();
      if (all.empty()) continue;
      const Table& table = all[which % all.size()];
      Cell cell = table.cell(entry % table.count, 1);
      const std::uint64_t mask = type < 256 ? 0xff : 0xffff;
      editor.set(cell, (editor.get(cell) & ~mask) | type);
    }
  }

  void change_content() {
    const std::size_t which = random_();
    const std::size_t at = random_();
    const unsigned size = 1U << below(4);
    const Edit edit = some_edit();
    for (std::string* file : some_layouts()) {
      ElfEditor editor(*file);
      const std::vector<ElfEditor::Loaded> all = editor.loaded();
      if (all.empty()) continue;
      const ElfEditor::Loaded& section = all[which % all.size()];
      const Cell cell{section.offset + at % section.size, size};
      editor.set(cell, edit(editor.get(cell)));
    }
  }

  // Moves a symbol, and changes the fields of all its records accordingly.
  void move_symbol() {
    const std::size_t entry = random_();
    const std::uint64_t by = below(2) == 0 ? below(64) : std::uint64_t{1} << below(32);
    const unsigned size = below(4) == 0 ? 8 : 4;
    for (std::string* file : some_layouts()) {
      ElfEditor editor(*file);
      const std::vector<Table> symbols = editor.symbols();
      if (symbols.empty()) continue;
      const std::size_t symbol = entry % symbols[0].count;
      const Cell value = symbols[0].cell(symbol, ElfEditor::symbol_value);
      editor.set(value, editor.get(value) + by);
      for (const Table& table : editor.records()) {
        for (std::size_t i = 0; i < table.count; ++i) {
          if (editor.symbol_of(table, i) == symbol) move_word(editor, table, i, size, by);
        }
      }
    }
  }

  static void move_word(ElfEditor& editor, const Table& table, std::size_t record, unsigned size,
                        std::uint64_t by) {
    const std::uint64_t address = editor.get(table.cell(record, 0));
    for (const ElfEditor::Loaded& section : editor.loaded()) {
      if (address - section.address >= section.size) continue;
      const Cell word{section.offset + (address - section.address), size};
      editor.set(word, editor.get(word) + by);
    }
  }

  // Moves a record's target, and changes its field accordingly: like another addend, if the field
  // is a plain number.
  void move_target() {
    const std::size_t which = random_();
    const std::size_t entry = random_();
    const std::uint64_t by = below(2) == 0 ? below(16) - 8 : std::uint64_t{1} << below(32);
    const unsigned size = below(4) == 0 ? 8 : 4;
    const std::vector<std::string*> both{&layouts_.a, &layouts_.b};
    for (std::string* file : both) {
      ElfEditor editor(*file);
      const std::vector<Table> all = editor.records();
      if (all.empty()) continue;
      const Table& table = all[which % all.size()];
      const std::size_t record = entry % table.count;
      if (table.fields.size() == 3) {
        editor.set(table.cell(record, 2), editor.get(table.cell(record, 2)) + by);
      }
      move_word(editor, table, record, size, by);
    }
  }

  void change_anything() {
    std::string* files[] = {&layouts_.a, &layouts_.b, &layouts_.partial};
    std::string& file = *files[below(3)];
    const std::size_t size = file.size();
    file.resize(size + 16);
    file.resize(mutate_bytes_(reinterpret_cast<std::uint8_t*>(file.data()), size, file.size()));
  }

  // Not the imports, which the layouts' stub defines.
  void change_request() {
    Spec& spec = layouts_.spec;
    switch (below(3)) {
      case 0: spec.mode = spec.mode == Mode::pic ? Mode::selfreloc : Mode::pic; break;
      case 1:
        if (spec.exports.size() > 1) spec.exports.pop_back();
        break;
      default:
        if (!spec.imports.empty()) spec.exports.push_back(spec.imports[0].name);
        break;
    }
  }

  LayoutCase& layouts_;
  std::minstd_rand random_;
  MutateBytes* mutate_bytes_;
};

}  // namespace

void mutate(LayoutCase& layouts, unsigned seed, MutateBytes* mutate_bytes) {
  Mutator(layouts, seed, mutate_bytes).run();
}

}  // namespace cbundle

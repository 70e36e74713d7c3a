// Objects of equal semantic digest are equal to the linker: random objects, changed in one thing.
//
// CBUNDLE_RANDOM_OBJECTS: how many (40); CBUNDLE_SEED: of which (1).

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "engine/elf/object_facts.h"
#include "tests/support/test_space.h"

namespace cbundle {
namespace {

constexpr std::array sections{
    ".section .text,\"ax\",@progbits",
    ".section .data,\"aw\",@progbits",
    ".section .rodata.str,\"aMS\",@progbits,1",
    ".section .meta,\"\",@progbits",
    ".section .comment,\"MS\",@progbits,1",
    ".section .note.mine,\"\",@note",
    ".section .note.loaded,\"a\",@note",
    ".section .excluded,\"e\",@progbits",
    ".section .gnu.warning.warned,\"\",@progbits",
    ".section .debug_info,\"\",@progbits",
    ".section .debug_line,\"\",@progbits",
    ".section .debugger,\"a\",@progbits",
    ".section .zdebug_info,\"\",@progbits",
    ".section .stab,\"\",@progbits",
    ".section .line,\"\",@progbits",
    ".section .gnu.linkonce.wi.x,\"\",@progbits",
    ".section .gdb_index,\"\",@progbits",
    ".section .text.group,\"axG\",@progbits,signature,comdat",
    ".section .debug_types,\"G\",@progbits,wi.1234,comdat",
    ".section .debug_macro,\"G\",@progbits,other_signature,comdat",
    ".section .bss,\"aw\",@nobits",
};
constexpr std::array bindings{".local", ".globl", ".weak"};
constexpr std::array types{"@object", "@function", "@notype"};
constexpr std::array names{"alpha", "beta", "gamma", "delta", "main_symbol", "warned", "shared"};

// A labelled place in a section.
struct Piece {
  std::size_t section = 0;
  std::size_t name = 0;  // of the label; a number is added
  std::size_t binding = 0;
  std::size_t type = 0;
  unsigned alignment = 0;  // a power of two
  unsigned value = 0;      // a byte
  std::size_t target = 0;  // index of the piece it refers to; itself: none
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::vector<Piece> pieces() {
    std::vector<Piece> all(3 + draw(8));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = piece(all.size(), i);
    return all;
  }

  // One thing of one piece is another; or a piece comes, goes or changes its place.
  void mutate(std::vector<Piece>& all) {
    const std::size_t i = draw(all.size());
    const Piece fresh = piece(all.size(), i);
    switch (draw(10)) {
      case 0: all[i].section = fresh.section; break;
      case 1: all[i].name = fresh.name; break;
      case 2: all[i].binding = fresh.binding; break;
      case 3: all[i].type = fresh.type; break;
      case 4: all[i].alignment = fresh.alignment; break;
      case 5: all[i].target = fresh.target; break;
      case 6: all.push_back(fresh); break;
      case 7: std::swap(all[i], all[draw(all.size())]); break;
      default: all[i].value = fresh.value; break;
    }
  }

 private:
  std::size_t draw(std::size_t below) { return random_() % below; }

  Piece piece(std::size_t count, std::size_t self) {
    return {draw(sections.size()),
            draw(names.size()),
            draw(bindings.size()),
            draw(types.size()),
            static_cast<unsigned>(draw(5)),
            static_cast<unsigned>(draw(256)),
            draw(2) == 0 ? self : draw(count)};
  }

  std::mt19937_64 random_;
};

std::string label(const std::vector<Piece>& all, std::size_t i) {
  std::string text = names[all[i].name];
  // The first may clash with a symbol of the other object.
  return i == 0 ? text : text + "_" + std::to_string(i);
}

std::string assembly_of(const std::vector<Piece>& all) {
  std::string text = ".section .note.GNU-stack,\"\",@progbits\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Piece& piece = all[i];
    const std::string name = label(all, i);
    const std::string section = sections[piece.section];
    text += section + "\n.p2align " + std::to_string(piece.alignment) + "\n" +
            bindings[piece.binding] + " " + name + "\n.type " + name + "," + types[piece.type] +
            "\n" + name + ":\n";
    if (section.ends_with("@nobits")) {
      text += ".zero 4\n";
      continue;
    }
    text += ".byte " + std::to_string(piece.value) + ",0\n";
    const bool has_strings = section.find('M') != std::string::npos;
    if (piece.target != i && !has_strings) text += ".quad " + label(all, piece.target) + "\n";
  }
  return text;
}

class SemanticDigestTest : public testing::Test {
 protected:
  SemanticDigestTest() {
    space_.write(
        "other.s",
        ".section .note.GNU-stack,\"\",@progbits\n.text\n.globl alpha\nalpha: call warned\n"
        ".section .text.group,\"axG\",@progbits,signature,comdat\n.globl in_group\n"
        "in_group: nop\n"
        ".section .text.more,\"axG\",@progbits,other_signature,comdat\nnop\n");
    space_.run("as -o other.o other.s");
  }

  // False where as refuses it, as it refuses two meanings of one name.
  bool assemble(const std::vector<Piece>& all, const std::string& name) {
    space_.write(name + ".s", assembly_of(all));
    return std::system(("cd " + space_.path().native() + " && as -o " + name + ".o " + name +
                        ".s 2>/dev/null")
                           .c_str()) == 0;
  }

  // All that the partial link makes and says.
  std::string outcome(const std::string& name) {
    const std::string directory = space_.path().native();
    std::string all;
    for (const std::string objects : {"in.o other.o", "other.o in.o"}) {
      const int status = std::system(("cd " + directory + " && cp " + name +
                                      ".o in.o && rm -f out.o && ld -r --strip-debug -o out.o " +
                                      objects + " >said 2>&1")
                                         .c_str());
      all += std::to_string(status) + "\n" + read_file(space_ / "said").value();
      if (status == 0) all += read_file(space_ / "out.o").value();
    }
    return all;
  }

  TestSpace space_;
};

TEST_F(SemanticDigestTest, EqualDigestsAreEqualPartialLinks) {
  const auto number = [](const char* variable, unsigned long usual) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoul(text, nullptr, 10) : usual;
  };
  const unsigned long seed = number("CBUNDLE_SEED", 1);
  const unsigned long count = number("CBUNDLE_RANDOM_OBJECTS", 40);
  int equal = 0;
  for (unsigned long i = 0; i < count; ++i) {
    Generator generator(seed * 1'000'003 + i);
    std::vector<Piece> pieces = generator.pieces();
    if (!assemble(pieces, "before")) continue;
    const Digest before = facts_of(Blob(read_file(space_ / "before.o").value())).value().semantic;
    for (int mutation = 0; mutation < 6; ++mutation) {
      std::vector<Piece> changed = pieces;
      generator.mutate(changed);
      if (!assemble(changed, "after")) continue;
      const Digest after = facts_of(Blob(read_file(space_ / "after.o").value())).value().semantic;
      if (after != before) continue;
      ++equal;
      ASSERT_EQ(outcome("before"), outcome("after")) << "seed " << seed << ", object " << i << ":\n"
                                                     << assembly_of(pieces) << "\nchanged to:\n"
                                                     << assembly_of(changed);
    }
  }
  EXPECT_GT(equal, static_cast<int>(count / 4));  // else this would prove nothing
}

}  // namespace
}  // namespace cbundle

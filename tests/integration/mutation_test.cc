// Drops and alters each record of each configuration's bundle in turn: the relink check must fail,
// except for the mutants that are listed here with a reason.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/bundle/output/relink.h"
#include "engine/pipeline/inputs.h"
#include "engine/stage/combine_stage.h"
#include "engine/stage/partial_link.h"
#include "engine/stage/relink_stage.h"
#include "tests/support/applied.h"
#include "tests/support/configurations.h"
#include "tests/support/counting_executor.h"

namespace cbundle {

namespace {

// What one relink cannot see, and why that is no harm.
enum class Unseen {
  no,
  // The same formula and the same bits under another name: R_X86_64_PLT32 and PC32 against a
  // symbol that has no PLT, R_ARM_ABS32 and TARGET1, a type with and one without a check of ranges.
  same_meaning,
  // The same formula, and some of the same bits: the same as long as the value fits, and imports
  // are near in every layout. The object's records are of the inputs' own types, or of the one type
  // that a target's carry() names, so none can become one of these.
  fewer_bits,
  // A part of an address does not see what is added to the bits of another part, unless that
  // carries. The record of that part, of the same symbol, sees it: both are made of one addend.
  other_part,
};

const char* name_of(Unseen unseen) {
  switch (unseen) {
    case Unseen::no: return "nothing";
    case Unseen::same_meaning: return "the same meaning";
    case Unseen::fewer_bits: return "fewer bits";
    case Unseen::other_part: return "another part";
  }
  return "unknown";
}

struct Mutant {
  std::string kind;    // "drop"
  std::string record;  // "R_X86_64_PC32"
  Bundle bundle;
  Unseen excuse = Unseen::no;  // where it survives
};

// The least that changes the field whatever is added to: half of it may get lost in rounding.
std::uint64_t step_of(const Field& field) {
  for (std::uint64_t step = 1; step != 0; step <<= 1) {
    const std::uint64_t once = field.encode(step, 0);
    if (once != field.encode(0, 0) && once != field.encode(2 * step, 0)) return step;
  }
  return 0;
}

Unseen if_no_part(const Field& field, std::uint64_t delta) {
  return field.encode(delta, 0) == field.encode(0, 0) ? Unseen::other_part : Unseen::no;
}

Unseen excuse_for_type(const RelocationType& now, const RelocationType& other) {
  if (other.formula != now.formula || other.field.order != now.field.order) return Unseen::no;
  if (other.field.encode == now.field.encode) return Unseen::same_meaning;
  return (other.field.mask & ~now.field.mask) == 0 ? Unseen::fewer_bits : Unseen::no;
}

// Hands every mutant of a bundle to `check`, one after the other.
class Mutations {
 public:
  using Check = std::function<void(const Mutant&)>;

  Mutations(const Bundle& bundle, const Target& target, const LinkAddresses& place, Check check)
      : bundle_(bundle),
        target_(target),
        emitted_(emitted_machine(target)),
        place_(place),
        check_(std::move(check)) {}

  void of_references() const {
    for (std::size_t i = 0; i < bundle_.references.size(); ++i) {
      drop(i);
      for (const std::uint64_t delta : {std::uint64_t{4}, bundle_.alignment}) add(i, delta);
      add(i, std::max<std::uint64_t>(step_of(field(i)), 16));
      import_another(i);
      retype(i);
      shift(i, field(i).size);
      shift(i, std::uint64_t{0} - field(i).size);
    }
  }

  void of_fixups() const {
    for (std::size_t i = 0; i < bundle_.fixups.size(); ++i) {
      const Fixup& was = bundle_.fixups[i];
      fixup("drop a fixup", i, [&](Bundle& b) { b.fixups.erase(b.fixups.begin() + at(i)); });
      for (const std::uint64_t delta :
           {std::uint64_t{4}, bundle_.alignment, step_of(field_of(was))}) {
        fixup(
            "add " + std::to_string(delta) + " to a fixup's value", i,
            [&](Bundle& b) { b.fixups[i].addend += static_cast<std::int64_t>(delta); },
            if_no_part(field_of(was), delta));
      }
      fixup("shift a fixup", i, [&](Bundle& b) { b.fixups[i].offset += field_of(was).size; });
      fixup(
          "let a fixup hold another import", i,
          [&](Bundle& b) { b.fixups[i].import = was.import == internal ? 0 : internal; },
          excuse_for_imports(field_of(was), was.import, was.import == internal ? 0 : internal));
      for (std::uint32_t kind = 0; kind <= static_cast<std::uint32_t>(FixupKind::thumb_movt);
           ++kind) {
        if (static_cast<FixupKind>(kind) == was.kind) continue;
        fixup("fix up as kind " + std::to_string(kind), i,
              [&](Bundle& b) { b.fixups[i].kind = static_cast<FixupKind>(kind); });
      }
    }
  }

 private:
  static std::ptrdiff_t at(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

  const RelocationType& type(std::size_t i) const {
    return *type_of(emitted_, bundle_.references[i].type);
  }
  const Field& field(std::size_t i) const { return type(i).field; }
  const Field& field_of(const Fixup& fixup) const {
    return std::ranges::find(target_.types, fixup.kind, &RelocationType::fixup)->field;
  }

  void reference(const std::string& kind, std::size_t i, const std::function<void(Bundle&)>& change,
                 Unseen excuse = Unseen::no) const {
    Mutant mutant{kind, std::string(type(i).name), bundle_, excuse};
    change(mutant.bundle);
    // A field that keeps its addend may have no room for another: then there is no mutant.
    const bool is_same = mutant.bundle.references == bundle_.references &&
                         mutant.bundle.segments.front().bytes == bundle_.segments.front().bytes;
    if (!is_same) check_(mutant);
  }

  void fixup(const std::string& kind, std::size_t i, const std::function<void(Bundle&)>& change,
             Unseen excuse = Unseen::no) const {
    Mutant mutant{kind, "kind " + std::to_string(static_cast<unsigned>(bundle_.fixups[i].kind)),
                  bundle_, excuse};
    change(mutant.bundle);
    check_(mutant);
  }

  void drop(std::size_t i) const {
    reference("drop", i, [&](Bundle& b) { b.references.erase(b.references.begin() + at(i)); });
  }

  // To the record, or to what the field keeps for it, or to the place of the label it names.
  void add(std::size_t i, std::uint64_t delta) const {
    const bool is_kept = !target_.output_has_addends && bundle_.references[i].import != own_label;
    reference(
        "add " + std::to_string(delta), i,
        [&](Bundle& b) {
          Reference& r = b.references[i];
          if (!is_kept) {
            r.addend += static_cast<std::int64_t>(delta);
            return;
          }
          auto* place = reinterpret_cast<std::byte*>(b.segments.front().bytes.data()) + r.offset;
          const std::uint64_t word = field(i).load(place, target_.is_big_endian);
          const auto held = static_cast<std::int64_t>(field(i).decode(word) / unit_kept(i));
          field(i).store(place, target_.is_big_endian,
                         field(i).encode_addend(held + static_cast<std::int64_t>(delta), word));
        },
        if_no_part(field(i), type(i).formula == Formula::page_offset ? delta % 0x1000 : delta));
  }

  // MOVT keeps an addend of the whole in the place of the upper half.
  std::int64_t unit_kept(std::size_t i) const {
    return emitted_.machine == EM_ARM && type(i).needs_addend ? 0x10000 : 1;
  }

  std::uint64_t address_of(std::uint32_t import) const {
    return import < place_.imports.size() ? place_.imports[import] : place_.base;
  }

  Unseen excuse_for_imports(const Field& field, std::uint32_t one, std::uint32_t other) const {
    const std::uint64_t a = address_of(one);
    const std::uint64_t b = address_of(other);
    return if_no_part(field, std::max(a, b) - std::min(a, b));
  }

  void import_another(std::size_t i) const {
    const std::uint32_t now = bundle_.references[i].import;
    const auto count = static_cast<std::uint32_t>(bundle_.imports.size());
    const std::uint32_t other = now < count ? (now + 1) % count : 0;
    reference(
        "another import", i, [&](Bundle& b) { b.references[i].import = other; },
        excuse_for_imports(field(i), now, other));
  }

  void retype(std::size_t i) const {
    const RelocationType& now = type(i);
    for (const RelocationType& other : emitted_.types) {
      if (other.number == now.number || other.field.size != now.field.size) continue;
      reference(
          "become " + std::string(other.name), i,
          [&](Bundle& b) { b.references[i].type = other.number; }, excuse_for_type(now, other));
    }
  }

  void shift(std::size_t i, std::uint64_t distance) const {
    reference("shift", i, [&](Bundle& b) { b.references[i].offset += distance; });
  }

  const Bundle& bundle_;
  const Target& target_;
  const Target& emitted_;
  const LinkAddresses& place_;
  Check check_;
};

class MutationTest : public testing::TestWithParam<Configuration> {
 protected:
  Digest run(const Stage& stage) {
    StageContext context = make_context();
    Result<Blob> made = stage.run(context);
    EXPECT_TRUE(made) << (made ? "" : made.error().text());
    if (!made) return {};
    return keep(std::move(made).value());
  }

  StageContext make_context() {
    return {
        [this](const Digest& digest) -> Result<Blob> { return made_.at(digest); }, executor_, {}};
  }

  Digest keep(Blob blob) {
    const Digest digest = Digest::of(blob.bytes());
    made_.insert_or_assign(digest, std::move(blob));
    return digest;
  }

  // The parameters of engine/pipeline, up to the bundle and layout C.
  void make_bundle() {
    InputReader reader(executor_);
    const std::stop_token stop;
    inputs_ = reader.read(request_, &stop).value();
    parameters_.emplace(
        LinkParameters{inputs_->linker, *inputs_->target, request_.spec, {}, {}, {}});
    parameters_->partial = run(PartialLink(inputs_->linker, *inputs_->target, inputs_->objects));
    const Digest a = run(LayoutLink(Layout::a, *parameters_));
    const Digest b = run(LayoutLink(Layout::b, *parameters_));
    layout_c_ = run(LayoutLink(Layout::c, *parameters_));
    bundle_ = unpack_bundle(made_.at(run(CombineStage(*parameters_, a, b))).text()).value();
    layout_ = ElfFile::parse(made_.at(layout_c_)).value();
    const Image image = image_of(layout_, target()).value();
    wanted_ = loaded_bytes(image);
    place_ = addresses_in(image, request_.spec.imports.size());
    moved_ = moved(place_, loader_distance(place_, bundle_.alignment));
  }

  const Target& target() const { return *inputs_->target; }

  // Whether the check, with the records applied in process, lets the bundle pass.
  bool passes(const Bundle& bundle) const {
    Applied applied(bundle, target(), request_.spec.imports);
    std::optional<Relinked> linked = applied.at(place_);
    if (!linked || linked->bytes != wanted_) return false;
    if (bundle_.fixups.empty()) return true;
    const std::optional<Relinked> there = applied.at(moved_);
    return there && apply_fixups(*linked, moved_.base - place_.base, target()) &&
           linked->bytes == there->bytes;
  }

  // The same with the real linker.
  std::string verify_error(const Bundle& bundle) {
    const Digest digest = keep(Blob(pack(bundle)));
    StageContext context = make_context();
    const Result<Blob> checked = RelinkStage(*parameters_, layout_c_, digest).run(context);
    return checked ? "" : checked.error().text();
  }

  void check(const Mutant& mutant) {
    const bool survives = passes(mutant.bundle);
    // The real linker is asked once for each kind of mutant that passes, and of those that do not.
    const bool is_known = survives ? !survivors_.insert({mutant.record, mutant.kind}).second
                                   : !rejected_.insert(mutant.kind.substr(0, 6)).second;
    if (!survives) {
      ++rejections_;
      if (!is_known) {
        EXPECT_NE(verify_error(mutant.bundle), "") << mutant.record << ": " << mutant.kind;
      }
      return;
    }
    if (is_known || verify_error(mutant.bundle) != "") return;
    EXPECT_NE(mutant.excuse, Unseen::no) << mutant.record << ": " << mutant.kind;
    report_ += mutant.record + ": " + mutant.kind + " (" + name_of(mutant.excuse) + ")\n";
  }

  TestSpace space_;
  CountingExecutor executor_;
  std::unordered_map<Digest, Blob> made_;
  Request request_;
  std::optional<Inputs> inputs_;
  std::optional<LinkParameters> parameters_;
  Digest layout_c_;
  Bundle bundle_;
  ElfFile layout_;
  std::string wanted_;
  LinkAddresses place_;
  LinkAddresses moved_;
  std::set<std::pair<std::string, std::string>> survivors_;
  std::set<std::string> rejected_;
  int rejections_ = 0;
  std::string report_;
};

TEST_P(MutationTest, EveryHarmfulChangeOfARecordIsSeen) {
  if (!prepare(GetParam(), "-O2", space_, request_)) {
    GTEST_SKIP() << "there is no " << GetParam().tools << "gcc for " << GetParam().flags;
  }
  make_bundle();
  ASSERT_FALSE(HasFailure());
  ASSERT_EQ(verify_error(bundle_), "");
  ASSERT_TRUE(passes(bundle_))
      << "records applied in process are not what the linker makes of them";
  const Mutations mutations(bundle_, target(), place_, [&](const Mutant& m) { check(m); });
  mutations.of_references();
  mutations.of_fixups();
  EXPECT_GT(rejections_, 0);
  std::cout << rejections_ << " mutants are rejected; these pass:\n" << report_;
}

INSTANTIATE_TEST_SUITE_P(Targets, MutationTest, testing::ValuesIn(all_configurations()),
                         name_of_configuration);

}  // namespace
}  // namespace cbundle

// What a bundle is written as.

#include "engine/bundle/output/emit.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace cbundle {
namespace {

using testing::HasSubstr;
using testing::Not;

// MIPS code may hold an address after its last byte or before its first, such as `&table[count]`
// and `table - 1`. Assembly text could only have labels at bytes.
TEST(EmitTest, AnAddressOutsideOfTheBytesNeedsNoByteInAssemblyText) {
  Bundle bundle;
  bundle.target = "mips";
  bundle.alignment = 16;
  bundle.segments.push_back({0, std::string(16, '\1')});
  bundle.references.push_back({0, R_MIPS_32, own_label, 8});
  bundle.references.push_back({4, R_MIPS_32, own_label, 20});
  bundle.references.push_back({8, R_MIPS_32, own_label, -4});
  Spec spec;
  spec.mode = Mode::selfreloc;
  spec.form = Form::assembly;
  const Result<std::string> text = emit(bundle, spec);
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_THAT(text.value(), HasSubstr("\ncbundle_at_8:\n"));
  EXPECT_THAT(text.value(), HasSubstr("\t.set cbundle_at_14, .Lcbundle_start + 20\n"));
  EXPECT_THAT(text.value(), Not(HasSubstr("cbundle_at_14:")));
  EXPECT_THAT(text.value(), HasSubstr(", .Lcbundle_start - 4\n"));
}

TEST(EmitTest, AnAddendMayBeTheLeastOfAllNumbers) {
  Bundle bundle;
  bundle.target = "x86_64";
  bundle.segments.push_back({0, std::string(8, '\1')});
  bundle.imports = {"host"};
  bundle.references.push_back({0, R_X86_64_64, 0, std::numeric_limits<std::int64_t>::min()});
  Spec spec;
  spec.mode = Mode::selfreloc;
  spec.form = Form::assembly;
  const Result<std::string> text = emit(bundle, spec);
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_THAT(text.value(), HasSubstr("\t.quad host - 9223372036854775808\n"));
}

}  // namespace
}  // namespace cbundle

// Names that C or the assembler does not accept are refused where they would be written.
#include "engine/bundle/output/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cbundle {
namespace {

using testing::HasSubstr;

Spec spec_of(Form form, std::string prefix, std::vector<std::string> exports = {"run"}) {
  Spec spec;
  spec.form = form;
  spec.prefix = std::move(prefix);
  spec.exports = std::move(exports);
  return spec;
}

TEST(NamesTest, APrefixIsANameInC) {
  for (const Form form : {Form::c_source, Form::c_header}) {
    for (const char* name : {"", "boot32", "_x", "A"}) {
      EXPECT_TRUE(check_names(spec_of(form, name))) << name;
    }
    for (const char* name : {"8051", "my-board", "a b", "x\"y\"", "a.b", "a$", "int", "class", "\n",
                             "gr\xc3\xbc"
                             "n"}) {
      const Result<void> checked = check_names(spec_of(form, name));
      ASSERT_FALSE(checked) << name;
      EXPECT_EQ(checked.error().kind, ErrorKind::bad_request);
      EXPECT_THAT(checked.error().text(), HasSubstr("--prefix"));
    }
  }
}

TEST(NamesTest, APrefixIsASymbolInAssembly) {
  for (const char* name : {"", "boot32", "int", "a.b", "a$"}) {
    EXPECT_TRUE(check_names(spec_of(Form::assembly, name))) << name;
  }
  for (const char* name : {"8051", "my-board", "a b", "x\"y\"", "a\n"}) {
    EXPECT_FALSE(check_names(spec_of(Form::assembly, name))) << name;
  }
}

// "#define BLOB_OFFSET_go.fast" defined BLOB_OFFSET_go.
TEST(NamesTest, AnExportIsPartOfAMacro) {
  EXPECT_TRUE(check_names(spec_of(Form::c_source, "blob", {"run", "_go2"})));
  const Result<void> checked = check_names(spec_of(Form::c_source, "blob", {"run", "go.fast"}));
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().text(), HasSubstr("go.fast"));
  EXPECT_TRUE(check_names(spec_of(Form::assembly, "blob", {"go.fast"})));
}

TEST(NamesTest, AnObjectAndAnImageHaveAnyNames) {
  for (const Form form : {Form::object, Form::image, Form::description}) {
    EXPECT_TRUE(check_names(spec_of(form, "my-board", {"go.fast"})));
  }
}

}  // namespace
}  // namespace cbundle

// Messages and the engine's types: every value has its counterpart, and nonsense is refused.
#include "proto/wire.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

// Every enumerator of the wire is known, each of ours goes there and comes back, and a number
// beyond the last is not known.
template <class Ours, class Wire>
void expect_round_trip(const std::vector<Ours>& ours, int wire_values) {
  EXPECT_EQ(ours.size(), static_cast<std::size_t>(wire_values));
  for (const Ours value : ours) EXPECT_EQ(from_wire(wire_of(value)), value);
  for (int i = 0; i < wire_values; ++i) {
    const auto value = from_wire(static_cast<Wire>(i));
    ASSERT_TRUE(value.has_value()) << i;
    EXPECT_EQ(wire_of(*value), static_cast<Wire>(i));
  }
  EXPECT_EQ(from_wire(static_cast<Wire>(wire_values)), std::nullopt);
}

TEST(WireTest, EveryEnumeratorGoesOverTheWireAndBack) {
  expect_round_trip<ImportKind, v1::ImportKind>(
      {ImportKind::data, ImportKind::func, ImportKind::thumb}, v1::ImportKind_ARRAYSIZE);
  expect_round_trip<Mode, v1::Mode>({Mode::pic, Mode::selfreloc}, v1::Mode_ARRAYSIZE);
  expect_round_trip<Form, v1::Form>({Form::object, Form::assembly, Form::image, Form::description,
                                     Form::c_source, Form::c_header},
                                    v1::Form_ARRAYSIZE);
  expect_round_trip<Verify, v1::Verify>({Verify::none, Verify::relink}, v1::Verify_ARRAYSIZE);
  expect_round_trip<Outcome, v1::Outcome>({Outcome::hit, Outcome::ran, Outcome::shared},
                                          v1::Outcome_ARRAYSIZE);
  expect_round_trip<ErrorKind, v1::FailureKind>(
      {ErrorKind::bad_request, ErrorKind::bad_input, ErrorKind::tool_failed, ErrorKind::unavailable,
       ErrorKind::cancelled, ErrorKind::internal},
      v1::FailureKind_ARRAYSIZE);
}

TEST(WireTest, KindsOfFailureThatACallerCannotTellApartAreInternal) {
  EXPECT_EQ(wire_of(ErrorKind::evicted), v1::FAILURE_KIND_INTERNAL);
  EXPECT_EQ(wire_of(ErrorKind::corrupt), v1::FAILURE_KIND_INTERNAL);
}

v1::BuildRequest small_request() {
  v1::BuildRequest message;
  message.set_directory("/src");
  message.add_objects("a.o");
  return message;
}

TEST(WireTest, EveryFieldOfARequestArrives) {
  v1::BuildRequest message = small_request();
  message.add_objects("b.a");
  message.set_script("x.lds.S");
  message.add_defines("FINAL");
  message.add_defines("GAP=1");
  message.set_linker("/usr/bin/ld.lld");
  message.set_search_path("/usr/bin:/bin");
  message.set_output("out/x.o");
  message.add_exports("start");
  v1::Import& import = *message.add_imports();
  import.set_name("puts");
  import.set_kind(v1::IMPORT_KIND_FUNC);
  message.set_mode(v1::MODE_SELFRELOC);
  message.set_form(v1::FORM_IMAGE);
  message.set_section(".init.bundle");
  message.set_prefix("boot");
  message.set_verify(v1::VERIFY_RELINK);

  const Result<Request> result = request_of(message);
  ASSERT_TRUE(result) << result.error().text();
  const Request& request = result.value();
  EXPECT_EQ(request.directory, "/src");
  EXPECT_EQ(request.objects, (std::vector<std::filesystem::path>{"a.o", "b.a"}));
  EXPECT_EQ(request.script, "x.lds.S");
  EXPECT_EQ(request.defines, (std::vector<std::string>{"FINAL", "GAP=1"}));
  EXPECT_EQ(request.linker, "/usr/bin/ld.lld");
  EXPECT_EQ(request.path, "/usr/bin:/bin");
  EXPECT_EQ(request.output, "out/x.o");
  EXPECT_EQ(request.spec.exports, std::vector<std::string>{"start"});
  EXPECT_EQ(request.spec.imports, (std::vector<Import>{{"puts", ImportKind::func}}));
  EXPECT_EQ(request.spec.mode, Mode::selfreloc);
  EXPECT_EQ(request.spec.form, Form::image);
  EXPECT_EQ(request.spec.section, ".init.bundle");
  EXPECT_EQ(request.spec.prefix, "boot");
  EXPECT_EQ(request.spec.verify, Verify::relink);
}

TEST(WireTest, WhatARequestLeavesOutIsTheDefault) {
  const Result<Request> request = request_of(small_request());
  ASSERT_TRUE(request);
  const Spec defaults;
  EXPECT_EQ(request.value().spec.section, defaults.section);
  EXPECT_EQ(request.value().spec.mode, Mode::pic);
  EXPECT_EQ(request.value().spec.form, Form::object);
}

TEST(WireTest, ANameGivenTwiceCountsOnce) {
  v1::BuildRequest message = small_request();
  for (int i = 0; i < 2; ++i) {
    message.add_exports("start");
    message.add_imports()->set_name("table");
  }
  const Result<Request> request = request_of(message);
  ASSERT_TRUE(request);
  EXPECT_EQ(request.value().spec.exports.size(), 1U);
  EXPECT_EQ(request.value().spec.imports.size(), 1U);
}

TEST(WireTest, NonsenseIsABadRequestThatSaysWhy) {
  std::vector<std::pair<v1::BuildRequest, std::string>> wrong;
  wrong.emplace_back(small_request(), "the request's directory must be absolute, not 'src'");
  wrong.back().first.set_directory("src");
  wrong.emplace_back(small_request(), "no object is named");
  wrong.back().first.clear_objects();
  wrong.emplace_back(small_request(), "unknown mode 9");
  wrong.back().first.set_mode(static_cast<v1::Mode>(9));
  wrong.emplace_back(small_request(), "unknown form 9");
  wrong.back().first.set_form(static_cast<v1::Form>(9));
  wrong.emplace_back(small_request(), "unknown kind of import 9");
  wrong.back().first.add_imports()->set_kind(static_cast<v1::ImportKind>(9));
  wrong.emplace_back(small_request(), "import f is declared twice, as different kinds");
  for (const v1::ImportKind kind : {v1::IMPORT_KIND_DATA, v1::IMPORT_KIND_FUNC}) {
    v1::Import& import = *wrong.back().first.add_imports();
    import.set_name("f");
    import.set_kind(kind);
  }
  for (const auto& [message, words] : wrong) {
    const Result<Request> request = request_of(message);
    ASSERT_FALSE(request) << words;
    EXPECT_EQ(request.error().kind, ErrorKind::bad_request);
    EXPECT_EQ(request.error().text(), words);
  }
}

TEST(WireTest, EventsKeepAllTheyTell) {
  const v1::BuildEvent stage = message_of(Event(
      StageFinished{StageKind::layout_a, Outcome::ran, std::chrono::microseconds(1500), "new"}));
  EXPECT_EQ(stage.stage_finished().stage(), "layout-a");
  EXPECT_EQ(stage.stage_finished().outcome(), v1::OUTCOME_RAN);
  EXPECT_EQ(stage.stage_finished().microseconds(), 1500U);
  EXPECT_EQ(stage.stage_finished().reason(), "new");
  EXPECT_EQ(message_of(Event(Warning{{.message = "w"}})).warning().message(), "w");
  EXPECT_EQ(message_of(Event(CacheWarning{{.message = "t"}})).cache_warning().message(), "t");
}

TEST(WireTest, InputsTravelOnlyWhereAskedFor) {
  const Built built{Digest::of("x"), Blob("x"), {"/src/a.o"}};
  EXPECT_EQ(message_of(built, false).inputs_size(), 0);
  const v1::Built message = message_of(built, true);
  ASSERT_EQ(message.inputs_size(), 1);
  EXPECT_EQ(message.inputs(0), "/src/a.o");
  EXPECT_EQ(message.digest(), Digest::of("x").raw());
  EXPECT_EQ(message.size(), 1U);
}

}  // namespace
}  // namespace cbundle

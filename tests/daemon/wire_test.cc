// Conversions between messages and the engine's types, and refused requests.
#include "proto/wire.h"

#include <gtest/gtest.h>

#include <vector>

namespace cbundle {
namespace {

v1::BuildRequest small_request() {
  v1::BuildRequest message;
  message.set_directory("/src");
  message.add_objects("a.o");
  return message;
}

// `set` puts each value of the protocol's enumeration into a request, `get` reads what arrives.
template <class Wire, class Ours, class Set, class Get>
void expect_enumerators(const std::vector<Ours>& expected, int wire_values, Set set, Get get) {
  ASSERT_EQ(expected.size(), static_cast<std::size_t>(wire_values));
  for (int i = 0; i <= wire_values; ++i) {
    v1::BuildRequest message = small_request();
    set(message, static_cast<Wire>(i));
    const Result<Request> request = request_of(message);
    ASSERT_EQ(static_cast<bool>(request), i < wire_values) << i;
    if (!request) continue;
    EXPECT_EQ(get(request.value().spec), expected[static_cast<std::size_t>(i)]);
  }
}

TEST(WireTest, EveryEnumeratorOfARequestHasItsCounterpart) {
  expect_enumerators<v1::ImportKind, ImportKind>(
      {ImportKind::data, ImportKind::func, ImportKind::thumb}, v1::ImportKind_ARRAYSIZE,
      [](v1::BuildRequest& message, v1::ImportKind kind) { message.add_imports()->set_kind(kind); },
      [](const Spec& spec) { return spec.imports.front().kind; });
  expect_enumerators<v1::Mode, Mode>(
      {Mode::pic, Mode::selfreloc}, v1::Mode_ARRAYSIZE,
      [](v1::BuildRequest& message, v1::Mode mode) { message.set_mode(mode); },
      [](const Spec& spec) { return spec.mode; });
  expect_enumerators<v1::Form, Form>(
      {Form::object, Form::assembly, Form::image, Form::description, Form::c_source,
       Form::c_header},
      v1::Form_ARRAYSIZE, [](v1::BuildRequest& message, v1::Form form) { message.set_form(form); },
      [](const Spec& spec) { return spec.form; });
  expect_enumerators<v1::Verify, Verify>(
      {Verify::none, Verify::relink}, v1::Verify_ARRAYSIZE,
      [](v1::BuildRequest& message, v1::Verify verify) { message.set_verify(verify); },
      [](const Spec& spec) { return spec.verify; });
}

TEST(WireTest, EveryOutcomeSeverityAndKindOfFailureHasItsCounterpart) {
  const std::pair<Outcome, v1::Outcome> outcomes[] = {{Outcome::hit, v1::OUTCOME_HIT},
                                                      {Outcome::ran, v1::OUTCOME_RAN},
                                                      {Outcome::shared, v1::OUTCOME_SHARED},
                                                      {Outcome::remote, v1::OUTCOME_REMOTE}};
  EXPECT_EQ(std::size(outcomes), static_cast<std::size_t>(v1::Outcome_ARRAYSIZE));
  for (const auto& [outcome, wire] : outcomes) {
    EXPECT_EQ(message_of(StageFinished{StageKind::bundle, outcome, {}, {}}).outcome(), wire);
  }
  const std::pair<Severity, v1::Severity> severities[] = {{Severity::error, v1::SEVERITY_ERROR},
                                                          {Severity::warning, v1::SEVERITY_WARNING},
                                                          {Severity::note, v1::SEVERITY_NOTE}};
  EXPECT_EQ(std::size(severities), static_cast<std::size_t>(v1::Severity_ARRAYSIZE));
  for (const auto& [severity, wire] : severities) {
    EXPECT_EQ(message_of(Diagnostic{.severity = severity}).severity(), wire);
  }
  const std::pair<ErrorKind, v1::FailureKind> kinds[] = {
      {ErrorKind::internal, v1::FAILURE_KIND_INTERNAL},
      {ErrorKind::bad_request, v1::FAILURE_KIND_BAD_REQUEST},
      {ErrorKind::bad_input, v1::FAILURE_KIND_BAD_INPUT},
      {ErrorKind::tool_failed, v1::FAILURE_KIND_TOOL_FAILED},
      {ErrorKind::unavailable, v1::FAILURE_KIND_UNAVAILABLE},
      {ErrorKind::cancelled, v1::FAILURE_KIND_CANCELLED}};
  EXPECT_EQ(std::size(kinds), static_cast<std::size_t>(v1::FailureKind_ARRAYSIZE));
  for (const auto& [kind, wire] : kinds) EXPECT_EQ(message_of(Error{kind, "e"}).kind(), wire);
}

TEST(WireTest, KindsOfFailureThatAClientDoesNotDistinguishAreInternal) {
  for (const ErrorKind kind : {ErrorKind::evicted, ErrorKind::corrupt}) {
    EXPECT_EQ(message_of(Error{kind, "e"}).kind(), v1::FAILURE_KIND_INTERNAL);
  }
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

TEST(WireTest, WhatARequestOmitsIsTheDefault) {
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

TEST(WireTest, AMalformedRequestIsABadRequestWithTheReason) {
  std::vector<std::pair<v1::BuildRequest, std::string>> wrong;
  wrong.emplace_back(small_request(), "the directory 'src' is not absolute");
  wrong.back().first.set_directory("src");
  wrong.emplace_back(small_request(), "no objects are named");
  wrong.back().first.clear_objects();
  wrong.emplace_back(small_request(), "unknown mode 9");
  wrong.back().first.set_mode(static_cast<v1::Mode>(9));
  wrong.emplace_back(small_request(), "unknown form 9");
  wrong.back().first.set_form(static_cast<v1::Form>(9));
  wrong.emplace_back(small_request(), "unknown kind of import 9");
  wrong.back().first.add_imports()->set_kind(static_cast<v1::ImportKind>(9));
  wrong.emplace_back(small_request(), "import 'f' is declared as two kinds");
  for (const v1::ImportKind kind : {v1::IMPORT_KIND_DATA, v1::IMPORT_KIND_FUNC}) {
    v1::Import& import = *wrong.back().first.add_imports();
    import.set_name("f");
    import.set_kind(kind);
  }
  for (const auto& [message, text] : wrong) {
    const Result<Request> request = request_of(message);
    ASSERT_FALSE(request) << text;
    EXPECT_EQ(request.error().kind, ErrorKind::bad_request);
    EXPECT_EQ(request.error().text(), text);
  }
}

TEST(WireTest, EventsArriveWithAllFields) {
  const v1::BuildEvent stage = message_of(Event(
      StageFinished{StageKind::layout_a, Outcome::ran, std::chrono::microseconds(1500), "new"}));
  EXPECT_EQ(stage.stage_finished().stage(), "layout-a");
  EXPECT_EQ(stage.stage_finished().outcome(), v1::OUTCOME_RAN);
  EXPECT_EQ(stage.stage_finished().microseconds(), 1500U);
  EXPECT_EQ(stage.stage_finished().reason(), "new");
  EXPECT_EQ(message_of(Event(Warning{{.message = "w"}})).warning().message(), "w");
  EXPECT_EQ(message_of(Event(CacheWarning{{.message = "t"}})).cache_warning().message(), "t");
}

TEST(WireTest, InputsAreSentOnlyWhenRequested) {
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

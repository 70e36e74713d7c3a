// Messages as the first version of the protocol serialized them: still parsed, still sent.
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include "cbundle/v1/admin.pb.h"
#include "cbundle/v1/build.pb.h"

namespace cbundle {
namespace {

// The stored message; today's serialization of `expected` must be the same bytes.
template <class Message>
Message stored(const std::string& name, const Message& expected) {
  const std::string today = expected.SerializeAsString();
  const std::string bytes = golden(name, today);
  EXPECT_EQ(hex_of(today), hex_of(bytes)) << name;
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes)) << name;
  return message;
}

TEST(GoldenTest, ABuildRequest) {
  v1::BuildRequest request;
  request.set_directory("/src\xff");
  request.add_objects("a.o");
  request.add_objects("lib/b.a");
  request.set_script("x.lds.S");
  request.add_defines("GAP=1");
  request.set_linker("/usr/bin/ld.lld");
  request.set_search_path("/usr/bin:/bin");
  request.set_output("out/x.o");
  for (const auto kind : {v1::IMPORT_KIND_DATA, v1::IMPORT_KIND_FUNC, v1::IMPORT_KIND_THUMB}) {
    v1::Import& import = *request.add_imports();
    import.set_name("import" + std::to_string(kind));
    import.set_kind(kind);
  }
  request.add_exports("start");
  request.set_mode(v1::MODE_SELFRELOC);
  request.set_form(v1::FORM_C_HEADER);
  request.set_section(".init.bundle");
  request.set_prefix("boot");
  request.set_want_inputs(true);
  request.set_verify(v1::VERIFY_RELINK);

  const v1::BuildRequest message = stored("build_request", request);
  EXPECT_EQ(message.directory(), "/src\xff");
  ASSERT_EQ(message.objects_size(), 2);
  EXPECT_EQ(message.objects(0), "a.o");
  EXPECT_EQ(message.objects(1), "lib/b.a");
  EXPECT_EQ(message.script(), "x.lds.S");
  ASSERT_EQ(message.defines_size(), 1);
  EXPECT_EQ(message.defines(0), "GAP=1");
  EXPECT_EQ(message.linker(), "/usr/bin/ld.lld");
  EXPECT_EQ(message.search_path(), "/usr/bin:/bin");
  EXPECT_EQ(message.output(), "out/x.o");
  ASSERT_EQ(message.imports_size(), 3);
  EXPECT_EQ(message.imports(0).name(), "import0");
  EXPECT_EQ(message.imports(0).kind(), v1::IMPORT_KIND_DATA);
  EXPECT_EQ(message.imports(1).kind(), v1::IMPORT_KIND_FUNC);
  EXPECT_EQ(message.imports(2).kind(), v1::IMPORT_KIND_THUMB);
  ASSERT_EQ(message.exports_size(), 1);
  EXPECT_EQ(message.exports(0), "start");
  EXPECT_EQ(message.mode(), v1::MODE_SELFRELOC);
  EXPECT_EQ(message.form(), v1::FORM_C_HEADER);
  EXPECT_EQ(message.section(), ".init.bundle");
  EXPECT_EQ(message.prefix(), "boot");
  EXPECT_TRUE(message.want_inputs());
  EXPECT_EQ(message.verify(), v1::VERIFY_RELINK);
}

v1::StageFinished stage_finished() {
  v1::StageFinished stage;
  stage.set_stage("layout-a");
  stage.set_outcome(v1::OUTCOME_RAN);
  stage.set_microseconds(1500);
  stage.set_reason("object 2 (b.o) changed");
  return stage;
}

void expect_stage_finished(const v1::StageFinished& stage) {
  EXPECT_EQ(stage.stage(), "layout-a");
  EXPECT_EQ(stage.outcome(), v1::OUTCOME_RAN);
  EXPECT_EQ(stage.microseconds(), 1500U);
  EXPECT_EQ(stage.reason(), "object 2 (b.o) changed");
}

v1::Diagnostic diagnostic(v1::Severity severity) {
  v1::Diagnostic diagnostic;
  diagnostic.set_severity(severity);
  diagnostic.set_message("variable 'handlers' needs the absolute address of 'on_mem'");
  diagnostic.set_hint("store offsets instead of pointers");
  diagnostic.set_file("cmdline.c");
  diagnostic.set_line(31);
  diagnostic.set_object("lib.a(cmdline.o)");
  diagnostic.set_symbol("handlers");
  diagnostic.set_section(".data.rel.ro");
  diagnostic.set_offset(0x123456789a);
  diagnostic.set_relocation("R_386_32");
  diagnostic.set_target("on_mem");
  diagnostic.set_similar(2);
  return diagnostic;
}

void expect_diagnostic(const v1::Diagnostic& diagnostic, v1::Severity severity) {
  EXPECT_EQ(diagnostic.severity(), severity);
  EXPECT_EQ(diagnostic.message(), "variable 'handlers' needs the absolute address of 'on_mem'");
  EXPECT_EQ(diagnostic.hint(), "store offsets instead of pointers");
  EXPECT_EQ(diagnostic.file(), "cmdline.c");
  EXPECT_EQ(diagnostic.line(), 31U);
  EXPECT_EQ(diagnostic.object(), "lib.a(cmdline.o)");
  EXPECT_EQ(diagnostic.symbol(), "handlers");
  EXPECT_EQ(diagnostic.section(), ".data.rel.ro");
  EXPECT_EQ(diagnostic.offset(), 0x123456789aU);
  EXPECT_EQ(diagnostic.relocation(), "R_386_32");
  EXPECT_EQ(diagnostic.target(), "on_mem");
  EXPECT_EQ(diagnostic.similar(), 2U);
}

TEST(GoldenTest, AFinishedStage) {
  v1::BuildEvent event;
  *event.mutable_stage_finished() = stage_finished();
  expect_stage_finished(stored("event_stage_finished", event).stage_finished());
}

TEST(GoldenTest, AWarning) {
  v1::BuildEvent event;
  *event.mutable_warning() = diagnostic(v1::SEVERITY_WARNING);
  expect_diagnostic(stored("event_warning", event).warning(), v1::SEVERITY_WARNING);
}

TEST(GoldenTest, ACacheWarning) {
  v1::BuildEvent event;
  *event.mutable_cache_warning() = diagnostic(v1::SEVERITY_WARNING);
  expect_diagnostic(stored("event_cache_warning", event).cache_warning(), v1::SEVERITY_WARNING);
}

TEST(GoldenTest, AChunk) {
  v1::BuildEvent event;
  event.set_chunk(
      std::string("\x7f"
                  "ELF\0\xff",
                  6));
  EXPECT_EQ(stored("event_chunk", event).chunk(), std::string("\x7f"
                                                              "ELF\0\xff",
                                                              6));
}

TEST(GoldenTest, ABuiltBundle) {
  v1::BuildEvent event;
  v1::Built& built = *event.mutable_built();
  built.set_digest("0123456789abcdef");
  built.set_size(6);
  built.set_object("bundle");
  built.add_inputs("/src/a.o");
  built.add_inputs("b.o");
  *built.add_stages() = stage_finished();

  const v1::Built message = stored("event_built", event).built();
  EXPECT_EQ(message.digest(), "0123456789abcdef");
  EXPECT_EQ(message.size(), 6U);
  EXPECT_EQ(message.object(), "bundle");
  ASSERT_EQ(message.inputs_size(), 2);
  EXPECT_EQ(message.inputs(0), "/src/a.o");
  EXPECT_EQ(message.inputs(1), "b.o");
  ASSERT_EQ(message.stages_size(), 1);
  expect_stage_finished(message.stages(0));
}

TEST(GoldenTest, AFailedBuild) {
  v1::BuildEvent event;
  v1::Failed& failed = *event.mutable_failed();
  failed.set_kind(v1::FAILURE_KIND_BAD_INPUT);
  *failed.add_diagnostics() = diagnostic(v1::SEVERITY_ERROR);
  *failed.add_diagnostics() = diagnostic(v1::SEVERITY_NOTE);

  const v1::Failed message = stored("event_failed", event).failed();
  EXPECT_EQ(message.kind(), v1::FAILURE_KIND_BAD_INPUT);
  ASSERT_EQ(message.diagnostics_size(), 2);
  expect_diagnostic(message.diagnostics(0), v1::SEVERITY_ERROR);
  expect_diagnostic(message.diagnostics(1), v1::SEVERITY_NOTE);
}

// Enumerators are sent by their numbers.
TEST(GoldenTest, TheNumbersOfAllEnumerators) {
  EXPECT_EQ((std::vector<int>{v1::MODE_PIC, v1::MODE_SELFRELOC}), (std::vector<int>{0, 1}));
  EXPECT_EQ((std::vector<int>{v1::FORM_OBJECT, v1::FORM_ASSEMBLY, v1::FORM_IMAGE,
                              v1::FORM_DESCRIPTION, v1::FORM_C_SOURCE, v1::FORM_C_HEADER}),
            (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ((std::vector<int>{v1::VERIFY_NONE, v1::VERIFY_RELINK}), (std::vector<int>{0, 1}));
  EXPECT_EQ((std::vector<int>{v1::OUTCOME_HIT, v1::OUTCOME_RAN, v1::OUTCOME_SHARED}),
            (std::vector<int>{0, 1, 2}));
  EXPECT_EQ((std::vector<int>{v1::SEVERITY_ERROR, v1::SEVERITY_WARNING, v1::SEVERITY_NOTE}),
            (std::vector<int>{0, 1, 2}));
  EXPECT_EQ((std::vector<int>{v1::FAILURE_KIND_INTERNAL, v1::FAILURE_KIND_BAD_REQUEST,
                              v1::FAILURE_KIND_BAD_INPUT, v1::FAILURE_KIND_TOOL_FAILED,
                              v1::FAILURE_KIND_UNAVAILABLE, v1::FAILURE_KIND_CANCELLED}),
            (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST(GoldenTest, AStatus) {
  v1::StatusResponse status;
  status.set_version("0.1.0");
  status.set_pid(4711);
  status.set_started(1'700'000'000);
  status.set_builds_running(3);
  v1::SettingValue& setting = *status.add_settings();
  setting.set_name("max_size");
  setting.set_value("5G");
  setting.set_origin("built-in");

  const v1::StatusResponse message = stored("status_response", status);
  EXPECT_EQ(message.version(), "0.1.0");
  EXPECT_EQ(message.pid(), 4711);
  EXPECT_EQ(message.started(), 1'700'000'000);
  EXPECT_EQ(message.builds_running(), 3U);
  ASSERT_EQ(message.settings_size(), 1);
  EXPECT_EQ(message.settings(0).name(), "max_size");
  EXPECT_EQ(message.settings(0).value(), "5G");
  EXPECT_EQ(message.settings(0).origin(), "built-in");
}

TEST(GoldenTest, Stats) {
  v1::StatsResponse stats;
  (*stats.mutable_counters())["store.hit"] = 5;  // one only: a map has no order
  stats.set_entries(1);
  stats.set_blobs(2);
  stats.set_bytes(std::uint64_t{3} << 32);
  stats.set_max_bytes(std::uint64_t{5} << 30);

  const v1::StatsResponse message = stored("stats_response", stats);
  ASSERT_EQ(message.counters().size(), 1U);
  EXPECT_EQ(message.counters().at("store.hit"), 5U);
  EXPECT_EQ(message.entries(), 1U);
  EXPECT_EQ(message.blobs(), 2U);
  EXPECT_EQ(message.bytes(), std::uint64_t{3} << 32);
  EXPECT_EQ(message.max_bytes(), std::uint64_t{5} << 30);
}

TEST(GoldenTest, ATrim) {
  v1::TrimRequest request;
  request.set_max_bytes(0);  // is not the same as no limit
  const v1::TrimRequest message = stored("trim_request", request);
  EXPECT_TRUE(message.has_max_bytes());
  EXPECT_EQ(message.max_bytes(), 0U);
  v1::TrimResponse response;
  response.set_freed(77);
  EXPECT_EQ(stored("trim_response", response).freed(), 77U);
}

TEST(GoldenTest, ACombineOfTwoImages) {
  v1::CombineRequest request;
  request.set_script("x.lds");
  request.set_first_image("a.bin");
  request.set_second_image("b.bin");
  request.set_map("a.map");
  request.add_exports("start");
  request.set_section_header(".section .text");
  request.mutable_shift()->set_gap(0x10200);
  request.mutable_shift()->set_text_diff(0x408020);
  request.set_want_positions(true);
  const v1::CombineRequest message = stored("combine_request", request);
  EXPECT_EQ(message.script(), "x.lds");
  EXPECT_EQ(message.first_image(), "a.bin");
  EXPECT_EQ(message.second_image(), "b.bin");
  EXPECT_EQ(message.map(), "a.map");
  ASSERT_EQ(message.exports_size(), 1);
  EXPECT_EQ(message.exports(0), "start");
  EXPECT_EQ(message.section_header(), ".section .text");
  EXPECT_EQ(message.shift().gap(), 0x10200U);
  EXPECT_EQ(message.shift().text_diff(), 0x408020U);
  EXPECT_TRUE(message.want_positions());
}

TEST(GoldenTest, TheResponseToACombine) {
  v1::CombineResponse text;
  text.set_text(".long 1\n");
  text.add_positions("Position 0x12 42 name");
  const v1::CombineResponse message = stored("combine_response_text", text);
  EXPECT_EQ(message.text(), ".long 1\n");
  ASSERT_EQ(message.positions_size(), 1);
  EXPECT_EQ(message.positions(0), "Position 0x12 42 name");
  v1::CombineResponse failed;
  failed.mutable_failed()->set_kind(v1::FAILURE_KIND_BAD_INPUT);
  *failed.mutable_failed()->add_diagnostics() = diagnostic(v1::SEVERITY_ERROR);
  const v1::CombineResponse error = stored("combine_response_failed", failed);
  EXPECT_EQ(error.failed().kind(), v1::FAILURE_KIND_BAD_INPUT);
  ASSERT_EQ(error.failed().diagnostics_size(), 1);
  expect_diagnostic(error.failed().diagnostics(0), v1::SEVERITY_ERROR);
}

TEST(GoldenTest, AnEmptyMessageHasTheDefaults) {
  EXPECT_EQ(v1::StatusRequest().SerializeAsString(), "");
  EXPECT_EQ(v1::StatsRequest().SerializeAsString(), "");
  EXPECT_EQ(v1::StopRequest().SerializeAsString(), "");
  EXPECT_EQ(v1::StopResponse().SerializeAsString(), "");
  v1::TrimRequest trim;
  ASSERT_TRUE(trim.ParseFromString(""));
  EXPECT_FALSE(trim.has_max_bytes());
}

}  // namespace
}  // namespace cbundle

// Plays cbundled as the test's files ask.
#include "tests/client/fake_daemon.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "cbundle/v1/admin.pb.h"
#include "cbundle/v1/build.pb.h"
#include "engine/base/digest.h"
#include "engine/base/fd.h"

namespace cbundle {
namespace {

bool has_word(int argc, char** argv, std::string_view word) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i] == word) return true;
  }
  return false;
}

std::string value_of(int argc, char** argv, std::string_view word) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == word) return argv[i + 1];
  }
  return {};
}

// The value of a define in the request; nothing where it is not there.
std::optional<std::string> define(const v1::BuildRequest& request, std::string_view name) {
  for (const std::string& word : request.defines()) {
    if (word == name) return "";
    if (word.starts_with(std::string(name) + '=')) return word.substr(name.size() + 1);
  }
  return std::nullopt;
}

class Events {
 public:
  v1::BuildEvent& add() { return events_.emplace_back(); }
  std::vector<std::string> messages() const {
    std::vector<std::string> messages;
    for (const v1::BuildEvent& event : events_) messages.push_back(event.SerializeAsString());
    return messages;
  }

 private:
  std::vector<v1::BuildEvent> events_;
};

void add_stages(Events& events) {
  v1::StageFinished& first = *events.add().mutable_stage_finished();
  first.set_stage("bundle");
  first.set_outcome(v1::OUTCOME_RAN);
  first.set_microseconds(1234);
  first.set_reason("object 1 (a.o) changed");
  v1::StageFinished& second = *events.add().mutable_stage_finished();
  second.set_stage("layout-a");
  second.set_outcome(v1::OUTCOME_SHARED);
  second.set_microseconds(70);
}

std::string object_for(const v1::BuildRequest& request) {
  if (request.form() == v1::FORM_DESCRIPTION) return "{}\n";
  std::string object = "bundle of";
  for (const std::string& name : request.objects()) object += ' ' + name;
  return object;
}

void add_bundle(Events& events, const v1::BuildRequest& request) {
  std::string object = object_for(request);
  const auto chunks = define(request, "CHUNKS");
  if (chunks) {
    const std::string piece(10'000, 'c');
    object.clear();
    for (int i = 0; i < std::stoi(*chunks); ++i) {
      events.add().set_chunk(piece);
      object += piece;
    }
  }
  v1::Built& built = *events.add().mutable_built();
  built.set_size(object.size());
  const std::string digested = define(request, "BAD_DIGEST") ? "other" : object;
  built.set_digest(std::string(Digest::of(digested).raw()));
  if (!chunks) built.set_object(object);
  if (!request.want_inputs()) return;
  for (const std::string& name : request.objects()) built.add_inputs(name);
}

void set(v1::Diagnostic& diagnostic, v1::Severity severity, const char* message) {
  diagnostic.set_severity(severity);
  diagnostic.set_message(message);
}

Answer answer_build(const std::string& message) {
  v1::BuildRequest request;
  if (!request.ParseFromString(message)) return {.messages = {}, .status = 3};
  if (define(request, "NONSENSE")) return {.messages = {"\xff\xff"}};
  Events events;
  add_stages(events);
  if (define(request, "WARN")) {
    set(*events.add().mutable_warning(), v1::SEVERITY_WARNING, "odd");
    set(*events.add().mutable_warning(), v1::SEVERITY_WARNING, "very odd");
  }
  if (define(request, "CACHE_WARNING")) {
    set(*events.add().mutable_cache_warning(), v1::SEVERITY_WARNING, "the cache is full");
  }
  if (define(request, "STALL")) {
    events.add().set_chunk("some");
    return {.messages = events.messages(), .stays_open = true};
  }
  if (const auto kind = define(request, "FAIL")) {
    v1::Failed& failed = *events.add().mutable_failed();
    failed.set_kind(static_cast<v1::FailureKind>(std::stoi(*kind)));
    v1::Diagnostic& error = *failed.add_diagnostics();
    set(error, v1::SEVERITY_ERROR, "variable 'v' needs the absolute address of 'f'");
    error.set_hint("store offsets");
    error.set_file("a.c");
    error.set_line(31);
    error.set_object("a.o");
    error.set_symbol("v");
    error.set_section(".data.rel.ro");
    error.set_offset(8);
    error.set_relocation("R_386_32");
    error.set_target("f");
    error.set_similar(2);
    set(*failed.add_diagnostics(), v1::SEVERITY_ERROR, "the link failed");
  } else if (!define(request, "NO_END")) {
    add_bundle(events, request);
  }
  return {.messages = events.messages()};
}

// Of "out.o" only.
v1::ExplainResponse explain(const v1::ExplainRequest& request) {
  v1::ExplainResponse response;
  if (!request.output().ends_with("/out.o")) return response;
  v1::RecordedBuild& last = *response.mutable_last();
  last.set_ended(100);
  last.set_microseconds(1500);
  v1::StageFinished& stage = *last.add_stages();
  stage.set_stage("partial");
  stage.set_outcome(v1::OUTCOME_RAN);
  stage.set_microseconds(1234);
  stage.set_reason("b.o changed");
  response.mutable_before()->set_ended(90);
  v1::Change& change = *response.add_changes();
  change.set_kind("symbol");
  change.set_how("new");
  change.set_file("b.o");
  change.set_name("f");
  change.set_text("b.o: function 'f' is new");
  return response;
}

v1::VerifyResponse verified(std::uint64_t checked, std::uint64_t dropped) {
  v1::VerifyResponse response;
  response.set_checked(checked);
  response.set_total(1000);
  response.set_dropped(dropped);
  return response;
}

Answer answer_admin(const Question& question) {
  if (question.method.ends_with("/Explain")) {
    v1::ExplainRequest request;
    request.ParseFromString(question.message);
    return {.messages = {explain(request).SerializeAsString()}};
  }
  if (question.method.ends_with("/Verify")) {
    return {
        .messages = {verified(500, 1).SerializeAsString(), verified(1000, 2).SerializeAsString()}};
  }
  if (question.method.ends_with("/Clear")) {
    v1::ClearResponse response;
    response.set_entries(1234);
    response.set_freed(2048);
    return {.messages = {response.SerializeAsString()}};
  }
  if (question.method.ends_with("/Stats")) {
    v1::StatsResponse stats;
    stats.set_entries(3);
    stats.set_blobs(2);
    stats.set_bytes(2048);
    stats.set_max_bytes(5ULL << 30);
    (*stats.mutable_counters())["hits"] = 7;
    (*stats.mutable_counters())["builds"] = 9;
    return {.messages = {stats.SerializeAsString()}};
  }
  if (question.method.ends_with("/Trim")) {
    v1::TrimRequest request;
    request.ParseFromString(question.message);
    v1::TrimResponse response;
    response.set_freed(request.has_max_bytes() ? request.max_bytes() : 1);
    return {.messages = {response.SerializeAsString()}};
  }
  if (question.method.ends_with("/Stop")) return {.messages = {""}};
  v1::StatusResponse status;
  status.set_version("0.0.1");
  status.set_pid(::getpid());
  status.set_builds_running(4);
  v1::SettingValue& setting = *status.add_settings();
  setting.set_name("jobs");
  setting.set_value("2");
  setting.set_origin("environment");
  return {.messages = {status.SerializeAsString()}};
}

// The request as text, or a failure for the script "bad".
v1::CombineResponse combine(const v1::CombineRequest& request) {
  v1::CombineResponse response;
  if (request.script() == "bad") {
    response.mutable_failed()->set_kind(v1::FAILURE_KIND_BAD_INPUT);
    set(*response.mutable_failed()->add_diagnostics(), v1::SEVERITY_ERROR, "they differ");
    return response;
  }
  std::string text = request.script() + ' ' + request.first_image() + ' ' + request.second_image() +
                     ' ' + request.map();
  for (const std::string& name : request.exports()) text += " export " + name;
  if (!request.section_header().empty()) text += ' ' + request.section_header();
  if (request.has_shift()) {
    text += " gap " + std::to_string(request.shift().gap()) + " text-diff " +
            std::to_string(request.shift().text_diff());
  }
  response.set_text(text + '\n');
  if (request.want_positions()) response.add_positions("Position 0x12 42 name");
  return response;
}

int play_combine() {
  std::string bytes;
  v1::CombineRequest request;
  if (read_all(3, bytes) != 0 || !request.ParseFromString(bytes)) return 1;
  if (request.script() == "die") return 7;
  return write_all(3, combine(request).SerializeAsString());
}

// Of the test that started us; empty where none did.
std::string file(const std::string& name) {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return {};
  const std::string directory = std::string(home) + '/';
  return std::filesystem::exists(directory + "fake-cbundled") ? directory + name : std::string();
}

void add_line(const std::string& name, const std::string& line) {
  if (const std::string path = file(name); !path.empty()) {
    std::ofstream(path, std::ios::app) << line << '\n';
  }
}

void note_start(const std::string& what) { add_line("starts", what); }

// So that a test can end us.
void note_process() { add_line("starts.pids", std::to_string(::getpid())); }

std::string whole_mood() {
  std::string mood;
  std::getline(std::ifstream(file("mood")), mood);
  return mood;
}

std::string mood() {
  const bool lasts_once = std::filesystem::exists(file("lasts-once"));
  if (lasts_once && ::unlink(file("once").c_str()) != 0) return {};
  return whole_mood();
}

int listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::unlink(path.c_str());
  const int code = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  if (code != 0 || ::listen(socket, 64) != 0) std::abort();
  return socket;
}

Answer answer_in_mood(const Question& question, const std::string& mood) {
  if (mood == "leaving") {
    return {.messages = {}, .status = 14, .message = "leaving", .trailers_only = true};
  }
  if (mood == "busy") {
    return {.messages = {}, .status = 9, .message = "another version", .trailers_only = true};
  }
  return answer_as_daemon(question);
}

// The client that asked for a stop, or that found a daemon about to exit, is the last one served.
void serve_client(int client, const std::string& mood) {
  bool is_last = false;
  serve_on(client, [&](const Question& question) {
    is_last = mood == "leaving" || question.method.ends_with("/Stop");
    Answer answer = answer_in_mood(question, mood);
    answer.hangs_up = is_last;
    return answer;
  });
  if (is_last) ::_exit(0);
  ::close(client);
}

[[noreturn]] void serve_all(int listener, const std::string& mood) {
  for (;;) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) ::_exit(1);
    if (mood == "mute") continue;  // with the connection open
    std::thread(serve_client, client, mood).detach();
  }
}

}  // namespace

bool is_called_as_daemon(int argc, char** argv) {
  return has_word(argc, argv, "--ready-fd") || has_word(argc, argv, "--private") ||
         (argc == 2 && has_word(argc, argv, "combine"));
}

int play_daemon(int argc, char** argv) {
  ::alarm(60);  // in case the test fails
  if (has_word(argc, argv, "combine")) return play_combine();
  if (has_word(argc, argv, "--private")) {
    note_start(has_word(argc, argv, "--no-cache") ? "private --no-cache" : "private");
    if (whole_mood() == "hopeless") return 1;
    serve_on(3, answer_as_daemon);
    return 0;
  }
  note_start("daemon");
  note_process();
  const std::string own_mood = mood();
  if (own_mood == "sleepy") ::pause();
  if (own_mood == "broken" || own_mood == "hopeless") {
    static constexpr std::string_view text = "cannot open the cache:\nthe disk is on fire\n";
    static_cast<void>(::write(2, text.data(), text.size()));
    return 1;
  }
  const int listener = listen_at(value_of(argc, argv, "--socket"));
  static_cast<void>(::write(3, "ready\n", 6));
  ::close(3);
  serve_all(listener, own_mood);
}

Answer answer_as_daemon(const Question& question) {
  if (question.method == "/cbundle.v1.BuildService/Build") return answer_build(question.message);
  return answer_admin(question);
}

}  // namespace cbundle

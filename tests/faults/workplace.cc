#include "tests/faults/workplace.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace cbundle::faults {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr seconds limit{60};  // for one build, whatever happens

// The value of a JSON array of one line, without its brackets.
std::string array_in(const std::string& json, const std::string& name) {
  const std::string start = "\"" + name + "\":[";
  const std::size_t at = json.find(start);
  if (at == json.npos) return "(none in: " + json + ")";
  std::size_t end = at + start.size();
  int depth = 1;
  for (bool in_text = false; end < json.size() && depth > 0; ++end) {
    const char c = json[end];
    if (in_text && c == '\\') {
      ++end;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text) {
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    }
  }
  return json.substr(at + start.size(), end - at - start.size() - 1);
}

// Waits for an end that comes by itself.
bool wait_until_gone(const std::vector<pid_t>& processes, seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  const auto goes = [&](pid_t process) {
    while (is_running(process)) {
      if (std::chrono::steady_clock::now() > end) return false;
      ::poll(nullptr, 0, 5);
    }
    return true;
  };
  return std::ranges::all_of(processes, goes);
}

// Of this user, and of no process that works there.
bool is_own_and_free(const fs::path& lock) {
  struct stat info {};
  const int file = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_own = ::fstat(file, &info) == 0 && info.st_uid == ::geteuid();
  const bool is_free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return is_own && is_free;
}

}  // namespace

std::string text_of(const Answer& answer) {
  std::string text =
      answer.status < 0 ? std::string("hung") : "exit status " + std::to_string(answer.status);
  text += "; object of " + std::to_string(answer.object.size()) + " bytes";
  if (!answer.diagnostics.empty()) text += "; " + answer.diagnostics;
  return text;
}

Workplace::Workplace(fs::path programs) : programs_(std::move(programs)) {
  std::string name = fs::temp_directory_path() / "cbundle-faults-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  path_ = name;
  fs::create_directory(temporary());
  environment_ = {{"PATH", programs_.native() + ":/usr/bin:/bin"},
                  {"HOME", path_},
                  {"TMPDIR", temporary()},
                  {"CBUNDLE_CACHE_DIR", cache()},
                  {"CBUNDLE_SOCKET", path_ / "run" / "daemon.sock"}};
}

Workplace::~Workplace() {
  kill_daemons();
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Command Workplace::client(const std::vector<std::string>& arguments) const {
  Command command{{program("cbundle")}, path_, environment_};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return command;
}

Command Workplace::build(const fs::path& directory, const std::vector<std::string>& arguments,
                         const Variables& more) const {
  std::vector<std::string> all{"build", "--json", "-o", "out.o"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command = client(all);
  command.directory = directory;
  for (const auto& [name, value] : more) command.environment[name] = value;
  return command;
}

Answer Workplace::answer(const Command& build, const Ended& ended) {
  Answer answer;
  answer.status = ended.hung ? -1 : ended.status;
  answer.diagnostics = array_in(ended.output, "diagnostics");
  if (ended.status == 0) answer.object = read_file(build.directory / "out.o");
  return answer;
}

Answer Workplace::answer(const Command& build) const {
  std::error_code ignored;
  fs::remove(build.directory / "out.o", ignored);
  return answer(build, run(build, limit));
}

Answer Workplace::uncached(Command build) const {
  build.environment["CBUNDLE_DISABLE"] = "1";
  return answer(build);
}

std::vector<pid_t> Workplace::daemons() const {
  return processes_of(program("cbundled"), path_.native() + "/");
}

std::string Workplace::stop() const {
  const std::vector<pid_t> running = daemons();
  const Ended ended = run(client({"stop"}), limit);
  if (ended.hung) return "cbundle stop hangs";
  if (ended.status != 0) return "cbundle stop fails: " + ended.errors;
  if (!wait_until_gone(running, seconds(30))) return "the daemon does not end";
  return {};
}

void Workplace::kill_daemons() const {
  const std::vector<pid_t> running = daemons();
  for (const pid_t daemon : running) ::kill(daemon, SIGKILL);
  wait_until_gone(running, seconds(10));
}

void Workplace::remove_cache() const {
  std::error_code ignored;
  fs::remove_all(cache(), ignored);
}

std::string Workplace::left_behind() const {
  std::string left;
  for (const pid_t daemon : daemons()) left += "process " + std::to_string(daemon) + "; ";
  for (const fs::path& directory : {temporary(), fs::path("/dev/shm"), fs::path("/tmp")}) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(directory, code)) {
      const std::string name = entry.path().filename();
      const bool is_ours =
          name.starts_with("cbundle-work") && is_own_and_free(entry.path() / "lock");
      if (is_ours) left += entry.path().native() + "; ";
    }
  }
  return left;
}

void make_sources(const fs::path& directory) {
  fs::create_directories(directory);
  write_file(directory / "a.c",
             "extern int other(int);\nint run(int x) { return other(x) + 1; }\n");
  write_file(directory / "b.c", "int other(int x) { return x * 3; }\n");
  write_file(directory / "value.h", "#define VALUE 7\n");
  write_file(directory / "boot.lds.S",
             "#include \"value.h\"\n"
             "SECTIONS { .text : { *(.text .text.*) BYTE(VALUE) } }\n");
  for (const char* name : {"a", "b"}) {
    const Ended ended =
        run({{"/usr/bin/cc", "-O2", "-fpic", "-ffreestanding", "-fvisibility=hidden",
              "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-c", "-o",
              std::string(name) + ".o", std::string(name) + ".c"},
             directory,
             {{"PATH", "/usr/bin:/bin"}}},
            limit);
    if (ended.status != 0) throw std::runtime_error("cc fails: " + ended.errors);
  }
}

std::vector<std::string> usual_arguments() {
  return {"--export", "run", "--script", "boot.lds.S", "--", "a.o", "b.o"};
}

void Workplace::clean() const {
  kill_daemons();
  for (const auto& entry : fs::directory_iterator(temporary())) fs::remove_all(entry.path());
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string read_file(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

}  // namespace cbundle::faults

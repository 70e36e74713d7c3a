// Random sequences of edits, builds, checkouts and daemons, after each of which a build must answer
// what it answers without a cache.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>
#include <functional>
#include <optional>
#include <random>

#include "tests/faults/part.h"
#include "tests/faults/workplace.h"

namespace cbundle::faults {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::size_t variants = 3;  // of each file, all of one size

// Two checkouts of the same project, and the variants of its files.
class Project {
 public:
  explicit Project(const fs::path& path) : path_(path) {
    make_sources(pool() / "compiled");
    for (std::size_t i = 0; i < variants; ++i) {
      const std::string n = std::to_string(i);
      compile("a.o", i,
              "extern int other(int);\nint run(int x) { return other(x) + 1" + n + "; }\n");
      compile("b.o", i, "int other(int x) { return x * 3" + n + "; }\n");
      put("value.h", i, "#define VALUE " + n + "\n");
      // The compiler has a limits.h of its own.
      put("deep/part.h", i,
          "#include \"limits.h\"\n#ifdef LIMIT\n#define PART LIMIT\n#else\n#define PART " + n +
              "\n#endif\n");
      put("deep/limits.h", i, "#define LIMIT 1" + n + "\n");
      put("extra.h", i, "#define EXTRA " + n + "\n");
      put("boot.lds.S", i,
          "#include \"value.h\"\n#if __has_include(\"extra.h\")\n#include \"extra.h\"\n#else\n"
          "#define EXTRA 9\n#endif\n#include \"deep/part.h\"\n#include \"cfg/../cfg/top.h\"\n"
          "SECTIONS { .text : { *(.text .text.*) BYTE(VALUE) BYTE(PART) BYTE(EXTRA) BYTE(TOP)"
          " BYTE(" +
              n + ") } }\n");
      put("plain.lds", i,
          "SECTIONS { .text : { *(.text .text.*) INCLUDE deep/bytes.lds BYTE(" + n + ") } }\n");
      put("deep/bytes.lds", i, "BYTE(" + n + ")\n");
      put("cfg1/top.h", i, "#define TOP 1" + n + "\n");
      put("cfg2/top.h", i, "#define TOP 2" + n + "\n");
    }
    for (const char* name : {"one", "two"}) check_out(path / name);
  }

  fs::path pool() const { return path_ / "pool"; }
  fs::path variant(const std::string& file, std::size_t n) const {
    return pool() / std::to_string(n) / file;
  }

 private:
  void put(const std::string& file, std::size_t n, const std::string& content) const {
    fs::create_directories(variant(file, n).parent_path());
    write_file(variant(file, n), content);
  }

  void compile(const std::string& file, std::size_t n, const std::string& source) const {
    put(file + ".c", n, source);
    run({{"/usr/bin/cc", "-O2", "-fpic", "-ffreestanding", "-fvisibility=hidden",
          "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-c", "-o",
          variant(file, n).native(), variant(file + ".c", n).native()},
         pool(),
         {{"PATH", "/usr/bin:/bin"}}},
        seconds(60));
  }

  void check_out(const fs::path& directory) const {
    fs::copy(pool() / "0", directory, fs::copy_options::recursive);
    fs::remove(directory / "deep" / "limits.h");
    fs::remove(directory / "extra.h");
    fs::create_directory_symlink("cfg1", directory / "cfg");
  }

  fs::path path_;
};

class Sequence {
 public:
  Sequence(Workplace& place, const Project& project, std::uint64_t seed)
      : place_(place), project_(project), random_(seed) {}

  std::string run(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) {
      do_something();
      const std::string wrong = compare();
      if (!wrong.empty()) return wrong + "\n  after:" + done_;
    }
    for (const pid_t daemon : place_.daemons()) ::kill(daemon, SIGCONT);
    return place_.stop();
  }

 private:
  std::size_t draw(std::size_t below) { return random_() % below; }
  template <class Array>
  const auto& pick(const Array& from) {
    return from[draw(std::size(from))];
  }
  void say(const std::string& text) { done_ += "\n    " + text; }

  fs::path checkout() { return place_.path() / (draw(2) == 0 ? "one" : "two"); }

  void do_something() {
    switch (draw(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return edit();
      case 5: return toggle();
      case 6: return retarget();
      case 7: return swap_checkouts();
      case 8: return disturb_daemon();
      case 9: return edit_during_build();
      case 10: return touch();
      default: return change_options();
    }
  }

  // Gives a file another content, in one of the ways that tools have.
  void edit() {
    constexpr std::array files{"a.o",        "b.o",       "value.h",        "deep/part.h",
                               "boot.lds.S", "plain.lds", "deep/bytes.lds", "cfg1/top.h",
                               "cfg2/top.h"};
    const fs::path directory = checkout();
    put(directory, pick(files), draw(variants));
  }

  void put(const fs::path& directory, const std::string& name, std::size_t variant) {
    const fs::path file = directory / name;
    const fs::path from = project_.variant(name, variant);
    const auto old_time = fs::exists(file) ? fs::last_write_time(file) : fs::file_time_type();
    const bool keeps_time = draw(4) == 0 && fs::exists(file);
    const std::size_t way = draw(4);
    constexpr std::array ways{"written in place", "renamed to", "linked to", "a symbolic link to"};
    say((file.native() + ": ") + ways[way] + " variant " + std::to_string(variant) +
        (keeps_time ? ", time kept" : ""));
    std::error_code ignored;
    if (way == 0) {
      if (fs::is_symlink(file) || fs::hard_link_count(file, ignored) > 1) fs::remove(file);
      write_file(file, read_file(from));
    } else if (way == 1) {
      write_file(file.native() + ".new", read_file(from));
      fs::rename(file.native() + ".new", file);
    } else {
      fs::remove(file, ignored);
      way == 2 ? fs::create_hard_link(from, file) : fs::create_symlink(from, file);
    }
    if (keeps_time && way < 2) fs::last_write_time(file, old_time);
  }

  // A header that is looked for, there or not.
  void toggle() {
    constexpr std::array files{"deep/limits.h", "extra.h"};
    const fs::path directory = checkout();
    const std::string name = pick(files);
    if (!fs::remove(directory / name)) return put(directory, name, draw(variants));
    say((directory / name).native() + " removed");
  }

  void retarget() {
    const fs::path link = checkout() / "cfg";
    const std::string target = draw(2) == 0 ? "cfg1" : "cfg2";
    say(link.native() + " -> " + target);
    fs::remove(link);
    fs::create_directory_symlink(target, link);
  }

  void swap_checkouts() {
    say("the checkouts change places");
    fs::rename(place_.path() / "one", place_.path() / "old");
    fs::rename(place_.path() / "two", place_.path() / "one");
    fs::rename(place_.path() / "old", place_.path() / "two");
  }

  void disturb_daemon() {
    const std::size_t way = draw(5);
    constexpr std::array ways{"killed", "stopped", "held by SIGSTOP", "continued", "not used"};
    say(std::string("the daemon is ") + ways[way]);
    more_.erase("CBUNDLE_DAEMON");
    if (way == 0) return place_.kill_daemons();
    if (way == 1) {
      for (const pid_t daemon : place_.daemons()) ::kill(daemon, SIGCONT);
      place_.stop();
    }
    if (way == 2 || way == 3) {
      for (const pid_t daemon : place_.daemons()) ::kill(daemon, way == 2 ? SIGSTOP : SIGCONT);
    }
    if (way == 4) more_["CBUNDLE_DAEMON"] = "never";
  }

  // What that build answers depends on when the edit comes; the ones after it must be right.
  void edit_during_build() {
    const fs::path directory = checkout();
    say("a build of " + directory.native() + ", during which");
    const Command command = place_.build(directory, arguments());
    Process build(command);
    ::usleep(static_cast<unsigned>(draw(30'000)));
    edit();
    if (draw(2) == 0) edit();
    build.wait(seconds(60));
  }

  void touch() {
    constexpr std::array files{"a.o", "b.o", "value.h", "boot.lds.S"};
    const fs::path file = checkout() / pick(files);
    say(file.native() + " touched");
    fs::last_write_time(file, fs::file_time_type::clock::now());
  }

  void change_options() {
    const std::size_t what = draw(4);
    if (what == 0) uses_plain_script_ = !uses_plain_script_;
    if (what == 1) uses_archive_ = !uses_archive_;
    if (what == 2) section_ = draw(2) == 0 ? ".text" : ".other";
    if (what == 3) exports_both_ = !exports_both_;
    std::string all;
    for (const std::string& argument : arguments()) all += " " + argument;
    say("the arguments are" + all);
  }

  std::vector<std::string> arguments() const {
    std::vector<std::string> all{"--export",  "run",
                                 "--section", section_,
                                 "--script",  uses_plain_script_ ? "plain.lds" : "boot.lds.S"};
    if (exports_both_) all.insert(all.end(), {"--export", "other"});
    all.insert(all.end(), {"--", "a.o", uses_archive_ ? "lib.a" : "b.o"});
    return all;
  }

  std::string compare() {
    const fs::path directory = checkout();
    if (uses_archive_) {
      // A thin archive, made once: the edits after it change its member.
      if (!fs::exists(directory / "lib.a")) {
        faults::run({{"/usr/bin/ar", "rcTS", "lib.a", "b.o"}, directory, {{"PATH", "/usr/bin"}}},
                    seconds(60));
      }
    }
    const Command command = place_.build(directory, arguments(), more_);
    const Answer answer = place_.answer(command);
    const Answer wanted = place_.uncached(command);
    if (answer == wanted) return {};
    return directory.native() + " answers: " + text_of(answer) +
           "\n  instead of: " + text_of(wanted);
  }

  Workplace& place_;
  const Project& project_;
  std::mt19937_64 random_;
  std::string done_;
  Variables more_;
  bool uses_plain_script_ = false;
  bool uses_archive_ = false;
  bool exports_both_ = false;
  std::string section_ = ".text";
};

class InterleavingPart final : public Part {
 public:
  InterleavingPart(fs::path programs, std::uint64_t seed)
      : programs_(std::move(programs)), seed_(seed) {}

  std::string_view name() const override { return "interleavings"; }
  std::string_view title() const override {
    return "random sequences of 40 edits, builds, checkouts and daemons";
  }
  std::size_t size() override { return 1000; }

  std::string run(std::size_t number) override {
    Workplace place(programs_);
    const Project project(place.path());
    return Sequence(place, project, seed_ + number).run(40);
  }

 private:
  fs::path programs_;
  std::uint64_t seed_;
};

}  // namespace

Parts interleaving_parts(const fs::path& programs, std::uint64_t seed) {
  Parts parts;
  parts.push_back(std::make_unique<InterleavingPart>(programs, seed));
  return parts;
}

}  // namespace cbundle::faults

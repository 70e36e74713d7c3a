// The fault campaign: faults of many kinds, under which each build must answer what it answers
// without a cache. Run by `./dev test --faults`.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <random>

#include "tests/faults/part.h"

namespace cbundle::faults {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string programs;
  std::uint64_t seed = std::random_device()();
  double seconds = 0;  // for all parts together; 0: every case
  std::vector<std::string> parts;
  std::vector<std::size_t> cases;  // of the only part
  std::string table;
};

struct Figures {
  std::string title;
  std::size_t cases = 0;
  std::size_t tried = 0;
  std::size_t wrong = 0;
};

std::vector<std::size_t> cases_of(Part& part, const Options& options) {
  if (!options.cases.empty()) return options.cases;
  std::vector<std::size_t> cases(part.size());
  std::iota(cases.begin(), cases.end(), 0);
  std::mt19937_64 random(options.seed);
  std::ranges::shuffle(cases, random);
  return cases;
}

// Runs cases until the time is over, but at least one.
Figures run(Part& part, const Options& options, double seconds) {
  const auto start = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  Figures figures{std::string(part.title())};
  const std::vector<std::size_t> cases = cases_of(part, options);
  figures.cases = cases.size();
  for (const std::size_t number : cases) {
    if (figures.tried > 0 && seconds > 0 && passed() > seconds) break;
    const std::string wrong = part.run(number);
    ++figures.tried;
    if (wrong.empty()) continue;
    ++figures.wrong;
    std::printf("\n%s, case %zu: %s\n  to run it again: --seed %llu --part %s --case %zu\n",
                std::string(part.name()).c_str(), number, wrong.c_str(),
                static_cast<unsigned long long>(options.seed), std::string(part.name()).c_str(),
                number);
    std::fflush(stdout);
  }
  std::printf("%-14s %5zu of %5zu cases, %zu wrong, %.0f s\n", std::string(part.name()).c_str(),
              figures.tried, figures.cases, figures.wrong, passed());
  std::fflush(stdout);
  return figures;
}

void write_table(const std::vector<Figures>& all, const std::string& file) {
  std::ofstream table(file);
  table << "| fault | cases | tried | wrong |\n| --- | ---: | ---: | ---: |\n";
  for (const Figures& f : all) {
    table << "| " << f.title << " | " << f.cases << " | " << f.tried << " | " << f.wrong << " |\n";
  }
}

Parts all_parts(const Options& options) {
  Parts all = system_call_parts(options.programs);
  const auto add = [&](Parts more) { std::ranges::move(more, std::back_inserter(all)); };
  add(cache_file_parts(options.programs));
  add(crowd_parts(options.programs));
  add(interleaving_parts(options.programs, options.seed));
  if (options.parts.empty()) return all;
  std::erase_if(all, [&](const std::unique_ptr<Part>& part) {
    return std::ranges::find(options.parts, part->name()) == options.parts.end();
  });
  return all;
}

int run(const Options& options) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  Parts parts = all_parts(options);
  if (parts.empty()) {
    std::fprintf(stderr, "no such part\n");
    return 2;
  }
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  std::vector<Figures> all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double left = std::chrono::duration<double>(end - Clock::now()).count();
    const double share = options.seconds > 0 ? std::max(left, 0.1) / double(parts.size() - i) : 0;
    all.push_back(run(*parts[i], options, share));
  }
  if (!options.table.empty()) write_table(all, options.table);
  return std::ranges::any_of(all, [](const Figures& f) { return f.wrong > 0; }) ? 1 : 0;
}

}  // namespace
}  // namespace cbundle::faults

int main(int argc, char** argv) {
  cbundle::faults::Options options;
  CLI::App app("Builds bundles under faults, and compares with builds without a cache.");
  app.add_option("programs", options.programs, "the directory of cbundle and cbundled")->required();
  app.add_option("--seed", options.seed, "for what is drawn at random");
  app.add_option("--seconds", options.seconds, "for all parts together; otherwise every case runs");
  app.add_option("--part", options.parts, "only this part");
  app.add_option("--case", options.cases, "only this case of the part");
  app.add_option("--table", options.table, "write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  options.programs = std::filesystem::canonical(options.programs);
  return cbundle::faults::run(options);
}

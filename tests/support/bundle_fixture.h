// A pipeline for one test of a machine: builds a bundle from a source, or returns the error.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "engine/elf/elf_file.h"
#include "engine/pipeline/pipeline.h"
#include "engine/store/memory_cache.h"
#include "tests/support/counting_executor.h"
#include "tests/support/recording_progress.h"
#include "tests/support/test_space.h"

namespace cbundle {

// The parameter is the compiler's flag for the machine, "-m32" or "-m64".
class BundleFixture : public testing::TestWithParam<const char*> {
 public:
  static std::string name_of_machine(const testing::TestParamInfo<const char*>& test) {
    return std::string(test.param + 1);
  }

 protected:
  BundleFixture() {
    request.directory = space.path();
    request.objects = {"a.o"};
    request.path = "/usr/bin:/bin";
    request.output = space / "out.o";
  }

  std::string flags() const { return std::string(GetParam()) + " -fpic -g"; }
  void compile(const std::string& source, const std::string& more = {}) {
    space.compile("a.o", source, flags() + " " + more);
  }
  void import(std::initializer_list<const char*> names) {
    for (const char* name : names) request.spec.imports.push_back({name, ImportKind::data});
  }

  // Empty, or the errors as a person sees them.
  std::string build() {
    Result<Built> built = pipeline.build(request, progress, {});
    if (!built) return render(built.error().diagnostics, "cbundle");
    space.write("out.o", std::string(built.value().object.text()));
    return {};
  }

  void expect_refusal(const std::string& text) {
    const std::string message = build();
    EXPECT_NE(message.find(text), std::string::npos) << "the error is: " << message;
  }

  // What build() wrote.
  ElfFile emitted() const {
    Result<ElfFile> elf = ElfFile::parse(Blob(space.read("out.o")));
    EXPECT_TRUE(elf) << (elf ? "" : elf.error().text());
    return elf ? std::move(elf).value() : ElfFile();
  }

  bool is_32() const { return std::string(GetParam()) == "-m32"; }

  TestSpace space;
  MemoryCache store;
  CountingExecutor executor;
  Pipeline pipeline{store, executor};
  RecordingProgress progress;
  Request request;
};

}  // namespace cbundle

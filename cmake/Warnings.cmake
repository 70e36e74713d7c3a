# Warnings and sanitizers, for our own code only: link cbundle_flags PRIVATE.
add_library(cbundle_flags INTERFACE)
target_compile_options(cbundle_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wimplicit-fallthrough
  # TRY is a statement expression, marked __extension__; clang still warns about it.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>
  $<$<BOOL:${CBUNDLE_WERROR}>:-Werror>)
target_include_directories(cbundle_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(CBUNDLE_SANITIZE)
  add_compile_options(-fsanitize=${CBUNDLE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  if(CBUNDLE_SANITIZE MATCHES undefined)
    # Debian builds gRPC without the type information that this check compares.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${CBUNDLE_SANITIZE})
endif()

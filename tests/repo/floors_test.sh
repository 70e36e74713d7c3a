#!/usr/bin/env bash
# A file includes only files of its own folder and of lower layers, as in ARCHITECTURE.md.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
. tests/repo/tree.sh

# Each folder, and what it may include besides itself and the C and C++ libraries. All folders are
# in the table; each file of proto/ counts as a folder. The libraries in the table, which only some
# layers may include, are grpc (with protobuf's headers) and log.
low="engine/base engine/digest"
bundle="engine/bundle engine/bundle/check engine/bundle/proof engine/bundle/output"
middle="$low engine/elf engine/store $bundle engine/script engine/tool"
high="$middle engine/stage engine/pipeline"
declare -A may=(
  [engine/base]=""
  [engine/config]="engine/base"
  [engine/digest]="engine/base"
  [engine/elf]="$low"
  [engine/store]="$low"
  [engine/bundle]="$low engine/elf"
  [engine/bundle/check]="$low engine/elf engine/bundle"
  [engine/bundle/proof]="$low engine/elf engine/bundle"
  [engine/bundle/output]="$low engine/elf engine/bundle"
  [engine/script]="$low engine/bundle"
  [engine/flat_image]="$low engine/script"
  [engine/tool]="$low engine/elf"
  [engine/stage]="$middle"
  [engine/pipeline]="$middle engine/stage"
  [engine]="$high engine/config"
  [proto/paths]="engine/base"
  [proto/file_view]="engine/base messages"
  [proto/private_runs]="engine/base proto/paths"
  [proto/errors]="engine/base messages"
  [proto/wire]="$high engine/config engine proto/errors proto/file_view messages"
  [daemon/remote]="$low engine/store engine/config engine/pipeline remote_api grpc log"
  [daemon/serve]="$low engine/store daemon daemon/remote remote_api grpc log"
  [daemon]="$high engine/flat_image engine/config engine proto/paths proto/errors proto/wire
            proto/file_view messages services grpc log daemon/remote daemon/serve"
  [client]="engine/base engine/config proto/paths proto/private_runs proto/file_view proto/errors
            messages"
  [tests/support]="$high"
  [tests/targets]=""
  [tests/faults]=""
  [tests/contract]="$high tests/support tests/engine"
  [tests/engine]="$high engine/flat_image engine/config engine tests/support"
  [tests/integration]="$high engine/config engine tests/support"
  [tests/fuzz]="$high engine/config engine tests/support"
  [tests/bench]="$high engine/config engine tests/support"
  [tests/daemon]="$high engine/flat_image engine/config engine proto/paths proto/errors proto/wire
                  proto/file_view messages services remote_api grpc log daemon daemon/remote
                  daemon/serve tests/support"
  [tests/client]="engine/base engine/config proto/paths proto/private_runs proto/errors messages
                  client tests/support"
)

# The folder of one of our files, or of an included one; nothing for the C and C++ libraries.
folder_of() {
  case $1 in
    engine/bundle/*/*) local part=${1#engine/bundle/}; echo "engine/bundle/${part%%/*}" ;;
    engine/*/*) local below=${1#engine/}; echo "engine/${below%%/*}" ;;
    engine/*) echo engine ;;
    proto/*) local name=${1##*/}; echo "proto/${name%%.*}" ;;
    daemon/remote/* | daemon/serve/*) local below=${1#daemon/}; echo "daemon/${below%%/*}" ;;
    daemon/*) echo daemon ;;
    client/*) echo client ;;
    tests/*) local below=${1#tests/}; echo "tests/${below%%/*}" ;;
    build/bazel/* | google/bytestream/*) echo remote_api ;;
    cbundle/v1/*.grpc.pb.h) echo services ;;
    cbundle/v1/*.pb.h) echo messages ;;
    grpc/* | grpcpp/* | grpc++/* | google/* | absl/*) echo grpc ;;
    spdlog/* | fmt/* | systemd/* | syslog.h) echo log ;;
  esac
}

allows() {
  local each
  for each in "$1" ${may[$1]}; do [ "$each" != "$2" ] || return 0; done
  return 1
}

bad=0
seen=0
fault() { echo "$*"; bad=1; }

while IFS= read -r file; do
  folder=$(folder_of "$file")
  if [ -z "$folder" ] || [ -z "${may[$folder]+known}" ]; then
    fault "$file: ${folder:-its folder} has no layer; add one in ${0##*/} and ARCHITECTURE.md"
    continue
  fi
  while IFS= read -r include; do
    seen=$((seen + 1))
    target=$(folder_of "${include:1:-1}")
    if [ -z "$target" ]; then
      [[ $include == "<"* ]] || fault "$file: $include is not a path from the top of the tree"
    elif ! allows "$folder" "$target"; then
      fault "$file: $folder may not include $include, which is in $target"
    fi
  done < <(sed -nE 's/^ *# *include *(<[^>]+>|"[^"]+").*/\1/p' "$file")
done < <(our_cxx)

[ $seen -gt 0 ] || fault "no includes found: the test searches the wrong files"
[ $bad -ne 0 ] || echo "$seen includes are valid"
exit $bad

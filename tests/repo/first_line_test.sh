#!/usr/bin/env bash
# Each file opens with a comment whose first sentence says what the file is.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
. tests/repo/tree.sh

# The comment that a file opens with, up to an empty line, its marks taken off.
opening() {
  awk '
    FNR == 1 && /^#!/ { next }
    !sub(/^(\/\/|#|\/\*| \*)( |$)/, "") || /^$/ { exit }
    { printf "%s ", $0 }' "$1"
}

sentence='^[`[:alnum:]].*[.!?] '
bad=0
seen=0
while IFS= read -r file; do
  case $file in  # what a header says, neither its source nor its tests need to say again
    tests/*_test.cc) said=${file#tests/} said=${said%_test.cc}.h ;;
    *.cc) said=${file%.cc}.h ;;
    *) said= ;;
  esac
  if [ -n "$said" ] && [ -e "$said" ]; then continue; fi
  seen=$((seen + 1))
  comment=$(opening "$file")
  if ! [[ $comment =~ $sentence ]]; then
    echo "$file: does not open with a comment that says, in a sentence, what it is"
    bad=1
  fi
done < <({ our_files '*.h' '*.cc' '*.c' '*.S' '*.proto' '*.cmake' '*CMakeLists.txt' '*.py' '*.lds' \
             '*Makefile' '*.mk' '*.service' '*.socket' '.clang-*' .editorconfig
           our_scripts; } | sort -u)

if [ $seen -eq 0 ]; then echo "no file was found at all"; bad=1; fi
[ $bad -ne 0 ] || echo "$seen files say what they are"
exit $bad

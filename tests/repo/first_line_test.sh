#!/usr/bin/env bash
# Each file begins with a comment whose first sentence says what the file is.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
. tests/repo/tree.sh

# The comment at the start of a file, up to an empty line, without comment characters.
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
  case $file in  # sources and tests of a header need no comment of their own
    tests/*_test.cc) header=${file#tests/} header=${header%_test.cc}.h ;;
    *.cc) header=${file%.cc}.h ;;
    *) header= ;;
  esac
  if [ -n "$header" ] && [ -e "$header" ]; then continue; fi
  seen=$((seen + 1))
  comment=$(opening "$file")
  if ! [[ $comment =~ $sentence ]]; then
    echo "$file: the first comment does not say, in a sentence, what the file is"
    bad=1
  fi
done < <({ our_files '*.h' '*.cc' '*.c' '*.S' '*.proto' '*.cmake' '*CMakeLists.txt' '*.py' '*.lds' \
             '*Makefile' '*.mk' '*.service' '*.socket' '.clang-*' .editorconfig
           our_scripts; } | sort -u)

if [ $seen -eq 0 ]; then echo "no files found"; bad=1; fi
[ $bad -ne 0 ] || echo "$seen files begin with a sentence"
exit $bad

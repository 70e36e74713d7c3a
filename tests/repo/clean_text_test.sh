#!/usr/bin/env bash
# Text is clean: no stray white space, at most 100 columns, nothing left to do, no private path.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
. tests/repo/tree.sh
export LC_ALL=C.UTF-8  # columns are characters, not bytes

bad=0

# refuse WHAT PATTERN FILE...: no line of the files may match the extended pattern.
refuse() {
  local what=$1 pattern=$2
  shift 2
  # -I leaves out what is not text.
  if [ $# -gt 0 ] && grep -HInE -e "$pattern" -- "$@"; then
    echo "  ^ $what"
    bad=1
  fi
}

mapfile -t all < <(our_files)
mapfile -t code < <(our_files '*.h' '*.cc' '*.c' '*.proto' '*.cmake' '*CMakeLists.txt' '*.py' \
                      '*.json' '.clang-*'
                    our_scripts)
mapfile -t spaced < <(printf '%s\n' "${all[@]}" |
  grep -vE '(^|/)(Makefile|Kbuild)[^/]*$|\.(mk|S|s|am|in|md)$|^tests/(fuzz/corpus|.*/golden)/')
mapfile -t texts < <(printf '%s\n' "${all[@]}" | grep -vE '^tests/(fuzz/corpus|.*/golden)/')

refuse "white space at a line's end" '[[:space:]]$' "${texts[@]}"
refuse "a tab; two spaces are one step" $'\t' "${spaced[@]}"
refuse "more than 100 columns" '^.{101,}' "${code[@]}"
refuse "a thing left to do belongs into an issue" '\b(TO[D]O|FIX[M]E|HAC[K])\b' "${texts[@]}"
refuse "a path of one machine" '(^|[^[:alnum:]_}.])/(wor[k]/|tmp/buil[d])' "${texts[@]}"

while IFS= read -r file; do
  if [ -s "$file" ] && [ -n "$(tail -c 1 "$file" | tr -d '\n\0')" ]; then
    echo "$file: its last line has no end"
    bad=1
  fi
done < <(printf '%s\n' "${code[@]}")

if [ ${#code[@]} -eq 0 ]; then echo "no file was found at all"; bad=1; fi
[ $bad -ne 0 ] || echo "${#all[@]} files are clean"
exit $bad

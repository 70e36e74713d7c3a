#!/usr/bin/env bash
# Text files have no trailing white space, no lines over 100 columns, no unfinished work, no local
# path.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
. tests/repo/tree.sh
export LC_ALL=C.UTF-8  # columns are characters, not bytes

bad=0

# refuse WHAT PATTERN FILE...: no line of the files may match the extended pattern.
refuse() {
  local what=$1 pattern=$2
  shift 2
  # -I ignores binary files.
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

refuse "trailing white space" '[[:space:]]$' "${texts[@]}"
refuse "a tab; indent by two spaces" $'\t' "${spaced[@]}"
refuse "more than 100 columns" '^.{101,}' "${code[@]}"
refuse "unfinished work belongs in an issue" '\b(TO[D]O|FIX[M]E|HAC[K])\b' "${texts[@]}"
refuse "a path of a local machine" '(^|[^[:alnum:]_}.])/(wor[k]/|tmp/buil[d])' "${texts[@]}"

while IFS= read -r file; do
  if [ -s "$file" ] && [ -n "$(tail -c 1 "$file" | tr -d '\n\0')" ]; then
    echo "$file: no newline at the end"
    bad=1
  fi
done < <(printf '%s\n' "${code[@]}")

if [ ${#code[@]} -eq 0 ]; then echo "no files found"; bad=1; fi
[ $bad -ne 0 ] || echo "${#all[@]} files are clean"
exit $bad

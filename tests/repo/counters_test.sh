#!/usr/bin/env bash
# Each counter in the sources has its words in the table that stats and doctor show.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
table=engine/base/counters.cc

bad=0
seen=0
while read -r name; do
  seen=$((seen + 1))
  grep -qF "{\"$name\"," $table || { echo "$table has no row for the counter $name"; bad=1; }
done < <(grep -rhoE '\bcount\([^)]*"[a-z_]+\.[a-z_.-]+"' engine daemon client |
  grep -oE '"[a-z_.-]+"' | tr -d '"' | sort -u)
[ $seen -gt 5 ] || { echo "only $seen counters found in the sources"; bad=1; }
exit $bad

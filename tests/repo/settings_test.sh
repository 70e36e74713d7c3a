#!/usr/bin/env bash
# The man pages describe every setting, option and command, and no others.
set -euo pipefail
cd "${CBUNDLE_SOURCE:-$(dirname "$0")/../..}"
bin=${CBUNDLE_BIN:-build/release/bin}
for program in cbundle cbundled; do
  [ -x "$bin/$program" ] || { echo "skipped: $bin/$program is not built"; exit 77; }
done

bad=0
seen=0
fault() { echo "$*"; bad=1; }

# The text of a man page with its escapes undone, and mdoc's `Fl -name` as it is printed.
text_of() { sed -E 's/\\(-|\(hy)/-/g; s/\\&//g; s/\\f[A-Z]//g; s/\bFl -/--/g' "$1"; }

# The options that a page describes: those in the headings of its lists.
options_described() {
  text_of "$1" | awk '/^\.(It|IP|SS)/ || after_tp; { after_tp = /^\.T[PQ]/ }' |
    grep -oE -e '--[a-z][a-z-]*' | sort -u
}

# The options that `--help` lists: those at the start of a line.
options_listed() { sed -nE 's/^ +(cbundle |-[A-Za-z], ?)?(--[a-z][a-z-]*).*/\2/p' | sort -u; }

# The commands that `cbundle --help` lists.
commands_listed() { sed -nE 's/^ +cbundle ([a-z]+)( .*|$)/\1/p'; }

# compare PAGE OPTIONS: with the options that --help lists, one per line.
compare() {
  local word
  for word in $2; do
    seen=$((seen + 1))
    mentions "$1" "$word" || fault "$1 does not describe $word, which --help lists"
  done
  for word in $(comm -23 <(options_described "$1") <(echo "$2")); do
    fault "$1 describes $word, which --help does not list"
  done
}

# mentions PAGE WORD: whether the page contains the word.
mentions() { text_of "$1" | grep -E -e "(^|[^A-Za-z_-])$2([^A-Za-z_-]|\$)" >/dev/null; }

# Settings: their flag and their variable.
page=daemon/cbundled.8
while read -r name; do
  seen=$((seen + 1))
  for word in "--${name//_/-}" "CBUNDLE_${name^^}"; do
    mentions $page "$word" || fault "$page does not describe $word, which is a setting"
  done
done < <(sed -nE 's/^ *Setting\{"([a-z_]+)".*/\1/p' engine/config/config.h)
[ $seen -gt 0 ] || fault "no settings found in engine/config/config.h"

compare $page "$({ "$bin/cbundled" --help; "$bin/cbundled" serve --help; } | options_listed)"

page=client/cbundle.1
commands=$("$bin/cbundle" --help | commands_listed)
[ -n "$commands" ] || fault "cbundle --help lists no command"
compare $page "$({
  "$bin/cbundle" --help
  for command in $commands; do "$bin/cbundle" "$command" --help; done
} | options_listed)"
for command in $commands; do
  mentions $page "cbundle $command" || fault "$page does not describe the command $command"
done

[ $bad -ne 0 ] || echo "$seen settings, options and commands are described"
exit $bad

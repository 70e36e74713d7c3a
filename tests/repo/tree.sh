# Lists our files: sourced by the repository tests and by './dev lint', at the top of the tree.
# shellcheck shell=bash

# our_files [PATTERN...]: the files of the tree, one per line; with patterns, those whose path
# matches one of them (* also matches /).
our_files() {
  local file pattern
  every_file | sort | while IFS= read -r file; do
    if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
    [ $# -gt 0 ] || echo "$file"
    for pattern; do
      # shellcheck disable=SC2053  # the right side is a pattern
      if [[ $file == $pattern ]]; then echo "$file"; break; fi
    done
  done
}

# Files known to git or new; without git, all but the output of builds.
every_file() {
  git ls-files --cached --others --exclude-standard 2>/dev/null ||
    find . \( -path ./.git -o -path ./build \) -prune -o -type f -printf '%P\n'
}

our_cxx() { our_files '*.h' '*.cc' | grep -v '^tests/examples/'; }

# Shell scripts, of any name.
our_scripts() {
  our_files | while IFS= read -r file; do
    case $file in *.sh) echo "$file"; continue ;; esac
    ! head -n 1 "$file" | tr -d '\0' | grep -qE '^#!.*\b(ba)?sh\b' || echo "$file"
  done
}

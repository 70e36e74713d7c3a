# Completion of cbundle's command line for bash.

_cbundle() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]}
  local commands='build script combine explain doctor stats status stop trim clear verify'
  local build='--output --export --import --script --section --mode --linker --define --prefix
    --depfile --if-changed --emit --verify --json --verbose --quiet --help'
  local combine='--script --bin1 --bin2 --gap --text-diff --output --map --exports --section-header
    --verbose --help'
  local words=()
  COMPREPLY=()

  if [[ $command == help ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
    return
  fi
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$commands help version --help --version" -- "$current")
    return
  fi
  case $previous in
    --mode) words=(pic selfreloc) ;;
    --emit) words=(object asm image c) ;;
    --verify) words=(none relink) ;;
    --export | --import | --section | --define | --prefix | --max-size) return ;;
    --exports | --section-header | --gap | --text-diff) return ;;
    --output | -o | --bin1 | --bin2 | --map | --script | --linker | --depfile)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
  esac
  if ((${#words[@]} == 0)) && [[ $current == -* ]]; then
    case $command in
      build) words=("$build") ;;
      script) words=(--default --mode --help) ;;
      combine) words=("$combine") ;;
      stats) words=(--json --zero --help) ;;
      trim) words=(--max-size --help) ;;
      explain | doctor | status | verify) words=(--json --help) ;;
      stop | clear) words=(--help) ;;
    esac
  fi
  if ((${#words[@]} > 0)); then
    mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
  elif [[ $command == build || $command == explain ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}

complete -F _cbundle cbundle

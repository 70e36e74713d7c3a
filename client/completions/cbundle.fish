# Completion of cbundle's command line for fish.

set -l commands build script stats status stop trim
set -l none "not __fish_seen_subcommand_from $commands"
set -l build '__fish_seen_subcommand_from build'
set -l script '__fish_seen_subcommand_from script'
set -l stats '__fish_seen_subcommand_from stats'
set -l trim '__fish_seen_subcommand_from trim'

complete -c cbundle -n $none -f -a build -d 'turn objects into one bundle'
complete -c cbundle -n $none -f -a script -d 'print the built-in template to start a script from'
complete -c cbundle -n $none -f -a stats -d 'what the cache holds and has done'
complete -c cbundle -n $none -f -a status -d 'whether a daemon runs, and how it is set up'
complete -c cbundle -n $none -f -a stop -d 'let the running daemon finish its builds and leave'
complete -c cbundle -n $none -f -a trim -d 'evict the least recently used results'
complete -c cbundle -n $none -l version -d 'the version'
complete -c cbundle -s h -l help -d 'show help'

complete -c cbundle -n $build -s o -l output -r -d 'write the bundle to FILE'
complete -c cbundle -n $build -l export -x -d 'symbols that the bundle offers'
complete -c cbundle -n $build -l import -x -d 'symbols it may use from outside'
complete -c cbundle -n $build -l script -r -d 'linker script, or a template of one'
complete -c cbundle -n $build -l define -x -d 'define a macro for the template'
complete -c cbundle -n $build -l section -x -d 'section of the emitted object'
complete -c cbundle -n $build -l prefix -x -d 'begin the symbols start, end and fixups with NAME_'
complete -c cbundle -n $build -l mode -x -a 'pic selfreloc' -d 'absolute references to itself'
complete -c cbundle -n $build -l linker -r -d 'link with PATH'
complete -c cbundle -n $build -l emit -x -a 'object asm image' -d 'form of the bundle'
complete -c cbundle -n $build -l depfile -r -d 'write a make rule that lists all inputs'
complete -c cbundle -n $build -l if-changed -d 'leave an equal output alone'
complete -c cbundle -n $build -l json -d 'print one JSON object'
complete -c cbundle -n $build -s v -l verbose -d 'list the stages'
complete -c cbundle -n $build -s q -l quiet -d 'no warnings and notes'

complete -c cbundle -n $script -f -l default -d 'print the built-in template'
complete -c cbundle -n $script -x -l mode -a 'pic selfreloc' -d 'of the bundle'
complete -c cbundle -n $stats -l json -d 'print one JSON object'
complete -c cbundle -n $trim -l max-size -x -d 'evict down to SIZE'

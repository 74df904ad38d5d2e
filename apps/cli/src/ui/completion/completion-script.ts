import { COMPLETION_PROGRAM } from './completion-program.ts';
import {
  completionTable,
  type CompletedCommand,
  type CompletedTopic,
  type CompletionFolders,
} from './completion-table.ts';

export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof COMPLETED_SHELLS)[number];

/** Ends the table in scripts of bash and zsh; no row can be this. */
const END = 'END_OF_TABLE';

/** In bash and zsh: prints what can be typed, for the words in SERVONAUT_TYPED. */
function asker(table: string): string {
  return `_servonaut_ask() {
  SERVONAUT_TYPED=$1 SERVONAUT_PROFILES="\${SERVONAUT_CONFIG_DIR:-$2}/profiles" \\
    SERVONAUT_CONFIG_DIR=\${SERVONAUT_CONFIG_DIR-} SERVONAUT_STATE_DIR=\${SERVONAUT_STATE_DIR-} \\
    SERVONAUT_PROFILE=\${SERVONAUT_PROFILE-} awk '${COMPLETION_PROGRAM}' <<'${END}'
${table}
${END}
}
`;
}

/**
 * bash 3.2 and later. Bash breaks words at "=" and ":" also where they belong to a word, so the line is split here, and what bash takes for words of
 * their own is cut from the answers.
 */
function bash(table: string, configDir: string): string {
  return `${asker(table)}
_servonaut() {
  local line=\${COMP_LINE:0:COMP_POINT} typed lead='' part word about at
  local -a words
  read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  typed=\${words[\${#words[@]} - 1]}
  for at in = :; do
    [[ $COMP_WORDBREAKS == *$at* && $typed == *$at* ]] || continue
    part=\${typed%"\${typed##*$at}"}
    [ \${#part} -gt \${#lead} ] && lead=$part
  done
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    if [[ $word == :files ]]; then
      compopt -o filenames 2> /dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$typed")
    else
      COMPREPLY+=("\${word#"$lead"}")
    fi
  done < <(
    IFS=$'\\037'
    _servonaut_ask "\${words[*]:1}" ${quoted(configDir)}
  )
}
complete -F _servonaut servonaut
`;
}

/** Sourced, or as a file "_servonaut" in a folder of fpath. */
function zsh(table: string, configDir: string): string {
  return `#compdef servonaut
${asker(table)}
_servonaut() {
  local line
  local -a typed fields found shown
  typed=("\${(@)words[2,CURRENT-1]}" "$PREFIX")
  for line in "\${(@f)$(_servonaut_ask "\${(pj:\\037:)typed}" ${quoted(configDir)})}"; do
    [[ $line == :files ]] && { _files; return }
    fields=("\${(@ps:\\t:)line}")
    [[ -n $fields[1] ]] || continue
    found+=("$fields[1]")
    shown+=("$fields[1]\${fields[2]:+  -- $fields[2]}")
  done
  (( $#found )) && compadd -l -d shown -a found
}
if [[ $funcstack[1] == _servonaut ]]; then _servonaut "$@"; else compdef _servonaut servonaut; fi
`;
}

function fish(table: string, configDir: string): string {
  return `set -g __servonaut_table ${fishQuoted(table)}
set -g __servonaut_program ${fishQuoted(COMPLETION_PROGRAM)}

function __servonaut_complete
    set -l typed (commandline -ct)
    set -l folder ${fishQuoted(configDir)}
    set -q SERVONAUT_CONFIG_DIR[1]; and set folder "$SERVONAUT_CONFIG_DIR"
    set -lx SERVONAUT_PROFILES "$folder/profiles"
    set -lx SERVONAUT_TYPED (string join \\x1f -- (commandline -opc)[2..-1] "$typed")
    for line in (printf '%s\\n' "$__servonaut_table" | awk "$__servonaut_program")
        if test "$line" = :files
            __fish_complete_path "$typed"
        else
            printf '%s\\n' "$line"
        end
    end
end
complete -c servonaut -f -a '(__servonaut_complete)'
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const SCRIPTS: Readonly<Record<CompletedShell, (table: string, configDir: string) => string>> = { bash, zsh, fish };

/** What a shell reads to complete our commands as they are now; it asks no process of ours afterwards. */
export function completionScript(
  shell: CompletedShell,
  commands: readonly CompletedCommand[],
  topics: readonly CompletedTopic[],
  folders: CompletionFolders,
): string {
  const head = `# What can be typed after "servonaut", for ${shell}: "servonaut completion ${shell}" wrote it.\n`;
  const script = SCRIPTS[shell](completionTable(commands, topics, folders), folders.configDir);
  // zsh wants its first line first.
  return shell === 'zsh' ? script.replace('\n', `\n${head}`) : head + script;
}

import { ServonautError } from '@servonaut/contracts';
import type { LoginShell } from './ssh-connection.ts';
import type { SshSettings } from './ssh-settings.ts';

/** Environment variable that marks every process of a request, so that those which leave its process group are found too. */
export const REQUEST_MARKER = 'SERVONAUT_REQUEST';

/** Linux takes no single argument of more than 128 KiB (execve(2), MAX_ARG_STRLEN), and sshd hands the command over as one. */
const COMMAND_BYTES = 131_000;

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** A word that sh, bash, zsh, ash and fish all read alike: fish gives the backslash a meaning within single quotes. */
function quoteForLoginShell(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => `'\\${character}'`)}'`;
}

function checked(command: string): string {
  if (Buffer.byteLength(command) <= COMMAND_BYTES) return command;
  throw new ServonautError('payload_too_large', {
    message: `The command is longer than ${COMMAND_BYTES} bytes as the server would get it.`,
  });
}

/**
 * The command line that has the login shell run `command`, marked as of this request. A shell of the `sh` kind reads the command itself, as it
 * does for `ssh HOST COMMAND`: a second shell would cost 0.8 ms. It reads it on the line that marks, so that the numbers of lines in its
 * messages stay right, and bash goes on after a redirection that failed, unlike others. Any other shell gives the command to `/bin/sh`.
 * Without stdin the channel stays open for signals, which an end of file would not allow.
 * @throws ServonautError `payload_too_large`
 */
export function markedCommand(requestId: string, command: string, stdin: 'empty' | 'given', shell: LoginShell): string {
  if (!REQUEST_ID.test(requestId))
    throw new ServonautError('internal', { detail: 'request id is not fit for a shell' });
  const mark = `export ${REQUEST_MARKER}=${requestId};`;
  const empty = '</dev/null';
  if (shell === 'sh') return checked(`${mark}${stdin === 'empty' ? ` exec ${empty} || exit;` : ''} ${command}`);
  return checked(`${mark} exec /bin/sh -c ${quoteForLoginShell(command)}${stdin === 'empty' ? ` ${empty}` : ''}`);
}

/** What the stop script prints: no process that it can find is left; so many are; or this system does not show processes. */
export const STOP_ANSWER = /^(stopped|left (\d+)|no-proc)$/m;

/**
 * From the marked processes to all that can be found: what descends from them, what is in a session that is theirs wholly (its leader is found or
 * gone), and what writes where they write. So a child started with an empty environment does not escape. A session whose leader is a stranger is
 * left alone: not every SSH server gives a command a session of its own; so is session 0, whose leader is outside the container. A pipe that an
 * older process writes to is a stranger's, as that of a container's log. What was found stays found from one look to the next, known by its start,
 * since parents may be the first to go. Zombies are gone already.
 */
const SELECT = `
  /^[^0-9]/ { split($(NF - 2), path, "/"); if ($NF ~ /^(pipe|socket):/) outputs[path[1]] = outputs[path[1]] " " $NF; next }
  { rest = $0; sub(/.*[)] /, "", rest); split(rest, field, " ") }
  field[1] !~ /^Z/ { parent[$1] = field[2]; session[$1] = field[4]; start[$1] = field[20] }
  function add(pid) {
    if (pid in ours) return
    ours[pid] = grown = 1
    if (session[pid] > 0 && (session[pid] in ours || !(session[pid] in session))) owned[session[pid]] = 1
  }
  function addWriters(pipe, pid, stranger) {
    for (pid in outputs) if (index(outputs[pid] " ", " " pipe " ") && pid in start && start[pid] < first) stranger = 1
    for (pid in outputs) if (!stranger && index(outputs[pid] " ", " " pipe " ") && pid in session) add(pid)
  }
  END {
    split(sessions, list, " "); for (i in list) owned[list[i]] = 1
    split(known, list, " "); for (i in list) { split(list[i], was, ":"); if (was[1] in session && start[was[1]] == was[2]) add(was[1]) }
    split(marked, list, " "); for (i in list) if (list[i] in session) add(list[i])
    for (pid in ours) if (first == "" || start[pid] < first) first = start[pid]
    for (pid in ours) { split(outputs[pid], list, " "); for (i in list) pipes[list[i]] = 1 }
    for (pipe in pipes) addWriters(pipe)
    do { grown = 0; for (pid in session) if (parent[pid] in ours || session[pid] in owned) add(pid) } while (grown)
    for (id in owned) printf "%s ", id
    printf "|"; for (pid in ours) printf "%s ", pid
    printf "|"; for (pid in ours) printf "%s:%s ", pid, start[pid]
  }`;

/** Prints the id of each process of which a part, between two NULs, matches the marker: the grep of busybox would see the first part only. */
const MARKED = `
  /^==> [0-9]+/ { split($2, path, "/"); pid = path[1]; next }
  $0 ~ marker { print pid }`;

/** Bytes read of an environment, which Linux bounds at a quarter of the stack. */
const ENVIRONMENT_BYTES = 8_388_608;

/**
 * Linux shows all in /proc. On a BSD `ps` shows environments (by -E on macOS, by -e elsewhere) and no sessions, of which process groups take the
 * place; where it shows nothing marked, no more is known than without it.
 */
const LOOK = `if cd /proc 2>/dev/null && [ -r self/environ ] && command -v head >/dev/null && command -v tr >/dev/null; then
  gone=stopped
  marked() { head -c ${ENVIRONMENT_BYTES} [0-9]*/environ [0-9]*/cmdline | tr '\\0' '\\n' | awk -v marker="$marker" "$match"; }
  processes() { cat [0-9]*/stat; ls -l [0-9]*/fd/[12]; }
else
  gone=no-proc
  marked() { { ps -A -E -ww -o pid= -o command= || ps -A -e -ww -o pid= -o command=; } | awk -v marker="$marker" '$0 ~ marker { print $1 }'; }
  processes() { ps -A -o pid= -o ppid= -o pgid= -o stat= | awk '{ print $1, "()", $4, $2, $3, $3 }'; }
fi`;

const FIND = `sessions='' known=''
find_all() {
  found=$(processes 2>/dev/null | awk -v marked="$(echo $(marked 2>/dev/null))" -v sessions="$sessions" -v known="$known" "$select")
  case "$found" in *'|'*) ;; *) echo no-proc; exit 0;; esac
  sessions=\${found%%|*}
  all=\${found#*|}
  known=\${all#*|}
  all=\${all%|*}
}
end_if_gone() {
  find_all
  [ -z "$all" ] || { gone=stopped; return 0; }
  echo "$gone"
  exit 0
}
pause() { sleep "$1" 2>/dev/null || sleep 1; }`;

const STAGE = `stage() {
  end_if_gone
  signal=$1
  kill "-$signal" $all 2>/dev/null
  shift
  for seconds in "$@"; do
    pause "$seconds"; end_if_gone
    [ "$signal" = KILL ] && kill -KILL $all 2>/dev/null
  done
}`;

/** How long after KILL the script still looks whether the processes are gone, in milliseconds. */
const KILL_GRACE_MS = 1_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 400;

/** Pauses between two looks, in seconds: short at first, and few, since a look costs more than a pause on a server with many processes. */
function pauses(totalMs: number): string {
  const seconds: number[] = [];
  let pause = FIRST_PAUSE_MS;
  for (let left = totalMs; left > 0; left -= pause, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    seconds.push(Math.min(pause, left) / 1_000);
  }
  return seconds.join(' ');
}

/** Longest time that the stop script pauses on the server, in milliseconds. */
export function stopDurationMs(settings: SshSettings): number {
  return settings.ssh_interrupt_grace_ms + settings.ssh_terminate_grace_ms + KILL_GRACE_MS;
}

/** A command that ends every process of the request that it can find: INT, then TERM, then KILL, each with its time to be obeyed; says what is left. */
export function stopCommand(requestId: string, settings: SshSettings): string {
  const script = [
    // A pattern that does not match itself, so that this script is not found by its own command line.
    `marker='[${REQUEST_MARKER.charAt(0)}]${REQUEST_MARKER.slice(1)}=${requestId}'`,
    `match='${MARKED}'`,
    `select='${SELECT}'`,
    LOOK,
    FIND,
    STAGE,
    `stage INT ${pauses(settings.ssh_interrupt_grace_ms)}`,
    `stage TERM ${pauses(settings.ssh_terminate_grace_ms)}`,
    `stage KILL ${pauses(KILL_GRACE_MS)}`,
    'set -- $all; echo "left $#"',
  ].join('\n');
  return `exec /bin/sh -c ${quoteForLoginShell(script)} </dev/null`;
}

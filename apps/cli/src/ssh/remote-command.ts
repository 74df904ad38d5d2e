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

/** What the stop script prints: nothing of the request is left; so many processes are; or this system does not show processes. */
export const STOP_ANSWER = /^(stopped|left (\d+)|no-proc)$/m;

/**
 * Finds the processes by the marker, in their environment or, for the login shell that set it, in their command line; and with them whatever
 * else is in a session that belongs to the request wholly (its leader is marked or gone), so that a child started with an empty environment
 * does not escape. A session whose leader is a stranger is left alone: not every SSH server gives a command a session of its own; so is session
 * 0, whose leader is outside the container. Sessions are remembered from one look to the next, since the marked processes may be the first to
 * go. Zombies are gone already.
 */
const SELECT = `
  { rest = $0; sub(/.*[)] /, "", rest); split(rest, field, " "); if (field[1] != "Z") session[$1] = field[4] }
  END {
    split(marked, list, " "); for (i in list) ours[list[i]] = 1
    split(known, before, " "); for (i in before) owned[before[i]] = 1
    for (pid in ours) if (pid in session && session[pid] > 0 && (session[pid] in ours || !(session[pid] in session))) owned[session[pid]] = 1
    for (id in owned) printf "%s ", id
    printf "|"
    for (pid in session) if (pid in ours || session[pid] in owned) printf "%s ", pid
  }`;

/** Prints the id of each process of which a part, between two NULs, matches the marker: the grep of busybox would see the first part only. */
const MARKED = `
  /^==> [0-9]+/ { split($2, path, "/"); pid = path[1]; next }
  $0 ~ marker { print pid }`;

/** Bytes read of an environment, which Linux bounds at a quarter of the stack. */
const ENVIRONMENT_BYTES = 8_388_608;

const FIND = `sessions=''
find_all() {
  marked=$(head -c ${ENVIRONMENT_BYTES} [0-9]*/environ [0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | awk -v marker="$marker" "$match")
  found=$(cat [0-9]*/stat 2>/dev/null | awk -v marked="$(echo $marked)" -v known="$sessions" "$select")
  case "$found" in *'|'*) ;; *) echo no-proc; exit 0;; esac
  sessions=\${found%%|*}
  all=\${found#*|}
}
end_if_gone() { find_all; [ -n "$all" ] || { echo stopped; exit 0; }; }
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

/** A command that ends every process of the request: INT, then TERM, then KILL, each with its time to be obeyed; says what is left. */
export function stopCommand(requestId: string, settings: SshSettings): string {
  const script = [
    // A pattern that does not match itself, so that this script is not found by its own command line.
    `marker='[${REQUEST_MARKER.charAt(0)}]${REQUEST_MARKER.slice(1)}=${requestId}'`,
    `match='${MARKED}'`,
    `select='${SELECT}'`,
    'cd /proc && [ -r self/environ ] && command -v awk head tr >/dev/null || { echo no-proc; exit 0; }',
    FIND,
    STAGE,
    `stage INT ${pauses(settings.ssh_interrupt_grace_ms)}`,
    `stage TERM ${pauses(settings.ssh_terminate_grace_ms)}`,
    `stage KILL ${pauses(KILL_GRACE_MS)}`,
    'set -- $all; echo "left $#"',
  ].join('\n');
  return `exec /bin/sh -c ${quoteForLoginShell(script)} </dev/null`;
}

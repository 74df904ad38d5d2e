import { ServonautError } from '@servonaut/contracts';
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
    message: `The command is longer than ${COMMAND_BYTES} bytes when quoted.`,
  });
}

/**
 * The command line for the login shell, whichever it is: runs `command` by `/bin/sh`, marked as of this request. `export` and `exec` cost one
 * process image less than `exec env`, and without stdin the channel stays open for signals, which an end of file would not allow.
 * @throws ServonautError `payload_too_large`
 */
export function markedCommand(requestId: string, command: string, stdin: 'empty' | 'given'): string {
  if (!REQUEST_ID.test(requestId))
    throw new ServonautError('internal', { detail: 'request id is not fit for a shell' });
  const redirect = stdin === 'empty' ? ' </dev/null' : '';
  return checked(`export ${REQUEST_MARKER}=${requestId}; exec /bin/sh -c ${quoteForLoginShell(command)}${redirect}`);
}

/** What the stop script prints: nothing of the request is left; so many processes are; or this system does not show processes. */
export const STOP_ANSWER = /^(stopped|left (\d+)|no-proc)$/m;

/**
 * Finds the processes by the marker in their environment, and with them whatever else is in a session that belongs to the request wholly (its
 * leader is marked or gone), so that a child started with an empty environment does not escape. A session whose leader is a stranger is left
 * alone: not every SSH server gives a command a session of its own. Sessions are remembered from one look to the next, since the marked
 * processes may be the first to go. Zombies are gone already.
 */
const FIND = `sessions=' '
find_all() {
  marked=' '
  for file in $(grep -lsF "$marker" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}; marked="$marked\${pid%/environ} "
  done
  for pid in $marked; do
    read_stat "/proc/$pid/stat" || continue
    case "$marked" in *" $session "*) sessions="$sessions$session ";; *) [ -e "/proc/$session" ] || sessions="$sessions$session ";; esac
  done
  all=''
  for file in /proc/[0-9]*/stat; do
    read_stat "$file" || continue
    [ "$state" = Z ] && continue
    pid=\${file#/proc/}; pid=\${pid%/stat}
    case "$sessions" in *" $session "*) all="$all $pid"; continue;; esac
    case "$marked" in *" $pid "*) all="$all $pid";; esac
  done
}
read_stat() {
  { IFS= read -r line < "$1"; } 2>/dev/null || return 1
  set -- \${line##*) }
  state=$1; session=$4
}
end_if_gone() { find_all; [ -n "$all" ] || { echo stopped; exit 0; }; }
pause() { sleep 0.05 2>/dev/null || sleep 1; }`;

const STAGE = `stage() {
  end_if_gone
  kill "-$1" $all 2>/dev/null
  rounds=0
  while [ "$rounds" -lt "$2" ]; do
    pause; rounds=$((rounds + 1)); end_if_gone
    [ "$1" = KILL ] && kill -KILL $all 2>/dev/null
  done
}`;

/** How long after KILL the script still looks whether the processes are gone, in milliseconds. */
const KILL_GRACE_MS = 1_000;
const ROUND_MS = 50;

/** Longest time that the stop script takes on the server, in milliseconds. */
export function stopDurationMs(settings: SshSettings): number {
  return settings.ssh_interrupt_grace_ms + settings.ssh_terminate_grace_ms + KILL_GRACE_MS;
}

/** A command that ends every process of the request: INT, then TERM, then KILL, each with its time to be obeyed; says what is left. */
export function stopCommand(requestId: string, settings: SshSettings): string {
  const rounds = (milliseconds: number) => Math.ceil(milliseconds / ROUND_MS);
  const script = [
    `marker=${REQUEST_MARKER}=${requestId}`,
    '[ -r /proc/self/environ ] || { echo no-proc; exit 0; }',
    FIND,
    STAGE,
    `stage INT ${rounds(settings.ssh_interrupt_grace_ms)}`,
    `stage TERM ${rounds(settings.ssh_terminate_grace_ms)}`,
    `stage KILL ${rounds(KILL_GRACE_MS)}`,
    'set -- $all; echo "left $#"',
  ].join('\n');
  return `exec /bin/sh -c ${quoteForLoginShell(script)} </dev/null`;
}

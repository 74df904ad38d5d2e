import { quote } from '@servonaut/contracts';
import { FIRST_PROCESS, PROC_ROWS, PROC_STATS, PS_ROWS, SELECTION } from './process-selection.ts';
import { requestMark } from './remote-command.ts';
import type { SshSettings } from './ssh-settings.ts';

/** What the stop script prints: no process that it can find is left; so many are; or this system does not show processes. */
export const STOP_ANSWER = /^(stopped|left (\d+)|no-proc)$/m;

/**
 * `rows` lists processes. `testifies PID` says whether a process itself carries the mark. Heard are those of this user, and those that the SSH server
 * has started for this connection, as the request may have become another user's program (`setpriv`). Linux shows whole entries of environments and
 * arguments, of which one must be exact; newlines within them become another character, so that they make no entries. `suspects` prints the ids of
 * those to be looked at, at best only those that hold the mark anywhere: a grep that sees beyond a NUL, unlike that of busybox, tells them in one go. The first process comes
 * first, since most of the others are found by it.
 * Without /proc `ps` shows arguments only. What it lists of all at once tells the suspects, as a `ps` for each of them would take longer than any
 * grace on a busy server; the newlines of some make lines of their own there, so each suspect is asked for by itself before it is signalled.
 */
const LOOK = `suspects() { printf '%s\\n' $others; }
if cd /proc && [ -r $$/stat ] && [ -r $$/environ ] && echo b | tr b a | grep -qxF a; then
  gone=stopped
  rows() { ${PROC_STATS} | awk -v self=$$ -v window="$window" "$proc_rows"; }
  entries() { tr '\\n\\000' '\\001\\n' <"$1"; }
  is_sibling() { [ "$PPID" -gt 1 ] && printf '%s\\n' "$table" | grep -q "^$1 $PPID "; }
  testifies() {
    [ -O "$1" ] || is_sibling "$1" || return 1
    entries "$1/environ" | grep -qxF "$mark" || entries "$1/cmdline" | awk -v first="export $mark;" "$first_process"
  }
  if printf 'a\\000b' | grep -qF b; then
    suspects() { grep -lsF "$mark" $(printf '%s/cmdline ' $others) $(printf '%s/environ ' $others); }
  fi
else
  gone=no-proc
  rows() {
    ps -A -o pid= -o ppid= -o pgid= -o uid= -o stat= -o etime= -o lstart= | awk -v uid="$(id -u)" -v window="$window" "$ps_rows"
  }
  suspects() { ps -A -ww -o pid= -o command= | shown="export $mark;" awk 'index($0, ENVIRON["shown"]) { print $1 + 0 }'; }
  testifies() {
    command=$(ps -ww -o command= -p "$1")
    case "$command" in "\${command%% *} -c export $mark;"*) ;; *) return 1; esac
  }
fi`;

const FIND = `sessions='' known=''
select_marked() {
  found=$(printf '%s\\n' "$1" "$known" "$sessions" "$table" | awk -v self=$$ "$selection")
  case "$found" in *'|'*'|'*'|'*) ;; *) echo no-proc; exit 0; esac
  others=\${found##*|} rest=\${found%|*}
  known=\${rest##*|} rest=\${rest%|*}
  all=\${rest##*|} sessions=\${rest%|*}
}
find_all() {
  table=$(rows)
  select_marked ''
  [ -n "$others" ] || return 0
  for suspect in $(suspects); do
    pid=\${suspect%%/*}
    case " $all" in *" $pid "*) continue; esac
    testifies "$pid" && select_marked "$pid"
  done
}
end_if_gone() {
  find_all
  [ -z "$all" ] || { gone=stopped; return 0; }
  echo "$gone"
  exit 0
}
pause() { sleep "$1" || sleep 1; }`;

/** Looks for more of a request while it is held still; a process that has more children than this meanwhile is not held by STOP. */
const HOLD_LOOKS = 8;

/**
 * `hold` stops those found until no more are found. A child that is born between a look and a signal is known by its parent alone, which the signal
 * may end; held, the parent bears no more. The signal is felt when they go on, so nobody is left held.
 */
const STAGE = `hold() {
  held=' ' looks=0
  while new='' looks=$((looks + 1)); [ "$looks" -le ${HOLD_LOOKS} ]; do
    for pid in $all; do
      case "$held" in *" $pid "*) ;; *) new="$new $pid" ;; esac
    done
    [ -n "$new" ] || return 0
    kill -STOP $new
    held="$held$new "
    find_all
  done
}
stage() {
  end_if_gone
  hold
  signal=$1
  kill "-$signal" $all
  kill -CONT $all
  shift
  for seconds in "$@"; do
    pause "$seconds"; end_if_gone
    [ "$signal" = KILL ] && kill -KILL $all
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

/**
 * A command that ends every process of the request that it can find: INT, then TERM, then KILL, each with its time to be obeyed; says what is left.
 * @param windowMs no process that is older when the script starts carries the mark for it; those that descend from one that does are younger anyhow
 */
export function stopCommand(requestId: string, windowMs: number, settings: SshSettings): string {
  const script = [
    // Messages about processes that end meanwhile. Awk in another locale would not read names that are no text in it, and ps would translate dates.
    'exec 2>/dev/null; LC_ALL=C; export LC_ALL',
    `mark='${requestMark(requestId)}' window=${Math.ceil(windowMs / 10)}`,
    `proc_rows='${PROC_ROWS}'`,
    `ps_rows='${PS_ROWS}'`,
    `selection='${SELECTION}'`,
    `first_process='${FIRST_PROCESS}'`,
    LOOK,
    FIND,
    STAGE,
    `stage INT ${pauses(settings.ssh_interrupt_grace_ms)}`,
    `stage TERM ${pauses(settings.ssh_terminate_grace_ms)}`,
    `stage KILL ${pauses(KILL_GRACE_MS)}`,
    'set -- $all; echo "left $#"',
  ].join('\n');
  return `exec /bin/sh -c ${quote(script)} </dev/null`;
}

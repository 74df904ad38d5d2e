/** Bytes after which a new file for output begins. The last full one and the one that is written are kept. */
export const OUTPUT_FILE_BYTES = 8 * 1024 * 1024;

/** State of this many jobs is kept for one account. */
export const MOST_JOBS = 100;

/** Exit codes with which nothing has been started. */
export const DETACHED_FAULTS = { noSession: 70, tooMany: 72, noFolder: 73, notStarted: 75 } as const;

/**
 * Prints which process has the number `pid` now: of which boot it is, and when it began. That is the same for the whole life of a process, and never for
 * two of them, nor where there is none or it has ended and is only not yet waited for.
 */
const PROCESS_IDENTITY = `if [ -r "/proc/$pid/stat" ]; then echo "$(cat /proc/sys/kernel/random/boot_id)/$(tail -n 1 "/proc/$pid/stat" | sed -e 's/.*) //' -e '/^[ZX]/d' | cut -d ' ' -f 20)"
else LC_ALL=C ps -o lstart= -p "$pid" | tr -s ' ' _; fi`;

/** Reads `pid` and sets `now` to what is printed above. */
export const LOOK_AT_PROCESS = `now=$(${PROCESS_IDENTITY})`;

/**
 * Runs as the leader of the session: `$1` is the folder, `$2` the command.
 *
 * - A trap that does something is reset in what is started, one that ignores is not: the command can be interrupted, and this shell lives to tell how it ended.
 * - What keeps the output ignores signals, since it must take what the command says when it is stopped. It ends when nobody can write any more.
 * - dd passes on what it reads at once, where head and cat of some systems wait for a whole block.
 * - When it was stopped, what does not hold the output and has not heeded goes at the end, while this shell still leads the group.
 * - The number of the first byte of each file is in its name, so that whoever reads needs nothing else to know where they are.
 */
export const RUNNER = `trap : HUP INT QUIT TERM
identity() { pid=$1; ${PROCESS_IDENTITY}; }
put() { cat > "$1.new" && mv "$1.new" "$1"; }
kept() {
  trap '' HUP INT QUIT TERM
  at=0 old=
  while :; do
    file=$1.$(printf %015d "$at") size=0
    : > "$file"
    while [ "$size" -lt ${OUTPUT_FILE_BYTES} ]; do
      dd bs=4096 count=256 2>/dev/null >> "$file"
      now=$(($(wc -c < "$file")))
      [ "$now" -gt "$size" ] || return
      size=$now
    done
    [ -z "$old" ] || rm -f "$old"
    old=$file at=$((at + size))
  done
}
mask=$(umask); umask 077
mkfifo "$1/stdout.pipe" "$1/stderr.pipe" || exit
kept "$1/stdout" < "$1/stdout.pipe" &
kept "$1/stderr" < "$1/stderr.pipe" &
echo "$$ $(identity $$)" | put "$1/process"
(umask "$mask"; exec /bin/sh -c "$2" < /dev/null > "$1/stdout.pipe" 2> "$1/stderr.pipe")
code=$?
while ! wait; do :; done
echo "$code $(date +%s)" | put "$1/exit"
[ ! -f "$1/stopped" ] || kill -s KILL 0`;

/** Reads `job`, `owner`, `name`, `keep`, `digest`, `command` and `runner`. */
export const LAUNCHER = `base=$HOME/.servonaut/jobs
folder=$base/$job
now=$(date +%s)
identity() { pid=$1; ${PROCESS_IDENTITY}; }
number() { case $1 in '' | *[!0-9]*) echo 0 ;; *) echo "$1" ;; esac; }
forget() {
  started=$(number "$(sed -n 's/^started //p' "$1/about")") hours=$(number "$(sed -n 's/^keep //p' "$1/about")")
  ended=$started
  if [ -f "$1/exit" ]; then ended=$(number "$(cut -d ' ' -f 2 "$1/exit")")
  elif [ -f "$1/process" ] && [ "$(identity "$(cut -d ' ' -f 1 "$1/process")")" = "$(cut -d ' ' -f 2 "$1/process")" ]; then return; fi
  [ "$((ended + hours * 3600))" -ge "$now" ] || rm -rf "$1"
}
count=0
for one in "$base"/*/; do
  [ -f "$one/about" ] || continue
  forget "$one"
  [ ! -d "$one" ] || count=$((count + 1))
done
[ "$count" -lt ${MOST_JOBS} ] || exit ${DETACHED_FAULTS.tooMany}
mask=$(umask); umask 077
mkdir -p "$base" && mkdir "$folder" || exit ${DETACHED_FAULTS.noFolder}
printf '%s\\n' "owner $owner" "name $name" "keep $keep" "digest $digest" "started $now" > "$folder/about" || exit ${DETACHED_FAULTS.noFolder}
umask "$mask"
set -- /bin/sh -c "$runner" servonaut-job "$folder" "$command"
if setsid -f true 2>/dev/null; then setsid -f "$@" < /dev/null > /dev/null 2>&1
elif command -v perl > /dev/null; then perl -MPOSIX=setsid -e 'exit if fork; setsid(); exec @ARGV' "$@" < /dev/null > /dev/null 2>&1
elif command -v setsid > /dev/null; then setsid "$@" < /dev/null > /dev/null 2>&1 &
elif command -v daemon > /dev/null; then daemon -f "$@"
else rm -rf "$folder"; exit ${DETACHED_FAULTS.noSession}; fi
tries=0
until [ -s "$folder/process" ]; do
  [ "$tries" -lt 50 ] || exit ${DETACHED_FAULTS.notStarted}
  tries=$((tries + 1))
  sleep 0.1 2> /dev/null || sleep 1
done`;

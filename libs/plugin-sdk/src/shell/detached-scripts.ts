/** Bytes after which a new file for output begins. The last full one and the one that is written are kept. */
export const OUTPUT_FILE_BYTES = 8 * 1024 * 1024;

/** Jobs of one caller whose state and output are kept for one account; beyond, that of the one that has ended first is forgotten. */
export const KEPT_JOBS = 50;

/** Seconds in which a job that was written down has to have begun; one that has not by then is lost. */
export const BEGIN_SECONDS = 60;

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
 * - Where no more can be written, such as on a full disk, the rest of the output is thrown away: the command does not end for it.
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
      [ "$now" -gt "$size" ] || { cat > /dev/null; return; }
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

/**
 * Reads `job`, `owner`, `name`, `keep`, `most`, `digest`, `command` and `runner`.
 *
 * The job is written down first and then counted, so that of several which start at once no more go on than may run. What nobody has seen end is kept
 * from when it is first missed. Where others may write into a home folder, they could have made the folder first, and lead what is written elsewhere.
 */
export const LAUNCHER = `base=$HOME/.servonaut/jobs
folder=$base/$job
now=$(date +%s)
identity() { pid=$1; ${PROCESS_IDENTITY}; }
is_running() {
  if [ -f "$1/process" ]; then
    read -r pid was < "$1/process"
    [ "$(identity "$pid")" = "$was" ]
  else [ "$((now - began))" -lt ${BEGIN_SECONDS} ]; fi
}
look_at() {
  its='' began=0 hours=0 ended=''
  while read -r key value; do
    case $key in
      owner) its=$value ;;
      started | keep)
        case $value in '' | *[!0-9]* | 0?*) value=0 ;; esac
        if [ "$key" = keep ]; then hours=$value; else began=$value; fi ;;
    esac
  done < "$1/about"
  if [ -f "$1/exit" ]; then read -r value ended < "$1/exit"
  elif is_running "$1"; then return
  else
    [ -f "$1/lost" ] || echo "$now" > "$1/lost"
    read -r ended < "$1/lost"
  fi
  case $ended in '' | *[!0-9]* | 0?*) ended=$began ;; esac
}
mask=$(umask); umask 077
mkdir -p "$base" || exit ${DETACHED_FAULTS.noFolder}
for one in "\${base%/*}" "$base"; do
  [ -O "$one" ] && chmod go-w "$one" || { echo 'the folder ~/.servonaut/jobs is not of this account alone.' >&2; exit ${DETACHED_FAULTS.noFolder}; }
done
mkdir "$folder" || exit ${DETACHED_FAULTS.noFolder}
printf '%s\\n' "owner $owner" "name $name" "keep $keep" "digest $digest" "started $now" > "$folder/about.new" &&
  mv "$folder/about.new" "$folder/about" || exit ${DETACHED_FAULTS.noFolder}
running=0 kept=0 first='' first_end=''
for one in "$base"/*; do
  [ -f "$one/about" ] || continue
  look_at "$one"
  if [ -n "$ended" ] && [ "$((ended + hours * 3600))" -lt "$now" ]; then rm -rf "$one"; continue; fi
  [ "$its" = "$owner" ] || continue
  kept=$((kept + 1))
  if [ -z "$ended" ]; then running=$((running + 1))
  elif [ -z "$first" ] || [ "$ended" -lt "$first_end" ]; then first=$one first_end=$ended; fi
done
if [ "$running" -gt "$most" ]; then rm -rf "$folder"; exit ${DETACHED_FAULTS.tooMany}; fi
[ "$kept" -le ${KEPT_JOBS} ] || [ -z "$first" ] || rm -rf "$first"
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

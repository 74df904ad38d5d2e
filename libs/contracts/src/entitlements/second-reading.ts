/**
 * Programs whose arguments are a command, or a program in a language. Names of versions and builds (`python3.11`, `bash-static`, `dash.distrib`) count as the
 * name. The list is a guard against the
 * obvious mistake and no more: what the approved program makes of its arguments is for its author to know.
 */
const SECOND_READERS: ReadonlySet<string> = new Set(
  (
    'sh ash bash dash ksh mksh pdksh lksh oksh loksh yash posh rc es zsh rbash rksh rzsh fish csh tcsh elvish xonsh nu pwsh powershell busybox toybox ' +
    'eval exec command time env xargs parallel watch script flock ssh rsh mosh su sg newgrp runuser run0 pkexec gosu su-exec setpriv ' +
    'capsh chroot fakeroot setsid setarch taskset chrt numactl cgexec prlimit softlimit chpst stdbuf unbuffer strace ltrace gdb perf systemd-run unshare nsenter bwrap firejail ' +
    'entr inotifywait at batch crontab tmux screen dtach socat make awk gawk mawk nawk sed ed ex vi vim nvim emacs m4 bc dc perl python pypy node nodejs deno bun ruby jruby ' +
    'php lua luajit tclsh wish expect guile groovy scala jshell rscript octave psql mysql mariadb sqlite3 mongosh redis-cli'
  ).split(' '),
);

/** Those that run what stands after them, with how many words of their own they have before it. */
const PREFIXES: ReadonlyMap<string, number> = new Map([
  ['sudo', 0],
  ['doas', 0],
  ['nice', 0],
  ['ionice', 0],
  ['nohup', 0],
  ['timeout', 1],
]);

const INSTEAD = 'put what it is to do into a script on the server';

/** A word of a template: its text, or undefined where it has a placeholder. */
type Word = string | undefined;

/**
 * Finds the obvious mistakes by which a value would be a program, or be read as one.
 * @param words of a template with placeholders, the program first
 * @returns what is wrong, undefined when nothing is known to be
 */
export function secondReading(words: readonly Word[]): string | undefined {
  const program = programIndex(words);
  if (typeof program === 'string') return program;
  const before = words.slice(program, words.lastIndexOf(undefined));
  const reader = before.find((word) => word !== undefined && readsAgain(nameOf(word)));
  return reader && `${reader} would read a value as a command or a program: ${INSTEAD}`;
}

/** Where the program is that gets the values, after those that only run it; or what is wrong there. */
function programIndex(words: readonly Word[], at = 0): number | string {
  const word = words[at];
  if (word === undefined) return 'a value cannot be the name of a program, or part of it';
  if (word.startsWith('-'))
    return `"${word}" cannot be the name of a program: no options before the program, ${INSTEAD}`;
  if (word.includes('='))
    return `"${word}" cannot be the name of a program: no variables before the program, ${INSTEAD}`;
  const own = PREFIXES.get(nameOf(word));
  if (own === undefined) return at;
  const between = words.slice(at + 1, at + 1 + own);
  if (between.includes(undefined)) return `a value cannot stand between ${word} and its program`;
  if (between.some((one) => one?.startsWith('-'))) return `no options between ${word} and its program: ${INSTEAD}`;
  return programIndex(words, at + 1 + own);
}

/** By its whole name, since some have a digit or a dash of their own, or by what stands before the version or the build. */
function readsAgain(name: string): boolean {
  return [name, name.replace(/(?<=[a-z])[-.0-9].*$/u, '')].some((one) => SECOND_READERS.has(one) || PREFIXES.has(one));
}

function nameOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1).toLowerCase();
}

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whose programs run, and whose all files are: it may change everything, and nothing of the machine. */
const OWNER = 61_234;
/** Milliseconds for one program in one shell is {@link EACH_SECONDS}; for all of a batch and its root this, besides. */
const ROOT_MS = 20_000;
const EACH_SECONDS = 0.5;

/**
 * Makes a root on a file system in memory, runs each program in it by each shell, and prints what has changed and what still runs. Own mounts,
 * processes and an own network that leads nowhere; the programs of the machine, read-only.
 */
const DRIVER = `
set -eu
root=$1 template=$2 programs=$3
mount -t tmpfs -o size=64m,mode=755 none "$root"
cp -a "$template/." "$root/"
for each in usr bin sbin lib lib32 lib64; do
  if [ -L "/$each" ]; then cp -a "/$each" "$root/"
  elif [ -d "/$each" ]; then mkdir "$root/$each"; mount --rbind "/$each" "$root/$each"; mount -o remount,bind,ro "$root/$each"; fi
done
mkdir "$root/proc" "$root/dev" "$root/programs"
mount -t proc -o ro proc "$root/proc"
mount -t tmpfs -o size=64k,mode=755 none "$root/dev"
for each in null zero full urandom; do touch "$root/dev/$each"; mount --bind "/dev/$each" "$root/dev/$each"; done
ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
mount --bind "$programs" "$root/programs"; mount -o remount,bind,ro "$root/programs"
# The time of /tmp itself is that of files which were taken away again.
listing() { find "$root" -xdev \\( -path '*/.git' -o -path '*/.git/index' -o -path "$root/tmp" \\) -o -printf '%P %i %y %s %m %U %G %T@ %C@ %l\\n' | sort; }
before=$(listing)
status=0
chroot --userspec=${OWNER}:${OWNER} --groups=${OWNER} "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/home/user LANG=C.UTF-8 /bin/sh /programs/run || status=$?
[ "$status" = 0 ] || echo "the runner ended with $status"
still() {
  for each in "$root"/proc/[0-9]*; do
    [ "$(stat -c %u "$each" 2>/dev/null)" = ${OWNER} ] || continue
    ! grep -q '^State:.Z' "$each/status" 2>/dev/null && echo "still runs: $(tr '\\0' ' ' < "$each/cmdline")"
  done
}
tries=0
while [ -n "$(still)" ] && [ "$tries" -lt 10 ]; do sleep 0.05; tries=$((tries + 1)); done
still
after=$(listing)
if [ "$before" != "$after" ]; then
  printf '%s\\n' "$before" > "$root/.before"; printf '%s\\n' "$after" > "$root/.after"
  diff "$root/.before" "$root/.after" | grep '^[<>]' | head -6
fi
exit 0
`;

const RUNNER = `
ulimit -t 2
ulimit -f 4096
ulimit -c 0
cd /srv/app
for each in /programs/[0-9]*; do
  for shell in SHELLS; do timeout -s KILL ${EACH_SECONDS} $shell "$each" a.txt < /dev/null > /dev/null 2>&1; done
done
exit 0
`;

const SHELLS = [
  ['/bin/bash', 'bash'],
  ['/bin/dash', 'dash'],
  ['/bin/busybox', '"busybox sh"'],
] as const;
const UNSHARE = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private'];

/** What is missing here for a {@link ThrowAwayRoot}, for `unlessMissing`. */
export function missingThrowAwayRoot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'Linux and root, for a root to throw away';
  const { status } = spawnSync('unshare', [...UNSHARE, 'true']);
  return status === 0 ? undefined : 'the right to unshare(2), for a root to throw away';
}

/** Where programs run without harm. */
export class ThrowAwayRoot {
  readonly #folder = mkdtempSync(join(tmpdir(), 'servonaut-root-'));
  readonly shells = SHELLS.filter(([path]) => existsSync(path)).map(([, shell]) => shell);

  constructor() {
    for (const each of ['root', 'template', 'programs']) mkdirSync(join(this.#folder, each));
    chmodSync(this.#folder, 0o755);
    fillTemplate(join(this.#folder, 'template'));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** What they left behind: files that are new, gone or others, and processes. Empty when there is nothing. */
  run(programs: readonly string[]): string {
    const folder = join(this.#folder, 'programs');
    for (const each of readdirSync(folder)) rmSync(join(folder, each));
    programs.forEach((program, at) => writeFileSync(join(folder, String(at).padStart(5, '0')), program));
    // A list for the shell's own `for`, in which busybox and its applet are one word that is split where it is used.
    writeFileSync(join(folder, 'run'), RUNNER.replace('SHELLS', this.shells.join(' ')));
    const args = ['root', 'template', 'programs'].map((each) => join(this.#folder, each));
    const timeout = ROOT_MS + programs.length * this.shells.length * EACH_SECONDS * 1_000;
    const { stdout, stderr, error } = spawnSync('unshare', [...UNSHARE, 'sh', '-c', DRIVER, 'sh', ...args], {
      encoding: 'utf8',
      timeout,
    });
    if (error) throw error;
    return `${stdout}${stderr}`.trim();
  }

  /** Each program that leaves something behind, and what. */
  findings(programs: readonly string[]): readonly (readonly [program: string, left: string])[] {
    const left = this.run(programs);
    if (left === '') return [];
    const [only] = programs;
    if (only !== undefined && programs.length === 1) return [[only, left]];
    const half = Math.ceil(programs.length / 2);
    return [...this.findings(programs.slice(0, half)), ...this.findings(programs.slice(half))];
  }
}

function fillTemplate(root: string): void {
  const files: readonly (readonly [string, string])[] = [
    ['srv/app/a.txt', 'a 1\nb 2\nc x\n'],
    ['srv/app/b.log', '2026-01-01 error a\n'],
    ['srv/app/c', 'c\n'],
    ['srv/b', 'b\n'],
    ['etc/hosts', '127.0.0.1 localhost\n'],
    ['etc/passwd', `root:x:0:0::/root:/bin/sh\nuser:x:${OWNER}:${OWNER}::/home/user:/bin/sh\n`],
    ['etc/group', `root:x:0:\nuser:x:${OWNER}:\n`],
    ['var/log/app.log', 'x\n'],
    ['home/user/.profile', ''],
    ['tmp/x', 'x\n'],
    ['run/x', 'x\n'],
  ];
  for (const [path, text] of files) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const git = (...args: string[]) =>
    spawnSync('git', ['-C', join(root, 'srv/repo'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
  mkdirSync(join(root, 'srv/repo'));
  writeFileSync(join(root, 'srv/repo/f'), 'f\n');
  for (const args of [
    ['init', '-q'],
    ['add', 'f'],
    ['commit', '-qm', 'f'],
  ])
    git(...args);
  for (const each of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    chownSync(join(root, each), OWNER, OWNER);
  chownSync(root, OWNER, OWNER);
}

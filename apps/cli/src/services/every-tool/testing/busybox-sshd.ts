import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireProgram, startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';

const SFTP_SERVERS = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server'];
/** The account may make a root of its own: in it, it is root. */
const UNSHARE = ['--user', '--map-root-user', '--mount'];

/** A server on which there is busybox and nothing else. */
export interface BusyboxServer {
  readonly sshd: TestSshd;
  /** Where the server's `/` is on this machine; `/` itself where only PATH is another. */
  readonly root: string;
  /** Where it may write, in `root`. */
  readonly folder: string;
  readonly isIsolated: boolean;
}

/**
 * With a root of its own, in which there are busybox, the sftp-server of OpenSSH and what both are linked to; it shares the processes, the
 * network and the kernel of this machine. Where this account may not make one, as on systems that restrict user namespaces, only PATH and the shell
 * are busybox's: a program that is called by its path, `/etc` and the rest of the file system are this machine's then.
 */
export async function startBusyboxSshd(): Promise<BusyboxServer> {
  const root = await temporaryFolder();
  chmodSync(root, 0o755);
  const busybox = realpathSync(requireProgram('busybox'));
  const sftpServer = SFTP_SERVERS.find(existsSync);
  fill(root, busybox, sftpServer);
  const isIsolated = sftpServer !== undefined && mayUnshare();
  const command = join(root, 'session');
  writeFileSync(
    command,
    isIsolated ? isolated(root, busybox, sftpServer) : byPath(root, busybox, sftpServer ?? 'false'),
    {
      mode: 0o755,
    },
  );
  const sshd = await startSshd({ config: [`ForceCommand ${command}`] });
  // In its namespace the account is root, to whom such folders belong on a server.
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '-h', `${sshd.user}:`, root]);
  return { sshd, root: isIsolated ? root : '/', folder: isIsolated ? '/srv' : join(root, 'srv'), isIsolated };
}

/** As the account that logs in would: of root's own right nothing follows. */
function mayUnshare(): boolean {
  const { status } = spawnSync(
    'unshare',
    [...UNSHARE, 'true'],
    process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {},
  );
  return status === 0;
}

function fill(root: string, busybox: string, sftpServer: string | undefined): void {
  for (const folder of ['bin', 'etc', 'proc', 'dev', 'root', 'srv', 'tmp', 'var/log'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const folder of ['lib', 'lib64', 'usr/lib']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'etc/os-release'), 'NAME="Busybox alone"\nPRETTY_NAME="Busybox alone 1"\n');
  const files = [busybox, ...(sftpServer ? [sftpServer] : [])].flatMap((program) => [program, ...librariesOf(program)]);
  for (const file of new Set(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets)
    if (!existsSync(join(root, 'bin', applet))) symlinkSync(busybox, join(root, 'bin', applet));
}

/** Empty for a static one. */
function librariesOf(program: string): readonly string[] {
  const { stdout } = spawnSync(requireProgram('ldd'), [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:^\s+|=> )(\/\S+)/gm)].flatMap(([, path = '']) => path);
}

/** A subsystem is asked for by what sshd is configured to run for it. */
const wanted = (sftpServer: string): string => `command=$SSH_ORIGINAL_COMMAND
case $command in internal-sftp) command='exec ${sftpServer}' ;; esac`;

const isolated = (root: string, busybox: string, sftpServer: string): string => `#!/bin/sh
${wanted(sftpServer)}
export HOME=/root SHELL=/bin/sh
exec unshare ${UNSHARE.join(' ')} /bin/sh -c 'mount --bind "$1" "$1" && mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" && exec ${busybox} chroot "$1" /bin/sh -c "PATH=/bin; cd; exec /bin/sh -c \\"\\$0\\"" "$2"
' sh '${root}' "$command"
`;

const byPath = (root: string, busybox: string, sftpServer: string): string => `#!/bin/sh
${wanted(sftpServer)}
export PATH='${root}/bin' SHELL='${root}/bin/sh'
exec ${busybox} sh -c "$command"
`;

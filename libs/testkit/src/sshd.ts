import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { requireProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { processesOf } from './process-tree.ts';
import { writeSshClientFiles, type SshClientFiles } from './ssh-client-files.ts';
import { makeSshKey, saveSshKey } from './ssh-key.ts';
import { sshdConfiguration } from './sshd-configuration.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testAccount, type TestAccount } from './test-account.ts';
import { startProcess, type TestProcess } from './test-process.ts';
import { waitFor } from './wait-for.ts';

const HOST = '127.0.0.1';
const ALIAS = 'web-1';

export interface SshdOptions {
  /** Sessions on one connection; 10 when not given, as sshd has it. */
  readonly maxSessions?: number;
  /** Offers the method `password` too. No password is accepted for the account that root's tests use. */
  readonly allowPassword?: boolean;
  /** A private host key in OpenSSH's format, instead of a fresh one. */
  readonly hostKey?: string;
  /** Further lines of sshd_config(5); they win over the kit's own. */
  readonly config?: readonly string[];
  /** Port, to take the place of a server that was stopped. */
  readonly port?: number;
}

interface SshdFacts extends SshClientFiles {
  readonly host: string;
  readonly port: number;
  /** The account that may log in. */
  readonly user: string;
  readonly privateKeyPath: string;
  readonly privateKey: string;
  readonly hostKeyFingerprint: string;
  /** A folder of its own in which the account may write. It is not the account's login folder, which all tests share. */
  readonly home: string;
}

/** A real OpenSSH server on loopback. In its `sshConfigPath` it is called `web-1`. */
export interface TestSshd extends SshdFacts {
  /** What sshd has logged, at level VERBOSE. */
  logs(): string;
  /** Kills the processes of its connections, and of what was started through them; it takes new ones. */
  cut(): void;
  /** Ends the server, its connections, and whatever was started through it. */
  stop(): Promise<void>;
  /** Ends all that, and starts again on the same port with the same keys. */
  restart(): Promise<void>;
}

/** Starts sshd; resolves when it has shown its banner. */
export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const prepared = await prepare(options);
  let sshd = await launch(prepared);
  const stop = (): Promise<void> => end(sshd, prepared.mark);
  const restart = async (): Promise<void> => {
    await stop();
    sshd = await launch(prepared);
  };
  const cut = (): void => processesOf(sshd.pid, prepared.mark).forEach(killIfThere);
  return { ...prepared.facts, logs: () => sshd.output(), cut, stop, restart };
}

interface PreparedSshd {
  readonly facts: SshdFacts;
  readonly configPath: string;
  /** Environment entry of everything that this server starts. */
  readonly mark: string;
}

async function prepare(options: SshdOptions): Promise<PreparedSshd> {
  const account = await testAccount();
  const folder = await temporaryFolder();
  // sshd reads authorized_keys as the account that logs in.
  await chmod(folder, 0o755);
  const home = await writableFolder(join(folder, 'home'), account);
  const clientKey = await makeSshKey(join(folder, 'client_key'));
  const hostKeyPath = join(folder, 'host_key');
  const hostKey = await (options.hostKey ? saveSshKey(hostKeyPath, options.hostKey) : makeSshKey(hostKeyPath));
  const port = options.port ?? (await freePort());

  const configPath = join(folder, 'sshd_config');
  const authorizedKeysPath = join(folder, 'authorized_keys');
  const mark = `SERVONAUT_TEST_SSHD=${randomUUID()}`;
  await writeFile(authorizedKeysPath, `${clientKey.publicKey}\n`);
  await writeFile(
    configPath,
    await sshdConfiguration({ ...options, host: HOST, port, hostKeyPath, authorizedKeysPath, mark }),
  );

  const target = { alias: ALIAS, host: HOST, port, user: account.name, clientKey, hostKey };
  const facts: SshdFacts = {
    host: HOST,
    port,
    user: account.name,
    privateKeyPath: clientKey.path,
    privateKey: clientKey.privateKey,
    hostKeyFingerprint: hostKey.fingerprint,
    home,
    ...(await writeSshClientFiles(folder, target)),
  };
  return { facts, configPath, mark };
}

async function writableFolder(path: string, { uid, gid }: TestAccount): Promise<string> {
  await mkdir(path);
  await chown(path, uid, gid);
  return path;
}

async function launch({ configPath, facts: { port } }: PreparedSshd): Promise<TestProcess> {
  // Where sshd, as root, locks its unprivileged part up. Systems without a running sshd may not have it.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const sshd = await startProcess({
    command: requireProgram('sshd'),
    args: ['-D', '-e', '-f', configPath],
    ready: /^Server listening on /,
  });
  await waitFor(() => showsBanner(port), { what: `the banner of sshd on port ${port}` });
  return sshd;
}

function showsBanner(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: HOST, timeout: 2_000 });
    const answer = (shown: boolean): void => {
      socket.destroy();
      resolve(shown);
    };
    socket.once('data', (bytes) => answer(bytes.toString('latin1').startsWith('SSH-2.0-')));
    for (const failure of ['error', 'timeout', 'close']) socket.once(failure, () => answer(false));
  });
}

/** The listener goes first, so that nothing new can come while the rest is looked for. */
async function end(sshd: TestProcess, mark: string): Promise<void> {
  const known = processesOf(sshd.pid, mark);
  sshd.kill('SIGKILL');
  await sshd.exited;
  for (const pid of new Set([...known, ...processesOf(sshd.pid, mark)])) killIfThere(pid);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

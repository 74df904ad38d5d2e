import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { rawShell, type ExecResult } from '@servonaut/plugin-sdk';
import { startSshd, temporaryFolder, waitFor, type SshdOptions, type TestSshd } from '@servonaut/testkit';
import type { Server, SshTarget, StrategyWish } from '../../inventory/server.ts';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import type { RemoteExecOptions } from '../remote-shell.ts';
import { SshPool } from '../ssh-pool.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS, type SshSettings } from '../ssh-settings.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export const NEVER: AbortSignal = new AbortController().signal;

/** Where control masters have their sockets. */
export const controlDir = await temporaryFolder();

const started: { close?(): void; stop?(): Promise<void> }[] = [];

/** Ends what a test has started. */
export async function endStarted(): Promise<void> {
  for (const part of started.splice(0)) await (part.stop?.() ?? part.close?.());
}

/** Ends `part` with the test. */
export function keep<Part extends { close?(): void; stop?(): Promise<void> }>(part: Part): Part {
  started.push(part);
  return part;
}

/** Of one who takes connections and never says a word. */
export async function mutePort(): Promise<number> {
  const server = createServer((socket) => keep({ close: () => socket.destroy() })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  keep({ close: () => void server.close() });
  return (server.address() as AddressInfo).port;
}

export const startOwn = async (options: SshdOptions = {}): Promise<TestSshd> => keep(await startSshd(options));
export const proxyTo = async (port: number): Promise<TcpProxy> => keep(await startTcpProxy({ port }));

/** Under which its key is on record, whatever way leads to it. */
export const hostKeyAlias = (own: TestSshd): string => own.hostKeyLine.split(' ')[0] ?? '';

/** The target with an ssh_config of its own, which says the same as the target does, and `lines` before it. */
export function withConfig(target: SshTarget, lines: readonly string[] = []): SshTarget {
  const sshConfigPath = join(mkdtempSync(join(controlDir, 'config-')), 'config');
  const own = [
    ...lines,
    `HostKeyAlias ${target.hostKeyAlias}`,
    `UserKnownHostsFile ${target.userKnownHostsFiles.join(' ')}`,
    'GlobalKnownHostsFile none',
    `IdentityFile ${target.identityFiles.join(' ')}`,
    'IdentitiesOnly yes',
  ];
  writeFileSync(sshConfigPath, `${own.join('\n')}\n`);
  return { ...target, sshConfigPath };
}

export const withKey = (target: SshTarget, path: string): SshTarget => withConfig({ ...target, identityFiles: [path] });

export function targetOf(own: TestSshd, strategy: StrategyWish, changes: Partial<SshTarget> = {}): SshTarget {
  const target = anSshTarget({
    strategy,
    host: own.host,
    port: own.port,
    user: own.user,
    identityFiles: [own.privateKeyPath],
    userKnownHostsFiles: [own.knownHostsPath],
    hostKeyAlias: hostKeyAlias(own),
    ...changes,
  });
  return withConfig(target);
}

export const serverAt = (target: SshTarget, name = 'web-1'): Server => ({
  name,
  labels: {},
  source: 'ssh_config',
  target: () => Promise.resolve(target),
});

/** A shell, and commands of it on one server. */
export function shellOn(server: Server, settings: Partial<SshSettings> = {}) {
  const pool = new SshPool({ ...DEFAULT_SSH_SETTINGS, ...settings }, join(controlDir, 'c'));
  const shell = keep(new SshRemoteShell({ ...DEFAULT_SSH_SETTINGS, ...settings }, pool));
  const exec = (command: string, options: Partial<RemoteExecOptions> = {}): Promise<ExecResult> =>
    shell.exec(server, rawShell(command), { requestId: randomUUID(), timeoutMs: 20_000, signal: NEVER, ...options });
  return { pool, shell, exec };
}

export function processesWith(text: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text) && !/^\s*\d+ Z/.test(line) && !line.includes('ps -eo'));
}

export const gone = (text: string) => waitFor(() => processesWith(text).length === 0, { what: `the end of ${text}` });

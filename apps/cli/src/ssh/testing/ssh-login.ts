import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { temporaryFolder, type TestSshd } from '@servonaut/testkit';
import type { SshTarget } from '../../inventory/server.ts';
import { anSshTarget } from '../../inventory/testing/ssh-target.ts';
import { admitHostKey, recordedHostKeys } from '../host-key-check.ts';
import type { RemoteChannel } from '../links/link.ts';
import type { Ssh2Link } from '../links/ssh2-link.ts';
import { planAuth } from '../ssh-auth.ts';
import { openSshClient } from '../ssh-client.ts';
import type { UnlockedKeys } from '../unlocked-keys.ts';

/** The way to a test server, with its host key on record and no key of ours. */
export function targetOf(sshd: TestSshd, changes: Partial<SshTarget> = {}): SshTarget {
  const { host, port, user, knownHostsPath } = sshd;
  return anSshTarget({ host, port, user, identityFiles: [], userKnownHostsFiles: [knownHostsPath], ...changes });
}

/** Connects and logs in over ssh2, without a pool. */
export async function logIn(target: SshTarget, unlocked?: UnlockedKeys): Promise<Ssh2Link> {
  const known = await recordedHostKeys(target);
  const { host, port } = target;
  return openSshClient({
    name: 'web-1',
    target,
    auth: await planAuth(target, unlocked),
    timeoutMs: 10_000,
    keepAliveMs: 10_000,
    signal: new AbortController().signal,
    recordedKeyTypes: known.keyTypes(target),
    openSocket: async () => connect({ host, port, noDelay: true }),
    checkHostKey: (key) => admitHostKey('web-1', key, known, target),
  });
}

/** What a command prints there; logs in and out. */
export async function runAt(target: SshTarget, command: string, unlocked?: UnlockedKeys): Promise<string> {
  const link = await logIn(target, unlocked);
  try {
    const channel = await new Promise<RemoteChannel>((resolve, reject) =>
      link.exec(command, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome))),
    );
    channel.end();
    return await text(channel);
  } finally {
    link.destroy();
  }
}

/** A fresh agent that holds these keys. It has to be stopped. */
export async function startAgent(...keys: string[]) {
  const socket = join(await temporaryFolder(), 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: agent.stdout }), 'line');
  const env = { SSH_AUTH_SOCK: socket, PATH: process.env['PATH'] };
  for (const key of keys) execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    agent.kill();
    await once(agent, 'exit');
  };
  return { socket, stop };
}

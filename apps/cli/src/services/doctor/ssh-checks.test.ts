import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, chown, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSshKey, startSshd, temporaryFolder, unlessMissing, type TestSshd } from '@servonaut/testkit';
import { startAgent } from '../../ssh/testing/ssh-login.ts';
import { agentCheck } from './agent-check.ts';
import { keysCheck } from './keys-check.ts';
import { serversCheck } from './servers-check.ts';
import { aPatient } from './testing/a-patient.ts';

const asRoot = unlessMissing(it, process.getuid?.() === 0 ? undefined : 'root, for a file of a second user');

let sshd: TestSshd;
let folder: string;
let key: string;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  folder = await temporaryFolder();
  key = join(folder, 'key');
});

/** Whose ssh_config is this; `web-1` is the test server with these lines before its own. */
async function configured(lines: readonly string[], more = '', keys = [`IdentityFile ${sshd.privateKeyPath}`]) {
  const config = join(folder, 'ssh_config');
  const { host, port, user, knownHostsPath } = sshd;
  const own = [
    `HostName ${host}`,
    `Port ${port}`,
    `User ${user}`,
    ...keys,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${knownHostsPath}`,
    'GlobalKnownHostsFile /dev/null',
  ];
  await writeFile(config, `${['Host web-1', ...lines, ...own].join('\n  ')}\n${more}`);
  const env = { SERVONAUT_SSH_CONFIG: config, SERVONAUT_SSH_CONNECT_TIMEOUT_MS: '2000' };
  return (select: readonly string[] = []) => aPatient({ env, select });
}

describe('a server', () => {
  it('that lets us in and runs a command is well', async () => {
    const who = await configured([]);
    expect(await serversCheck(await who())).toMatchObject([
      { state: 'ok', subject: 'web-1', what: expect.stringMatching(/^Log-in in [\d.]+ ms, a command in [\d.]+ ms\.$/) },
    ]);
  });

  it.each([
    ['shows a key that is not on record', 'UserKnownHostsFile /dev/null', 'servers trust web-1'],
    ['takes no key of ours', 'User nobody-of-this-name', 'ssh -v'],
    ['does not answer', 'Port 1', 'is up'],
    ['is configured by what is not supported', 'RemoteCommand true', ''],
  ])('that %s is a failure', async (_, line, todo) => {
    const who = await configured([line]);
    const [seen] = await serversCheck(await who());
    expect(seen).toMatchObject({ state: 'failure', subject: 'web-1', todo: expect.stringContaining(todo) });
    expect(`${seen?.what} ${seen?.todo}`).not.toContain(sshd.host);
  });

  it('stops no other, and only those are tested that are chosen', async () => {
    const who = await configured([], 'Host gone\n  HostName 127.0.0.1\n  Port 1\n  UserKnownHostsFile /dev/null\n');
    expect((await serversCheck(await who())).map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'web-1 ok',
      'gone failure',
    ]);
    expect((await serversCheck(await who(['web-*']))).map(({ subject }) => subject)).toEqual(['web-1']);
    await expect(serversCheck(await who(['none']))).rejects.toMatchObject({ code: 'unknown_server' });
  });

  it('is tested when there is room among those that are', async () => {
    const log = join(folder, 'log');
    const proxy = `sh -c 'echo begins >> ${log}; sleep 0.1; echo ends >> ${log}'`;
    const config = join(folder, 'ssh_config');
    await writeFile(config, `Host a b c\n  ProxyCommand ${proxy}\n`);
    const env = { SERVONAUT_SSH_CONFIG: config, SERVONAUT_DOCTOR_PARALLEL: '1' };
    const seen = await serversCheck(await aPatient({ env }));
    expect(seen.map(({ state }) => state)).toEqual(['failure', 'failure', 'failure']);
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines).toEqual(lines.map((_, index) => (index % 2 === 0 ? 'begins' : 'ends')));
  });

  it('that wants an encrypted key lets us in when its passphrase is given', async () => {
    await copyFile(sshd.privateKeyPath, key);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'secret', '-f', key]);
    const who = await configured([`IdentityFile ${key}`], '', []);
    expect(await serversCheck(await who())).toMatchObject([{ state: 'failure' }]);
    expect(await serversCheck({ ...(await who()), ask: async () => 'secret' })).toMatchObject([{ state: 'ok' }]);
  });

  it('that is none is a warning', async () => {
    expect(await serversCheck(await aPatient())).toMatchObject([{ state: 'warning', what: 'There are none.' }]);
  });
});

describe('the SSH agent', () => {
  it('tells how many keys it holds', async () => {
    await makeSshKey(key);
    const agent = await startAgent(key);
    const env = { SSH_AUTH_SOCK: agent.socket };
    expect(await agentCheck(await aPatient({ env }))).toMatchObject([
      { state: 'ok', what: 'It answers, and holds 1 key.' },
    ]);
    await agent.stop();
    expect(await agentCheck(await aPatient({ env }))).toMatchObject([{ state: 'warning' }]);
  });

  it('that only a server names is asked too', async () => {
    const who = await configured([`IdentityAgent ${join(folder, 'none')}`]);
    expect(await agentCheck(await who())).toMatchObject([
      { state: 'ok', subject: null, what: expect.stringContaining('SSH_AUTH_SOCK is not set') },
      { state: 'warning', subject: join(folder, 'none') },
    ]);
  });
});

describe('a key file', () => {
  const seen = async (...lines: string[]) => {
    const who = await configured([...lines, `IdentityFile ${key}`]);
    return (await keysCheck(await who())).find(({ subject }) => subject === key);
  };

  it('that is there, and for its owner alone, is well', async () => {
    await makeSshKey(key);
    expect(await seen()).toMatchObject({ state: 'ok' });
  });

  it('that is not there is a warning', async () => {
    expect(await seen()).toMatchObject({ state: 'warning', what: 'It is not there. Used for web-1.' });
  });

  it('that others can read is a failure', async () => {
    await makeSshKey(key);
    await chmod(key, 0o640);
    expect(await seen()).toMatchObject({ state: 'failure', todo: expect.stringContaining('chmod 600') });
  });

  asRoot('of another owner is left to its owner, as ssh does', async () => {
    await makeSshKey(key);
    await chmod(key, 0o640);
    await chown(key, 1, 1);
    expect(await seen()).toMatchObject({ state: 'ok' });
  });

  it('that holds a public key is well where the agent holds the private one, and others may read it', async () => {
    const pair = await makeSshKey(join(folder, 'pair'));
    await writeFile(key, `${pair.publicKey}\n`, { mode: 0o644 });
    expect(await seen()).toMatchObject({ state: 'warning', what: expect.stringContaining('public key') });
    const agent = await startAgent(pair.path);
    expect(await seen(`IdentityAgent ${agent.socket}`)).toMatchObject({ state: 'ok' });
    await agent.stop();
  });

  it('that is no key is a warning', async () => {
    await writeFile(key, 'nothing\n', { mode: 0o600 });
    expect(await seen()).toMatchObject({ state: 'warning', what: expect.stringContaining('not supported') });
  });

  it('that is encrypted is a warning when the agent does not hold its key', async () => {
    await makeSshKey(key, { passphrase: 'secret' });
    expect(await seen()).toMatchObject({ state: 'warning', todo: expect.stringContaining('ssh-add') });
  });

  it('that is encrypted, and in the agent, is well', async () => {
    await makeSshKey(key);
    const agent = await startAgent(key);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'secret', '-f', key]);
    expect(await seen(`IdentityAgent ${agent.socket}`)).toMatchObject({
      state: 'ok',
      what: 'Its key is in the SSH agent.',
    });
    await agent.stop();
  });
});

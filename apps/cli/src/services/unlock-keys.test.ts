import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeSshKey, temporaryFolder } from '@servonaut/testkit';
import type { Server, SshTarget } from '../inventory/server.ts';
import { anSshTarget } from '../inventory/testing/ssh-target.ts';
import { planAuth } from '../ssh/ssh-auth.ts';
import { startAgent } from '../ssh/testing/ssh-login.ts';
import { UnlockedKeys } from '../ssh/unlocked-keys.ts';
import { unlockKeys } from './unlock-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const key = async (name: string, passphrase = 'right') =>
  (await makeSshKey(join(folder, name), passphrase === '' ? {} : { passphrase })).path;

function servers(...targets: (Partial<SshTarget> | Error)[]): Server[] {
  return targets.map((changes, index) => ({
    name: `web-${index}`,
    labels: {},
    source: 'ssh_config',
    target: async () => {
      if (changes instanceof Error) throw changes;
      return anSshTarget(changes);
    },
  }));
}

async function unlocked(where: readonly Server[], answers: readonly string[] = ['right', 'right', 'right', 'right']) {
  const keys = new UnlockedKeys();
  const asked: string[] = [];
  const left = [...answers];
  await unlockKeys(where, keys, async (path) => {
    asked.push(path.slice(folder.length + 1));
    return left.shift();
  });
  return { asked, has: (path: string) => keys.get({ path, publicKey: null }) !== undefined };
}

describe('the passphrases that are asked for', () => {
  it('are those of encrypted key files, once for each, whichever servers need it, and of jump hosts', async () => {
    const [one, two, three, plain] = [await key('one'), await key('two'), await key('three'), await key('plain', '')];
    const jumps = [anSshTarget({ identityFiles: [three] })];
    const where = servers(
      { identityFiles: [one, plain] },
      { identityFiles: [one, two], jumps },
      { identityFiles: [two] },
    );
    const { asked, has } = await unlocked(where);
    expect(asked).toEqual(['one', 'two', 'three']);
    expect([one, two, three, plain].map(has)).toEqual([true, true, true, false]);
  });

  it('are not those of keys that the agent of the server holds', async () => {
    const held = await key('held', '');
    const agent = await startAgent(held);
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'right', '-f', held], { stdio: 'ignore' });
    const [both, none] = [{ identityFiles: [held], agentSocket: agent.socket }, { identityFiles: [held] }];
    expect((await unlocked(servers(both))).asked).toEqual([]);
    expect((await unlocked(servers(both, none))).asked).toEqual(['held']);
    await agent.stop();
  });

  it('are left out for what is not there, what cannot be read, and a server whose configuration is wrong', async () => {
    const junk = join(folder, 'junk');
    writeFileSync(junk, 'not a key');
    const where = servers({ identityFiles: [join(folder, 'missing'), junk] }, new Error('wrong'));
    expect((await unlocked(where)).asked).toEqual([]);
  });

  it('are not asked for where ssh itself connects, which asks nobody', async () => {
    const where = servers({ identityFiles: [await key('one')], strategy: 'openssh' });
    expect((await unlocked(where)).asked).toEqual([]);
  });

  it('are not asked for where ssh itself connects because of the configuration', async () => {
    const beyondSsh2 = ['KnownHostsCommand'];
    const where = servers({ identityFiles: [await key('one')], strategy: 'auto', beyondSsh2 });
    expect((await unlocked(where)).asked).toEqual([]);
  });

  it('are asked for again of a file that holds another key by now', async () => {
    const path = await key('one');
    const keys = new UnlockedKeys();
    let asked = 0;
    const ask = async () => (asked++, 'right');
    const where = servers({ identityFiles: [path] });
    await unlockKeys(where, keys, ask);
    await unlockKeys(where, keys, ask);
    expect(asked).toBe(1);
    for (const old of [path, `${path}.pub`]) rmSync(old);
    await key('one');
    expect((await planAuth(anSshTarget({ identityFiles: [path] }), keys)).methods).toEqual([]);
    await unlockKeys(where, keys, ask);
    expect(asked).toBe(2);
    expect((await planAuth(anSshTarget({ identityFiles: [path] }), keys)).methods).toHaveLength(1);
  });

  it('may be left out one by one', async () => {
    const [one, two] = [await key('one'), await key('two')];
    const { asked, has } = await unlocked(servers({ identityFiles: [one, two] }), ['', 'wrong', 'right']);
    expect(asked).toEqual(['one', 'two', 'two']);
    expect([one, two].map(has)).toEqual([false, true]);
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeSshKey, startSshd, temporaryFolder } from '@servonaut/testkit';
import type { AlgorithmOption } from '../inventory/server.ts';
import { anSshTarget } from '../inventory/testing/ssh-target.ts';
import { defaultLists, legacyAlgorithms } from './legacy-algorithms.ts';
import { runAt, targetOf } from './testing/ssh-login.ts';

const NOTHING = anSshTarget().algorithms;
const folder = await temporaryFolder();

/** What the installed ssh makes of a line of a configuration. */
function resolved(line: string, option: AlgorithmOption): string {
  const path = join(folder, 'config');
  writeFileSync(path, `Host old\n  ${line}\n`);
  const printed = execFileSync('ssh', ['-G', '-F', path, 'old'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new RegExp(`^${option} (.*)$`, 'im').exec(printed)?.[1] ?? '';
}

describe('legacy algorithms', () => {
  const cases: [AlgorithmOption, string, string[]][] = [
    ['KexAlgorithms', '', []],
    ['KexAlgorithms', '+diffie-hellman-group14-sha1', ['diffie-hellman-group14-sha1']],
    ['KexAlgorithms', 'curve25519-sha256,diffie-hellman-group1-sha1', ['diffie-hellman-group1-sha1']],
    ['Ciphers', '^aes128-cbc,aes256-cbc', ['aes256-cbc', 'aes128-cbc']],
    ['Ciphers', '-aes128-ctr', []],
    ['Ciphers', 'aes256-ctr', []],
    ['HostKeyAlgorithms', '+ssh-rsa', ['ssh-rsa']],
    ['PubkeyAcceptedAlgorithms', '+ssh-rsa', ['ssh-rsa']],
    // The installed ssh has HMAC with SHA-1 in its default list, which nobody has asked for.
    ['MACs', '', []],
    ['MACs', '-umac-*', []],
    ['MACs', '+hmac-md5', ['hmac-md5']],
    ['MACs', '^hmac-sha1', ['hmac-sha1']],
    ['MACs', 'hmac-sha1', ['hmac-sha1']],
    ['MACs', 'hmac-sha1,hmac-sha2-256', ['hmac-sha1']],
  ];

  it.each(cases)(
    'are those that the configuration names, as ssh resolves it: %s %s',
    async (option, value, expected) => {
      const list = resolved(value === '' ? '' : `${option} ${value}`, option);
      const found = await legacyAlgorithms({ algorithms: { ...NOTHING, [option]: list } });
      expect(found[option]).toEqual(expected);
    },
  );

  it.each<[string | undefined, string[]]>([
    [undefined, []],
    ['+ssh-rsa', ['ssh-rsa']],
    ['^ssh-*', ['ssh-rsa']],
    ['-ssh-ed25519', []],
    ['ssh-ed25519,ssh-rsa', ['ssh-rsa']],
  ])('are those that the file names, where there is no ssh: %s', async (list, expected) => {
    const algorithms = { ...NOTHING, HostKeyAlgorithms: list };
    expect((await legacyAlgorithms({ algorithms }, Promise.resolve([]))).HostKeyAlgorithms).toEqual(expected);
  });
});

it('legacy algorithms are none of those in a whole list when ssh does not say what its own lists are', async () => {
  const algorithms = { ...NOTHING, MACs: 'hmac-sha1', KexAlgorithms: '+diffie-hellman-group14-sha1' };
  expect(await defaultLists('/bin/false')).toBeUndefined();
  expect(await defaultLists('/nonexistent/ssh')).toEqual([]);
  expect(await legacyAlgorithms({ algorithms }, Promise.resolve(undefined))).toMatchObject({
    MACs: [],
    KexAlgorithms: ['diffie-hellman-group14-sha1'],
  });
});

describe('a server that knows legacy algorithms only', () => {
  it('is reached where each is named for it, and otherwise not', async () => {
    const rsa = join(folder, 'rsa');
    const { privateKey: hostKey } = await makeSshKey(rsa, { type: 'rsa' });
    // sshd reads the keys that it takes as the account that logs in.
    chmodSync(folder, 0o755);
    const sshd = await startSshd({
      hostKey,
      config: [
        'KexAlgorithms diffie-hellman-group14-sha1',
        'Ciphers aes128-cbc',
        'MACs hmac-sha1',
        'HostKeyAlgorithms ssh-rsa',
        'PubkeyAcceptedAlgorithms ssh-rsa',
        `AuthorizedKeysFile ${rsa}.pub`,
      ],
    });
    const named = {
      KexAlgorithms: '+diffie-hellman-group14-sha1',
      Ciphers: '+aes128-cbc',
      MACs: '^hmac-sha1',
      HostKeyAlgorithms: '+ssh-rsa',
      PubkeyAcceptedAlgorithms: '+ssh-rsa',
    };
    const reach = (algorithms: typeof NOTHING) =>
      runAt(targetOf(sshd, { identityFiles: [rsa], algorithms }), 'echo in');
    expect(await reach(named)).toBe('in\n');
    for (const option of Object.keys(named)) {
      const code = option === 'PubkeyAcceptedAlgorithms' ? 'ssh_auth_failed' : 'server_unreachable';
      await expect(reach({ ...named, [option]: undefined })).rejects.toMatchObject({ code });
    }
    await sshd.stop();
  });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeSshKey, startSshd, temporaryFolder, type SshKeyOptions, type TestSshd } from '@servonaut/testkit';
import type { SshTarget } from '../inventory/server.ts';
import { fingerprint } from './host-key.ts';
import { readKeyFile } from './key-files.ts';
import type { Offer } from './offered-agent.ts';
import { planAuth } from './ssh-auth.ts';
import { parseCertificate } from './ssh-certificate.ts';
import { logIn, runAt, startAgent, targetOf } from './testing/ssh-login.ts';
import { UnlockedKeys } from './unlocked-keys.ts';

type KeyType = NonNullable<SshKeyOptions['type']>;

let sshd: TestSshd;
let authority: string;
let folder: string;

beforeAll(async () => {
  const authorities = await temporaryFolder();
  // sshd reads there as the account that logs in.
  chmodSync(authorities, 0o755);
  authority = (await makeSshKey(join(authorities, 'authority'))).path;
  sshd = await startSshd({ config: [`TrustedUserCAKeys ${authority}.pub`] });
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  folder = await temporaryFolder();
});

const newKey = async (name: string, options?: SshKeyOptions) => (await makeSshKey(join(folder, name), options)).path;

/** Writes `<key>-cert.pub` as an authority does. */
function certify(key: string, { valid = '-1h:+1h', kind = [] as string[] } = {}): string {
  const args = ['-q', '-s', authority, '-I', 'ada', '-n', sshd.user, '-V', valid, ...kind, `${key}.pub`];
  execFileSync('ssh-keygen', args, { stdio: 'ignore' });
  return `${key}-cert.pub`;
}

const reach = (changes: Partial<SshTarget>, unlocked?: UnlockedKeys) =>
  runAt(targetOf(sshd, changes), 'echo in', unlocked);
const hindrances = async (changes: Partial<SshTarget>) => (await planAuth(targetOf(sshd, changes))).hindrances;

describe('a certificate', () => {
  it.each<KeyType>(['ed25519', 'ecdsa', 'rsa'])('beside a key file lets in, with a key of %s', async (type) => {
    const key = await newKey('id', { type });
    await expect(reach({ identityFiles: [key] })).rejects.toMatchObject({ code: 'ssh_auth_failed' });
    certify(key);
    expect(await reach({ identityFiles: [key] })).toBe('in\n');
    // Where only the longer form of SHA-2 is accepted, RSA signs with that.
    const algorithms = { ...targetOf(sshd).algorithms, PubkeyAcceptedAlgorithms: '-rsa-sha2-256*' };
    expect(await reach({ identityFiles: [key], algorithms })).toBe('in\n');
  });

  it.each<KeyType>(['ed25519', 'ecdsa', 'rsa'])('that the agent holds lets in, with a key of %s', async (type) => {
    const key = await newKey('id', { type });
    certify(key);
    const agent = await startAgent(key);
    expect(await reach({ agentSocket: agent.socket })).toBe('in\n');
    await agent.stop();
  });

  it('that CertificateFile names goes with the key file, or with the key in the agent', async () => {
    const key = await newKey('id');
    const certificate = join(folder, 'elsewhere');
    execFileSync('mv', [certify(key), certificate]);
    const agent = await startAgent(key);
    const certificateFiles = [certificate];
    expect(await reach({ certificateFiles, identityFiles: [key] })).toBe('in\n');
    expect(await reach({ certificateFiles, identitiesOnly: true, agentSocket: agent.socket })).toBe('in\n');
    expect(await hindrances({ certificateFiles })).toEqual(['a certificate is of a key that is not here']);
    await agent.stop();
  });

  it('that has expired, or is not valid yet, is named when the login fails', async () => {
    const key = await newKey('id');
    certify(key, { valid: '20200101:20200102' });
    await expect(reach({ identityFiles: [key] })).rejects.toMatchObject({
      code: 'ssh_auth_failed',
      message: expect.stringContaining('a certificate has expired'),
    });
    certify(key, { valid: '+1h:+2h' });
    await expect(reach({ identityFiles: [key] })).rejects.toMatchObject({
      message: expect.stringContaining('a certificate is not valid yet'),
    });
  });

  it('of a host, or what is none, is not offered, and CertificateFile that names it is said to be of no use', async () => {
    const key = await newKey('id');
    const certificateFiles = [certify(key, { kind: ['-h'] })];
    const none = ['a certificate file holds no certificate of a user'];
    expect(await hindrances({ certificateFiles, identityFiles: [key] })).toEqual(none);
    expect(await hindrances({ certificateFiles: [`${key}.pub`], identityFiles: [key] })).toEqual(none);
    expect(await hindrances({ certificateFiles: [join(folder, 'missing')] })).toEqual(none);
  });

  it('that is torn is none', async () => {
    const blob = Buffer.from(readFileSync(certify(await newKey('id')), 'utf8').split(' ')[1] ?? '', 'base64');
    expect(parseCertificate(blob)).toMatchObject({ kind: 'user', keyType: 'ssh-ed25519', principals: [sshd.user] });
    for (let length = 0; length < 200; length++) expect(parseCertificate(blob.subarray(0, length))).toBeUndefined();
  });
});

describe('a key that is of no use', () => {
  it('is an RSA key that is too short, in a file as in the agent, and it is said', async () => {
    const key = await newKey('short', { type: 'rsa' });
    const agent = await startAgent(key);
    for (const where of [{ identityFiles: [key] }, { agentSocket: agent.socket }]) {
      const plan = await planAuth(targetOf(sshd, { ...where, requiredRsaBits: 2_049 }));
      expect(plan).toEqual({ methods: [], hindrances: ['an RSA key is shorter than RequiredRSASize allows'] });
      expect((await planAuth(targetOf(sshd, { ...where, requiredRsaBits: 2_048 }))).methods).toHaveLength(1);
    }
    await agent.stop();
  });

  it('is what is none, and what cannot be read, and others are offered all the same', async () => {
    const junk = join(folder, 'junk');
    writeFileSync(junk, 'not a key');
    for (const beside of ['.pub', '-cert.pub']) writeFileSync(`${junk}${beside}`, 'neither one');
    const target = { identityFiles: [junk, folder, sshd.privateKeyPath] };
    expect(await hindrances(target)).toEqual([
      expect.stringContaining('a key file is of a format'),
      'a key file cannot be read',
    ]);
    expect(await reach(target)).toBe('in\n');
  });
});

describe('the order in which keys are offered', () => {
  /** Type and fingerprint of the key, without what says where it is. */
  const byUs = async (target: SshTarget): Promise<string[]> => {
    const [method] = (await planAuth(target)).methods;
    const { agent } = method as unknown as {
      agent: { getIdentities(done: (error: null, keys: Offered[]) => void): void };
    };
    return new Promise((resolve) =>
      agent.getIdentities((_, keys) =>
        resolve(
          keys.map((key) => {
            const certificate = parseCertificate(key.getPublicSSH());
            return `${certificate ? 'CERT ' : ''}${fingerprint(certificate?.publicKey ?? key.getPublicSSH())}`;
          }),
        ),
      ),
    );
  };
  interface Offered {
    getPublicSSH(): Offer['blob'];
  }

  /** As the installed ssh says that it will try them, one by one. */
  const bySsh = (target: SshTarget): string[] => {
    const options = {
      UserKnownHostsFile: sshd.knownHostsPath,
      BatchMode: 'yes',
      IdentityAgent: target.agentSocket ?? 'none',
      IdentitiesOnly: target.identitiesOnly ? 'yes' : 'no',
    };
    const lines = [
      ...Object.entries(options).map(([name, value]) => `${name} ${value}`),
      ...target.identityFiles.map((file) => `IdentityFile ${file}`),
      ...target.certificateFiles.map((file) => `CertificateFile ${file}`),
    ];
    const config = join(folder, 'config');
    writeFileSync(config, `${lines.join('\n')}\n`);
    const args = ['-vv', '-F', config, '-p', String(target.port), `nobody-here@${target.host}`, 'true'];
    const { stderr } = spawnSync('ssh', args, { encoding: 'utf8' });
    return [...stderr.matchAll(/Will attempt key: \S+ (\S+) (SHA256:\S+)/g)].map(
      ([, type = '', shown]) => `${type.endsWith('-CERT') ? 'CERT ' : ''}${shown}`,
    );
  };

  it('is that of the installed ssh', async () => {
    const [one, two, three, four] = [
      await newKey('one'),
      await newKey('two'),
      await newKey('three'),
      await newKey('four'),
    ];
    certify(two);
    certify(three);
    const agent = await startAgent(four, two, one);
    const files = { identityFiles: [three, one, two], agentSocket: agent.socket };
    const cases: Partial<SshTarget>[] = [
      files,
      { ...files, identitiesOnly: true },
      { ...files, certificateFiles: [`${three}-cert.pub`] },
      { ...files, certificateFiles: [`${three}-cert.pub`, `${two}-cert.pub`], identitiesOnly: true },
      { identityFiles: [three, one, two, join(folder, 'missing')] },
    ];
    for (const changes of cases) {
      const target = targetOf(sshd, changes);
      const expected = bySsh(target);
      expect(expected.length).toBeGreaterThan(2);
      expect(await byUs(target)).toEqual(expected);
    }
    await agent.stop();
  });
});

describe('an encrypted key file', () => {
  const encrypted = async () => {
    const path = join(folder, 'encrypted');
    writeFileSync(path, sshd.privateKey, { mode: 0o600 });
    execFileSync('ssh-keygen', ['-q', '-p', '-a', '1', '-N', 'right one', '-f', path], { stdio: 'ignore' });
    return path;
  };
  const unlock = async (path: string, answers: (string | undefined)[]) => {
    const unlocked = new UnlockedKeys();
    const asked: boolean[] = [];
    const file = await readKeyFile(path);
    if (!file) throw new Error('no such file');
    await unlocked.unlock(file, async (_, isAgain) => {
      asked.push(isAgain);
      return answers.shift();
    });
    return { unlocked, asked };
  };

  it('is not offered, and the failure says what to do', async () => {
    await expect(reach({ identityFiles: [await encrypted()] })).rejects.toMatchObject({
      code: 'ssh_auth_failed',
      message: expect.stringMatching(/encrypted.*ssh-add.*terminal/),
    });
  });

  it('is asked for its passphrase until it is right, and lets in', async () => {
    const path = await encrypted();
    const { unlocked, asked } = await unlock(path, ['wrong', 'wrong again', 'right one']);
    expect(asked).toEqual([false, true, true]);
    expect(await reach({ identityFiles: [path] }, unlocked)).toBe('in\n');
  });

  it.each([
    [['a', 'b', 'c', 'right one'], 3],
    [['', 'right one'], 1],
    [[undefined], 1],
  ])('stays locked after %j', async (answers, times) => {
    const path = await encrypted();
    const { unlocked, asked } = await unlock(path, answers);
    expect(asked).toHaveLength(times);
    expect(unlocked.get({ path, publicKey: null })).toBeUndefined();
  });

  it.each<[string, KeyType]>([
    ['PEM', 'rsa'],
    ['PEM', 'ecdsa'],
    ['PKCS8', 'rsa'],
    ['PKCS8', 'ecdsa'],
  ])(
    'of the format %s works with a key of %s, whether encrypted or not, although no file names its public key',
    async (format, type) => {
      const key = await newKey('other', { type });
      const lines = readFileSync(`${key}.pub`, 'utf8');
      execFileSync('rm', [`${key}.pub`]);
      const own = await startSshd({ config: [`AuthorizedKeysFile ${folder}/authorized`] });
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, 'authorized'), lines);
      const rewrite = (passphrase: string) =>
        execFileSync('ssh-keygen', ['-q', '-p', '-m', format, '-N', passphrase, '-f', key], { stdio: 'ignore' });
      rewrite('');
      expect(await runAt(targetOf(own, { identityFiles: [key] }), 'echo in')).toBe('in\n');
      rewrite('right one');
      expect(await hindrances({ identityFiles: [key] })).toEqual([expect.stringContaining('encrypted')]);
      const { unlocked, asked } = await unlock(key, ['wrong', 'right one']);
      expect(asked).toHaveLength(2);
      expect(await runAt(targetOf(own, { identityFiles: [key] }), 'echo in', unlocked)).toBe('in\n');
      await own.stop();
    },
  );

  it('goes with its certificate once it is unlocked', async () => {
    const path = await newKey('certified', { passphrase: 'right one' });
    certify(path);
    const { unlocked } = await unlock(path, ['right one']);
    expect(await reach({ identityFiles: [path] }, unlocked)).toBe('in\n');
  });

  it('whose key the agent holds is used from there, although nothing but itself says which it is', async () => {
    const agent = await startAgent(sshd.privateKeyPath);
    const target = { identityFiles: [await encrypted()], identitiesOnly: true, agentSocket: agent.socket };
    expect(await hindrances(target)).toEqual([]);
    expect(await reach(target)).toBe('in\n');
    await agent.stop();
  });
});

it('a server that takes passwords alone is given none', async () => {
  const own = await startSshd({ allowPassword: true, config: ['PubkeyAuthentication no'] });
  const target = targetOf(own, { identityFiles: [own.privateKeyPath] });
  await expect(runAt(target, 'true')).rejects.toMatchObject({
    code: 'ssh_auth_failed',
    message: "web-1 accepted none of the operator's keys.",
  });
  expect(own.logs()).not.toMatch(/password/i);
  await own.stop();
});

describe('the agent', () => {
  const agentThere = (changes: Partial<SshTarget>) =>
    runAt(
      targetOf(sshd, { identityFiles: [sshd.privateKeyPath], ...changes }),
      'ssh-add -L; echo "${SSH_AUTH_SOCK:-none}"',
    );

  it('is forwarded only to a server for which that is asked, also another one than logs in', async () => {
    const other = await newKey('forwarded');
    const agent = await startAgent(other);
    expect(await agentThere({ agentSocket: agent.socket })).toBe('none\n');
    const publicKey = readFileSync(`${other}.pub`, 'utf8').split(' ')[1];
    expect(await agentThere({ forwardAgent: agent.socket })).toContain(publicKey);
    await agent.stop();
  });

  it('that is to be forwarded and is gone lets commands run all the same', async () => {
    expect(await agentThere({ forwardAgent: join(folder, 'no-agent') })).toMatch(/agent|\/tmp/);
  });

  it('that answers nonsense is a hindrance, and key files are offered', async () => {
    const target = { identityFiles: [sshd.privateKeyPath], agentSocket: sshd.knownHostsPath };
    expect(await hindrances(target)).toEqual(['the SSH agent does not answer']);
    (await logIn(targetOf(sshd, target))).destroy();
  });
});

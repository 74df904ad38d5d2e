import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { rawShell } from '@servonaut/plugin-sdk';
import { makeSshKey, startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { loadInventory, type InventorySources } from '../inventory/inventory.ts';
import type { LinkStrategy, SshTarget } from '../inventory/server.ts';
import { anSshTarget } from '../inventory/testing/ssh-target.ts';
import { SshPool } from './ssh-pool.ts';
import { SshRemoteShell } from './ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from './ssh-settings.ts';
import { chooseStrategy, strategyFor, type StrategyFacts } from './link-strategy.ts';

const facts = (given: Partial<StrategyFacts>): StrategyFacts => ({
  wish: 'auto',
  beyondSsh2: [],
  betterBySsh: [],
  hasSsh: true,
  ...given,
});

describe('the way to a server', () => {
  it.each<[string, Partial<StrategyFacts>, ReturnType<typeof chooseStrategy>]>([
    ['is ssh2 without a reason', {}, { strategy: 'ssh2' }],
    ['is ssh2 without a reason where there is no ssh', { hasSsh: false }, { strategy: 'ssh2' }],
    ['is ssh for what only that can do', { beyondSsh2: ['PKCS11Provider'] }, { strategy: 'openssh' }],
    ['is ssh for what it can use', { betterBySsh: ['IdentityFile'] }, { strategy: 'openssh' }],
    [
      'is none without ssh for what only that can do',
      { beyondSsh2: ['KnownHostsCommand', 'PKCS11Provider'], hasSsh: false },
      { option: 'KnownHostsCommand' },
    ],
    [
      'is none without ssh for what it can use',
      { betterBySsh: ['IdentityFile'], hasSsh: false },
      { option: 'IdentityFile' },
    ],
    ['is ssh2 where that is wanted', { wish: 'ssh2' }, { strategy: 'ssh2' }],
    [
      'is ssh2 where that is wanted although ssh could use more',
      { wish: 'ssh2', betterBySsh: ['IdentityFile'] },
      { strategy: 'ssh2' },
    ],
    [
      'is none where ssh2 is wanted and cannot do it',
      { wish: 'ssh2', beyondSsh2: ['ProxyUseFdpass'] },
      { option: 'ProxyUseFdpass' },
    ],
    ['is ssh where that is wanted', { wish: 'openssh' }, { strategy: 'openssh' }],
    ['is none where ssh is wanted and missing', { wish: 'openssh', hasSsh: false }, { option: 'ssh_strategy' }],
    [
      'is none where ssh is wanted, needed and missing',
      { wish: 'openssh', beyondSsh2: ['PKCS11Provider'], hasSsh: false },
      { option: 'PKCS11Provider' },
    ],
    [
      'is this machine where that is wanted',
      { wish: 'local', hasSsh: false, beyondSsh2: ['PKCS11Provider'] },
      { strategy: 'local' },
    ],
  ])('%s', (_, given, choice) => {
    expect(chooseStrategy(facts(given))).toEqual(choice);
  });
});

const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };

async function anInventory(yaml: string, others: Partial<InventorySources> = {}) {
  const configDir = await temporaryFolder();
  writeFileSync(join(configDir, 'servers.yaml'), yaml);
  return loadInventory({ configDir, account, sshConfigPath: '/dev/null', ...others });
}

describe('the strategy of a server', () => {
  it('is that of servers.yaml before that of the setting', async () => {
    const yaml = 'servers: [{name: here, strategy: local}, {name: there, strategy: ssh2}, {name: other}]';
    const inventory = await anInventory(yaml, { strategy: 'openssh' });
    const strategies = await Promise.all(
      ['here', 'there', 'other'].map(async (name) => strategyFor(name, await inventory.get(name).target())),
    );
    expect(strategies).toEqual(['local', 'ssh2', 'openssh']);
  });

  it('is none where ssh2 is wanted and the configuration asks for more, by the name of the option', async () => {
    const sshConfigPath = join(await temporaryFolder(), 'config');
    writeFileSync(sshConfigPath, 'Host web-1\n  KnownHostsCommand /bin/false\n');
    const inventory = await anInventory('servers: []', { sshConfigPath, strategy: 'ssh2' });
    await expect(strategyFor('web-1', await inventory.get('web-1').target())).rejects.toMatchObject({
      code: 'ssh_config_unsupported',
      message: expect.stringContaining('KnownHostsCommand'),
      facts: { option: 'KnownHostsCommand' },
    });
  });

  async function aSecurityKey(): Promise<string> {
    const key = join(await temporaryFolder(), 'id_ed25519_sk');
    const type = Buffer.from('sk-ssh-ed25519@openssh.com');
    const blob = Buffer.concat([Buffer.from([0, 0, 0, type.length]), type, Buffer.alloc(40)]).toString('base64');
    writeFileSync(`${key}.pub`, `${type.toString()} ${blob} a device\n`);
    return key;
  }

  it('is ssh where a security key is among the keys', async () => {
    const key = await aSecurityKey();
    const inventory = await anInventory(`servers: [{name: web-1, identity_file: ${key}}]`);
    expect(await strategyFor('web-1', await inventory.get('web-1').target())).toBe('openssh');
  });

  it('is ssh where a jump host needs it: for a security key, or since its certificate authority alone is on record', async () => {
    const folder = await temporaryFolder();
    const known = join(folder, 'known_hosts');
    writeFileSync(known, `@cert-authority * ${(await makeSshKey(join(folder, 'authority'))).publicKey}\n`);
    const plain = anSshTarget({ host: 'bastion' });
    const hops: [SshTarget, LinkStrategy][] = [
      [plain, 'ssh2'],
      [{ ...plain, identityFiles: [await aSecurityKey()] }, 'openssh'],
      [{ ...plain, userKnownHostsFiles: [known] }, 'openssh'],
    ];
    for (const [hop, strategy] of hops) {
      const target = anSshTarget({ strategy: 'auto', jumps: [plain, hop] });
      expect(await strategyFor('web-1', target)).toBe(strategy);
    }
  });
});

describe('what only ssh can do', () => {
  let sshd: TestSshd | undefined;
  let shell: SshRemoteShell | undefined;
  afterEach(async () => {
    shell?.close();
    await sshd?.stop();
  });

  /** Runs a command on `web-1` of a configuration, by whatever way is chosen. */
  async function run(sshConfigPath: string): Promise<string> {
    const inventory = await anInventory('servers: []', { sshConfigPath });
    shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS, new SshPool(DEFAULT_SSH_SETTINGS));
    const signal = new AbortController().signal;
    const options = { requestId: randomUUID(), timeoutMs: 20_000, signal };
    return (await shell.exec(inventory.get('web-1'), rawShell('echo by $SSH_CONNECTION'), options)).stdout;
  }

  it('is done by it: to ask a command for the host keys', async () => {
    sshd = await startSshd();
    const config = join(await temporaryFolder(), 'config');
    const asking = `KnownHostsCommand /bin/echo ${sshd.hostKeyLine.trim()}`;
    writeFileSync(config, `UserKnownHostsFile none\n${asking}\nInclude ${sshd.sshConfigPath}\n`);
    expect(await run(config)).toContain('by 127.0.0.1');
  });

  it('is done by it: to know a host by its certificate authority', async () => {
    const folder = await temporaryFolder();
    const authority = await makeSshKey(join(folder, 'authority'));
    const host = await makeSshKey(join(folder, 'host'));
    const sign = ['-q', '-s', authority.path, '-I', 'web-1', '-h', '-n', '127.0.0.1', `${host.path}.pub`];
    execFileSync('ssh-keygen', sign, { stdio: 'ignore' });
    sshd = await startSshd({ hostKey: host.privateKey, config: [`HostCertificate ${host.path}-cert.pub`] });
    writeFileSync(join(folder, 'known_hosts'), `@cert-authority * ${authority.publicKey}\n`);
    const config = `UserKnownHostsFile ${join(folder, 'known_hosts')}\nInclude ${sshd.sshConfigPath}\n`;
    writeFileSync(join(folder, 'config'), config);
    expect(await run(join(folder, 'config'))).toContain('by 127.0.0.1');
  });
});

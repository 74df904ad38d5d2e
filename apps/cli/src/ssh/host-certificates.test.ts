import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rawShell } from '@servonaut/plugin-sdk';
import { makeSshKey, startSshd, temporaryFolder, type SshKey, type TestSshd } from '@servonaut/testkit';
import { loadInventory } from '../inventory/inventory.ts';
import { hostKeyOf } from '../services/server-trust.ts';
import { SshPool } from './ssh-pool.ts';
import { SshRemoteShell } from './ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from './ssh-settings.ts';
import { endStarted, serverAt, shellOn, startOwn, targetOf } from './testing/link-servers.ts';

let folder: string;
let authority: SshKey;
let host: SshKey;
let sshd: TestSshd;
let shell: SshRemoteShell;

beforeAll(async () => {
  folder = await temporaryFolder();
  authority = await makeSshKey(join(folder, 'authority'));
  host = await makeSshKey(join(folder, 'host'));
  certify();
  sshd = await startSshd({ hostKey: host.privateKey, config: [`HostCertificate ${host.path}-cert.pub`] });
});
afterAll(() => sshd.stop());
beforeEach(() => {
  shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS, new SshPool(DEFAULT_SSH_SETTINGS));
});
afterEach(async () => {
  shell.close();
  await endStarted();
});

function certify(principal = '127.0.0.1', valid = '-1h:+1h', kind = ['-h']): void {
  const args = ['-q', '-s', authority.path, '-I', 'web-1', ...kind, '-n', principal, '-V', valid, `${host.path}.pub`];
  execFileSync('ssh-keygen', args, { stdio: 'ignore' });
}

/** Runs a command where these lines, and `accept-new` if that is asked for, are all that is known of hosts. */
async function reach(known: string, checking = 'yes'): Promise<string> {
  const config = join(folder, 'config');
  writeFileSync(join(folder, 'known_hosts'), known);
  const own = [`UserKnownHostsFile ${join(folder, 'known_hosts')}`, `StrictHostKeyChecking ${checking}`];
  writeFileSync(config, [...own, `Include ${sshd.sshConfigPath}`, ''].join('\n'));
  const account = { home: folder, user: 'nobody', agentSocket: undefined };
  const inventory = await loadInventory({ configDir: folder, account, sshConfigPath: config });
  const options = { requestId: randomUUID(), timeoutMs: 20_000, signal: new AbortController().signal };
  return (await shell.exec(inventory.get('web-1'), rawShell('echo in'), options)).stdout;
}

describe('a host that its certificate authority vouches for', () => {
  it('is believed by the authority that is on record for it', async () => {
    expect(await reach(`@cert-authority 127.0.0.*,[127.0.0.1]:* ${authority.publicKey}\n`)).toBe('in\n');
  });

  it('is not asked for its plain key when a server behind it is to be trusted', async () => {
    const behind = await startOwn();
    const [known, nothing] = [join(folder, 'by_authority'), join(folder, 'nothing')];
    writeFileSync(known, `@cert-authority 127.0.0.1 ${authority.publicKey}\n`);
    const hop = targetOf(sshd, 'ssh2', { hostKeyAlias: '127.0.0.1', userKnownHostsFiles: [known] });
    const server = serverAt(targetOf(behind, 'auto', { jumps: [hop], userKnownHostsFiles: [nothing] }));
    const shown = await hostKeyOf(server, DEFAULT_SSH_SETTINGS);
    expect(shown).toMatchObject({ name: 'web-1', fingerprint: behind.hostKeyFingerprint, isTrusted: false });
    await shown.trust();
    expect(await shellOn(server).exec('echo in')).toMatchObject({ stdout: 'in\n' });
  });

  it.each(['yes', 'accept-new'])(
    'is refused when the authority is revoked (StrictHostKeyChecking %s)',
    async (checking) => {
      const line = `* ${authority.publicKey}`;
      await expect(reach(`@cert-authority ${line}\n@revoked ${line}\n`, checking)).rejects.toMatchObject({
        code: expect.stringMatching(/^host_key_/),
      });
    },
  );

  it('is refused when another authority is on record', async () => {
    const other = await makeSshKey(join(folder, 'other'));
    await expect(reach(`@cert-authority * ${other.publicKey}\n`)).rejects.toMatchObject({
      code: expect.stringMatching(/^host_key_/),
    });
  });

  it('is known by its plain key, too, when that is on record beside the authority', async () => {
    const known = `@cert-authority * ${authority.publicKey}\n[127.0.0.1]:${sshd.port} ${host.publicKey}\n`;
    expect(await reach(known)).toBe('in\n');
  });

  it.each<[string, Parameters<typeof certify>]>([
    ['is for another host', ['db.example']],
    ['has expired', ['127.0.0.1', '20200101:20200102']],
    ['is not valid yet', ['127.0.0.1', '+1h:+2h']],
    ['is that of a user', ['127.0.0.1', '-1h:+1h', []]],
  ])('is refused when the certificate %s', async (_, certificate) => {
    certify(...certificate);
    await sshd.restart();
    await expect(reach(`@cert-authority * ${authority.publicKey}\n`)).rejects.toMatchObject({
      code: expect.stringMatching(/^host_key_|server_unreachable/),
    });
  });
});

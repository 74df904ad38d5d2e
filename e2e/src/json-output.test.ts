import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  missingSecretService,
  startSecretService,
  startSshd,
  unlessMissing,
  type TestOperator,
  type TestSecretService,
  type TestSshd,
} from '@servonaut/testkit';

const PLUGIN = '@servonaut/plugin-jobs';
const SECRET = 'swordfish-7';

unlessMissing(describe, missingSecretService())('what is kept on this machine, with --json', () => {
  let sshd: TestSshd;
  let keychain: TestSecretService;
  let operator: TestOperator;
  beforeAll(async () => {
    [sshd, keychain] = await Promise.all([startSshd(), startSecretService()]);
    const { host, port, user, privateKeyPath: identity_file } = sshd;
    const servers = [{ name: 'web-1', host, port, user, identity_file }];
    operator = await anOperator({ servers, knownHosts: [], env: keychain.env });
  }, 30_000);
  afterAll(async () => {
    await Promise.all([sshd?.stop(), keychain?.stop()]);
  });

  it('shows the host key to whoever is to compare it on stderr, and refuses in JSON where nobody can be asked', async () => {
    const asked = await operator.run(['servers', 'trust', 'web-1', '--json']);
    const [, fingerprint = ''] = /(SHA256:\S+)/.exec(asked.stderr) ?? [];
    expect(JSON.parse(asked.stdout).error).toMatchObject({ code: 'host_key_unknown', message: expect.any(String) });
    const trust = async () => {
      const { code, stdout } = await operator.run([
        'servers',
        'trust',
        'web-1',
        '--fingerprint',
        fingerprint,
        '--json',
      ]);
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    const shown = { server: 'web-1', key_type: expect.any(String), fingerprint };
    expect(await trust()).toEqual({ ...shown, was_trusted: false });
    expect(await trust()).toEqual({ ...shown, was_trusted: true });
  });

  it.each([
    [['secrets', 'set', PLUGIN, 'API_TOKEN'], { plugin: PLUGIN, name: 'API_TOKEN' }],
    [['secrets', 'remove', PLUGIN, 'API_TOKEN'], { plugin: PLUGIN, name: 'API_TOKEN' }],
    [['servers', 'sudo', 'web-1'], { server: 'web-1', kept: true }],
    [['servers', 'sudo', 'web-1', '--remove'], { server: 'web-1', kept: false }],
  ])('%j prints nothing else', async (args, expected) => {
    const { code, stdout, stderr } = await operator.run([...args, '--json'], `${SECRET}\n`);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});

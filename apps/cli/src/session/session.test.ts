import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coordinatorUrl } from './coordinator-url.ts';
import { credentialsFile, loadCredentials, saveCredentials } from './credentials.ts';
import { readEnvironment } from './environment.ts';
import { profilePaths } from './profile-paths.ts';
import { openSession } from './session.ts';

const CREDENTIALS = {
  url: 'https://coordinator.example',
  token: 'secret-token',
  user_id: '42',
  user_name: 'ada',
  label: 'laptop',
  pinned_keys: [{ kty: 'OKP' as const, crv: 'Ed25519' as const, x: 'A'.repeat(43), kid: 'k' }],
  logged_in_at: '2026-11-22T10:00:00.000Z',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-session-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = (more: Record<string, string> = {}) =>
  readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder, ...more });

describe('the profile', () => {
  it('comes from the flag, then the environment, then the file, then is "default"', () => {
    expect(openSession(undefined, environment()).profile).toEqual({ value: 'default', source: 'default' });
    writeFileSync(join(folder, 'settings.yaml'), 'profile: staging\n');
    expect(openSession(undefined, environment()).profile.value).toBe('staging');
    const inEnvironment = environment({ SERVONAUT_PROFILE: 'prod' });
    expect(openSession(undefined, inEnvironment).profile).toEqual({ value: 'prod', source: 'SERVONAUT_PROFILE' });
    expect(openSession('test', inEnvironment).profile).toEqual({ value: 'test', source: '--profile' });
  });

  it.each(['../../etc', 'a/b', '.hidden', '', 'a'.repeat(65)])('is not named %j', (name) => {
    expect(() => profilePaths(name, environment())).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('settings', () => {
  it('name their source', () => {
    writeFileSync(join(folder, 'settings.yaml'), 'max_running: 4\ngrace_seconds: 5\n');
    const { settings } = openSession(undefined, environment({ SERVONAUT_GRACE_SECONDS: '7' }));
    expect(settings.max_running).toEqual({ value: 4, source: join(folder, 'settings.yaml') });
    expect(settings.grace_seconds).toEqual({ value: 7, source: 'SERVONAUT_GRACE_SECONDS' });
    expect(settings.call_timeout_seconds).toEqual({ value: 15, source: 'default' });
  });

  it.each([
    ['an unknown key', 'max_runing: 4\n', 'FILE, line 1: file: unknown key "max_runing" (did you mean "max_running"?)'],
    [
      'a value out of bounds',
      'max_running: 0\n',
      'max_running (from FILE) must be a whole number from 1 to 1000, and is 0.',
    ],
    [
      'a text',
      'max_running: ten\n',
      'max_running (from FILE) must be a whole number from 1 to 1000, and is the text "ten".',
    ],
    [
      'a slip',
      'token_store: fil\n',
      'token_store (from FILE) must be one of auto, file, and is the text "fil" (did you mean "file"?).',
    ],
    [
      'something that is not YAML',
      'max_running: [\n',
      'FILE, line 2: no YAML: it is indented as it cannot be, or a bracket before it is not closed (BAD_INDENT)',
    ],
    ['a list', '- 1\n', 'FILE, line 1: file must be a map, and is a list'],
  ])('are refused with %s, naming the file and what is wrong', (_, text, message) => {
    const file = join(folder, 'settings.yaml');
    writeFileSync(file, text);
    expect(() => openSession(undefined, environment())).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: message.replace('FILE', file) }),
    );
  });

  it('are refused from the environment by the name of the variable', () => {
    expect(() => openSession(undefined, environment({ SERVONAUT_GRACE_SECONDS: 'soon' }))).toThrow(
      'grace_seconds (from SERVONAUT_GRACE_SECONDS) must be a whole number from 0 to 3600, and is the text "soon".',
    );
  });
});

describe('credentials', () => {
  const paths = () => profilePaths('test', environment());

  it('are kept for their owner only', async () => {
    await saveCredentials(paths(), CREDENTIALS);
    expect(statSync(credentialsFile(paths())).mode & 0o777).toBe(0o600);
    expect(statSync(paths().configDir).mode & 0o777).toBe(0o700);
    expect(await loadCredentials(paths())).toEqual(CREDENTIALS);
  });

  it('are private again after a login over a file that was not', async () => {
    await saveCredentials(paths(), CREDENTIALS);
    chmodSync(credentialsFile(paths()), 0o644);
    await saveCredentials(paths(), CREDENTIALS);
    expect(statSync(credentialsFile(paths())).mode & 0o777).toBe(0o600);
  });

  it('are missed by name of the profile', async () => {
    await expect(loadCredentials(paths())).rejects.toMatchObject({
      code: 'not_logged_in',
      message: expect.stringMatching(/"test"/),
      nextStep: 'Run "servonaut login --url URL --profile test".',
    });
  });

  it.each([0o640, 0o604, 0o660])('are refused when others can read them (mode %o)', async (mode) => {
    await saveCredentials(paths(), CREDENTIALS);
    chmodSync(credentialsFile(paths()), mode);
    await expect(loadCredentials(paths())).rejects.toMatchObject({
      code: 'config_invalid',
      nextStep: expect.stringMatching(/chmod 600/),
    });
  });

  it.each(['', '{', '{"token":"secret-token"}'])('that are damaged are not quoted: %j', async (text) => {
    await saveCredentials(paths(), CREDENTIALS);
    writeFileSync(credentialsFile(paths()), text);
    const error: unknown = await loadCredentials(paths()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'config_invalid' });
    expect(String(error)).not.toContain('secret-token');
  });
});

describe('the address of the coordinator', () => {
  it.each([
    ['https://example.com/', 'https://example.com'],
    ['https://example.com/servonaut/', 'https://example.com/servonaut'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
  ])('%s is %s', (text, url) => expect(coordinatorUrl(text)).toBe(url));

  it.each([
    'http://example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://example.com',
    'https://user:password@example.com',
    'https://example.com/?token=x',
    'example.com',
  ])('is not %s', (text) => {
    expect(() => coordinatorUrl(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it.each([
    ['servonaut.example.com', 'https://servonaut.example.com'],
    ['servonaut.example.com:8443/servonaut/', 'https://servonaut.example.com:8443/servonaut'],
    ['localhost:3000', 'http://localhost:3000'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['user:password@example.com', 'https://host[:port]'],
    ['ftp://example.com', 'https://host[:port]'],
    ['mailto:ada', 'https://host[:port]'],
  ])('%s is proposed to be given as %s', (text, proposal) => {
    expect(() => coordinatorUrl(text)).toThrow(expect.objectContaining({ nextStep: `Give it as ${proposal}.` }));
  });

  it('may be plain http elsewhere when the operator says so', () => {
    expect(coordinatorUrl('http://10.0.0.5:3000', true)).toBe('http://10.0.0.5:3000');
  });
});

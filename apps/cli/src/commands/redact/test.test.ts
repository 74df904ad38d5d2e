import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { PLANTED_SECRETS } from '../../redaction/testing/planted-secrets.ts';
import { RedactTest } from './test.ts';

const CLI = fileURLToPath(new URL('../../../', import.meta.url));
const TOKEN = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
const LOG = `an ordinary line\nsent ${TOKEN} and\nDB_PASSWORD=swordfish7\n`;
const FOUND = '2:6 github-token [redacted: github-token]\n3:13 named-secret [redacted: named-secret]\n';

describe('redact test', () => {
  const before = { ...process.env };
  let root: string;
  let said: string;

  beforeEach(async () => {
    root = await temporaryFolder();
    said = '';
    Object.assign(process.env, {
      SERVONAUT_CONFIG_DIR: join(root, 'config'),
      SERVONAUT_STATE_DIR: join(root, 'state'),
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...before };
    process.exitCode = 0;
  });

  /** @returns how it exits, and what it says */
  async function ran(...argv: string[]): Promise<{ exit: unknown; said: string }> {
    process.exitCode = 0;
    const failed = await RedactTest.run(argv, CLI).then(
      () => undefined,
      (error: Error & { oclif?: { exit: number } }) => error,
    );
    return { exit: failed ? failed.oclif?.exit : process.exitCode, said: said + (failed?.message ?? '') };
  }

  async function fileOf(content: string | Buffer): Promise<string> {
    const file = join(root, 'app.log');
    await writeFile(file, content);
    return file;
  }

  it('says where each secret stands, of which kind it is and what stands in its place, and exits with 1', async () => {
    expect(await ran(await fileOf(LOG))).toEqual({ exit: 1, said: FOUND });
  });

  it('says the same as lines of JSON', async () => {
    const { exit, said: lines } = await ran(await fileOf(LOG), '--json');
    const [first, second, ...more] = lines.trimEnd().split('\n');
    expect([exit, more]).toEqual([1, []]);
    expect(JSON.parse(first ?? '')).toEqual({ kind: 'github-token', line: 2, column: 6, placeholder: '[redacted: github-token]' }); // prettier-ignore
    expect(JSON.parse(second ?? '')).toMatchObject({ kind: 'named-secret', line: 3, column: 13 });
  });

  it('reads stdin for "-"', async () => {
    const stdin = Readable.from([Buffer.from(LOG.slice(0, 30)), Buffer.from(LOG.slice(30))]);
    jest.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as typeof process.stdin);
    expect(await ran('-')).toEqual({ exit: 1, said: FOUND });
  });

  it.each([
    ['without any', 'an ordinary line\n'],
    ['that is empty', ''],
  ])('says nothing of a file %s, and exits with 0', async (_, content) => {
    expect(await ran(await fileOf(content))).toEqual({ exit: 0, said: '' });
  });

  it('finds what is in a binary file', async () => {
    const binary = Buffer.concat([
      Buffer.from([0, 0xff, 0xfe, 0x0a, 0x80]),
      Buffer.from(` ${TOKEN} `),
      Buffer.alloc(9),
    ]);
    const result = await ran(await fileOf(binary));
    expect(result).toEqual({ exit: 1, said: expect.stringMatching(/^2:\d+ github-token /) });
  });

  it.each(['no-such-file', '.'])('exits with 2 when %j cannot be read', async (name) => {
    const { exit, said: message } = await ran(join(root, name));
    expect([exit, message]).toEqual([2, expect.stringMatching(/ENOENT|EISDIR/)]);
  });

  it('knows the patterns of the policy', async () => {
    const folder = join(root, 'config', 'profiles', 'default');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'policy.yaml'),
      'version: 1\nlevel: readonly\nredact: { patterns: [{ name: customer-number, pattern: "C[0-9]{8}" }] }\n',
    );
    expect(await ran(await fileOf('of C12345678\n'))).toMatchObject({
      exit: 1,
      said: '1:4 customer-number [redacted: customer-number]\n',
    });
  });

  it('never says a secret itself', async () => {
    const file = await fileOf(PLANTED_SECRETS.map(({ text }) => `an ordinary line\n${text}\n`).join(''));
    for (const json of [[], ['--json']]) {
      const { exit, said: lines } = await ran(file, ...json);
      expect(exit).toBe(1);
      expect(lines.trimEnd().split('\n').length).toBeGreaterThanOrEqual(PLANTED_SECRETS.length);
      const left = PLANTED_SECRETS.flatMap(({ secrets }) => secrets).filter((secret) => lines.includes(secret));
      expect(left).toEqual([]);
    }
  });
});

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { readFile } from './read-file.tool.ts';
import { parseFacts } from './file-facts.ts';
import { parseDigest } from './file-digest.ts';
import { userlands } from './testing/userlands.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-files-'));
  path = join(folder, 'app.conf');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('');
const read = async (input: object = {}, context = localContext()) => callTool(readFile, { path, ...input }, context);

describe.each(userlands())('read_file with %s', (_name, options) => {
  const there = async (input: object = {}) => read(input, localContext(options));

  it('returns a file with all that is known of it', async () => {
    writeFileSync(path, 'a = 1\nb = 2', { mode: 0o640 });
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const sha256 = createHash('sha256').update('a = 1\nb = 2').digest('hex');
    const { data, output } = await there();
    expect(data).toMatchObject({ content: 'a = 1\nb = 2', encoding: 'utf-8', size: 11, mode: '0640', sha256 });
    expect(data).toMatchObject({ modified: '2023-11-14T22:13:20.000Z', altered: false, next_line: null });
    expect(output).toMatch(/: 11 bytes, 0640 \S+:\S+, changed 2023-11-14T22:13:20.000Z, sha256 .*\na = 1\nb = 2\n$/);
  });

  it('returns some lines, and says where to read on', async () => {
    writeFileSync(path, numbered(1, 30));
    const first = (await there({ from_line: 11, lines: 10 })).data;
    expect(first).toMatchObject({ content: numbered(11, 20), from_line: 11, next_line: 21 });
    expect((await there({ from_line: 21, lines: 10 })).data).toMatchObject({
      content: numbered(21, 30),
      next_line: null,
    });
    expect((await there({ from_line: 31 })).output).toContain('[It has no line 31.]');
  });

  it('shows no more bytes than an answer has, and whole lines', async () => {
    writeFileSync(path, numbered(1, 9_000));
    const { data } = await there({ lines: 5_000 });
    expect(data?.content?.length).toBeLessThanOrEqual(50_000);
    expect(data?.content).toMatch(/^line 1\n.*\nline \d+\n$/s);
    const next = data?.next_line ?? 0;
    expect((await there({ from_line: next, lines: 1 })).data?.content).toBe(`line ${next}\n`);
  });

  it('shows the beginning of a line that is too long, and that it goes on', async () => {
    writeFileSync(path, `${'é'.repeat(60_000)}\nend\n`);
    const { data } = await there();
    expect(data).toMatchObject({ content: 'é'.repeat(25_000), line_cut: true, next_line: 2, altered: false });
    expect((await there({ from_line: 2 })).data?.content).toBe('end\n');
  });

  it('describes a binary file, and gives it as base64 to who asks', async () => {
    const bytes = Buffer.from([0x7f, 0x45, 0, 1, 0xff, 10, 0]);
    writeFileSync(path, bytes);
    const { data, output } = await there();
    expect(data).toMatchObject({ content: null, encoding: null, size: 7 });
    expect(output).toMatch(/not shown\.$/);
    expect((await there({ encoding: 'base64' })).data).toMatchObject({
      content: bytes.toString('base64'),
      encoding: 'base64',
    });
  });
});

describe('read_file', () => {
  it('returns text as text, also to who asks for base64: secrets are found in nothing else', async () => {
    writeFileSync(path, 'password = x\n');
    expect((await read({ encoding: 'base64' })).data).toMatchObject({ content: 'password = x\n', encoding: 'utf-8' });
  });

  it('gives no large binary file', async () => {
    writeFileSync(path, Buffer.alloc(40_000));
    await expect(read({ encoding: 'base64' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it.each([
    ['colours', '\u001b[31mred\u001b[0m\n', 'red\n'],
    ['line ends of Windows', 'a\r\nb\r\n', 'a\nb\n'],
  ])('leaves out %s, and says so', async (_what, written, shown) => {
    writeFileSync(path, written);
    expect((await read()).data).toMatchObject({ content: shown, altered: true });
  });

  it('says that a file is empty', async () => {
    writeFileSync(path, '');
    expect((await read()).output).toContain('[It is empty.]');
  });

  it('follows a link', async () => {
    writeFileSync(join(folder, 'real'), 'x\n');
    symlinkSync('real', path);
    expect((await read()).data).toMatchObject({ content: 'x\n', size: 2 });
  });

  it('takes no digest of a file that is long', async () => {
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1, 'x\n'));
    expect((await read({ lines: 1 })).data).toMatchObject({ content: 'x\n', next_line: 2 });
    expect((await read({ lines: 1 })).data).not.toHaveProperty('sha256');
  });

  it.each([
    ['that is not there', () => undefined, 'not_found'],
    ['that is a folder', () => mkdirSync(path), 'invalid_request'],
    ['that is a FIFO', () => execFileSync('mkfifo', [path]), 'invalid_request'],
  ])('refuses a path %s at once', async (_what, make, code) => {
    make();
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
  });

  it('refuses a path that is not absolute', () => {
    expect(readFile.input.safeParse({ path: 'etc/hosts' }).success).toBe(false);
  });

  it('leaves nothing in its folder', async () => {
    writeFileSync(path, 'x');
    await read();
    expect(readdirSync(folder)).toEqual(['app.conf']);
    expect(existsSync(path)).toBe(true);
  });
});

describe('facts of a file', () => {
  it.each([
    ['FreeBSD', 'Regular File|1024|0644|1700000000|root|0|wheel|0', { kind: 'file', owner: 'root', group: 'wheel' }],
    ['busybox', 'directory|4096|755|1700000000|UNKNOWN|1234|root|0', { kind: 'folder', mode: '0755', owner: '1234' }],
    ['GNU', 'regular empty file|0|4755|1700000000|a|1|b|2', { kind: 'file', mode: '4755', size: 0 }],
    ['GNU, of a link', 'symbolic link|7|777|1700000000|a|1|b|2', { kind: 'link' }],
    ['macOS, of a pipe', 'Fifo File|0|0600|1700000000|a|501|staff|20', { kind: 'other' }],
  ])('are read as %s tells them', (_system, line, facts) => {
    expect(parseFacts(line)).toMatchObject(facts);
  });

  it.each([
    ['sha256sum', `${'ab'.repeat(32)}  -`],
    ['FreeBSD', 'ab'.repeat(32)],
    ['OpenSSL', `SHA2-256(stdin)= ${'ab'.repeat(32)}`],
  ])('take the digest out of what %s prints', (_program, line) => {
    expect(parseDigest(line)).toBe('ab'.repeat(32));
  });
});

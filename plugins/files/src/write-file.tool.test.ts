import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, injectionStrings, localContext } from '@servonaut/plugin-sdk/testing';
import { userlands } from './testing/userlands.ts';
import { writeFile } from './write-file.tool.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'servonaut-write-')));
  path = join(folder, 'app.conf');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const CONTENT = `it's "$(id)" \\ %s\r\n\u00e9\n`;

describe.each(userlands())('write_file with %s', (_name, options) => {
  const write = async (input: object, basis?: string) =>
    callTool(
      writeFile,
      { path, content: CONTENT, ...input },
      localContext({ ...options, ...(basis !== undefined && { basis }) }),
    );

  it('makes a new file of exactly the content, as the server makes files', async () => {
    const { data, output } = await write({});
    expect(readFileSync(path, 'utf8')).toBe(CONTENT);
    expect(data).toMatchObject({ path, created: true, size: 22, sha256: sha256(CONTENT) });
    expect(output).toMatch(/^Created \S+: 22 bytes, 0\d{3} \S+, sha256 [0-9a-f]{64}$/);
    writeFileSync(join(folder, 'other'), '');
    expect(statSync(path).mode).toBe(statSync(join(folder, 'other')).mode);
  });

  it('replaces a file and keeps its permissions', async () => {
    writeFileSync(path, 'long before\n'.repeat(1_000));
    chmodSync(path, 0o640);
    expect((await write({})).data).toMatchObject({ created: false, size: 22, mode: '0640' });
    expect(readFileSync(path, 'utf8')).toBe(CONTENT);
    expect(readdirSync(folder)).toEqual(['app.conf']);
  });

  it('adds to a file, which is replaced as a whole', async () => {
    writeFileSync(path, 'one\n');
    const { ino } = statSync(path);
    expect((await write({ mode: 'append', content: 'two\n' })).data).toMatchObject({ sha256: sha256('one\ntwo\n') });
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(statSync(path).ino).not.toBe(ino);
  });

  it('creates a file, and none where there is one', async () => {
    expect((await write({ mode: 'create', content: '', permissions: '600' })).data).toMatchObject({
      size: 0,
      mode: '0600',
    });
    await expect(write({ mode: 'create' })).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(readdirSync(folder)).toEqual(['app.conf']);
  });

  it('writes only to the file that its writer and the operator have seen', async () => {
    writeFileSync(path, 'seen');
    await expect(write({ if_digest: sha256('other') })).rejects.toMatchObject({ code: 'conflict' });
    await expect(write({}, sha256('other'))).rejects.toMatchObject({ code: 'approval_stale' });
    await expect(write({}, 'absent')).rejects.toMatchObject({ code: 'approval_stale' });
    expect(readFileSync(path, 'utf8')).toBe('seen');
    await write({ if_digest: sha256('seen') }, sha256('seen'));
    expect(readFileSync(path, 'utf8')).toBe(CONTENT);
    rmSync(path);
    await expect(write({ if_digest: sha256('seen') })).rejects.toMatchObject({ code: 'conflict' });
    await expect(write({}, sha256('seen'))).rejects.toMatchObject({ code: 'approval_stale' });
    expect(readdirSync(folder)).toEqual([]);
    await write({}, 'absent');
    expect(readFileSync(path, 'utf8')).toBe(CONTENT);
  });

  it('writes through no link, and says which it is', async () => {
    writeFileSync(join(folder, 'real'), 'real');
    symlinkSync('real', path);
    await expect(write({})).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('link'),
    });
    mkdirSync(join(folder, 'there'));
    symlinkSync('there', join(folder, 'here'));
    await expect(write({ path: join(folder, 'here/x') })).rejects.toMatchObject({
      message: expect.stringContaining(`${folder}/here is a link`),
    });
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('real');
    expect(readdirSync(join(folder, 'there'))).toEqual([]);
  });

  it('writes nothing when not all of the content has come', async () => {
    writeFileSync(path, 'before');
    const local = localContext(options);
    const exec: typeof local.exec = (command, given) => local.exec(command, { ...given, stdin: CONTENT.slice(0, 9) });
    await expect(callTool(writeFile, { path, content: CONTENT }, { ...local, exec })).rejects.toMatchObject({
      code: 'connection_lost',
    });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['app.conf']);
  });

  it('shows the operator what would change, and remembers what it has shown', async () => {
    const preview = (input: object) =>
      writeFile.preview?.(writeFile.input.parse({ path, content: 'a\nB\nc\n', ...input }), localContext(options));
    expect(await preview({})).toMatchObject({
      text: expect.stringMatching(/^A new file\.\n.*\+a\n\+B\n\+c$/s),
      basis: 'absent',
    });
    writeFileSync(path, 'a\nb\nc\n', { mode: 0o644 });
    expect(await preview({ permissions: '600' })).toMatchObject({
      text: expect.stringMatching(/^Permissions 0600 in place of 0644\.\n.* a\n-b\n\+B\n c$/s),
      basis: sha256('a\nb\nc\n'),
    });
    expect(await preview({ content: 'a\nb\nc\n' })).toMatchObject({ text: 'The content is that already.' });
    await expect(preview({ if_digest: sha256('x') })).rejects.toMatchObject({ code: 'conflict' });
    await expect(preview({ mode: 'create' })).rejects.toMatchObject({ code: 'conflict' });
    writeFileSync(path, Buffer.alloc(10));
    expect(await preview({})).toMatchObject({ text: expect.stringContaining('binary') });
  });

  it('never runs what is in its arguments', async () => {
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    for (const evil of injectionStrings(`touch ${folder}/RAN`, 15)) {
      // Neither a path with .. in it nor one in a folder that is not there is written to.
      await write({ path: `${odd}/${evil}`, content: evil }).catch(() => undefined);
      await write({ path: join(odd, 'x'), content: evil });
      expect(readFileSync(join(odd, 'x'), 'utf8')).toBe(evil);
    }
    expect(readdirSync(folder)).toEqual(['odd']);
  });
});

describe('write_file', () => {
  const write = async (input: object = {}, options = {}) =>
    callTool(writeFile, { path, content: CONTENT, ...input }, localContext(options));

  it.each([
    ['a relative path', { path: 'x' }],
    ['a path that leads up', { path: '/srv/../etc/passwd' }],
    ['the path of a folder', { path: '/srv/' }],
    ['two slashes', { path: '/srv//x' }],
    ['a path of too many folders', { path: '/x'.repeat(33) }],
    ['permissions that make a program run as its owner', { permissions: '4755' }],
    ['half a digest', { if_digest: 'abc' }],
    ['too much', { content: 'x'.repeat(262_145) }],
  ])('refuses %s', (_what, input) => {
    expect(writeFile.input.safeParse({ path: '/srv/x', content: '', ...input }).success).toBe(false);
  });

  it('says that there is no such folder, that the path is one, and that the file is too large', async () => {
    await expect(write({ path: join(folder, 'no/x') })).rejects.toMatchObject({ code: 'not_found' });
    await expect(write({ path: folder })).rejects.toMatchObject({ code: 'invalid_request' });
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1));
    await expect(write()).rejects.toMatchObject({ code: 'invalid_request' });
    expect(readdirSync(folder)).toEqual(['app.conf']);
  });

  it('shows the policy one command that names the path, where and as whom', () => {
    const commands = (input: object) =>
      writeFile.commands?.(writeFile.input.parse({ path: '/etc/a b', content: '', ...input }));
    expect(commands({})).toEqual([{ text: "tee -- '/etc/a b'", sudo: false, directory: '/etc' }]);
    expect(commands({ mode: 'append', sudo: true })).toEqual([
      { text: "tee -a -- '/etc/a b'", sudo: true, directory: '/etc' },
    ]);
  });

  it('does not write as root where others may put links', async () => {
    chmodSync(folder, 0o777);
    await expect(write({ sudo: true })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('others than root'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('compares no file that is very different line by line', async () => {
    writeFileSync(path, Array.from({ length: 5_000 }, (_, at) => `${at}\n`).join(''));
    const input = writeFile.input.parse({ path, content: 'y\n'.repeat(5_000) });
    expect(await writeFile.preview?.(input, localContext())).toMatchObject({
      text: expect.stringContaining('More than'),
    });
  });

  it('leaves what only root may see to root', async () => {
    const input = writeFile.input.parse({ path: join(folder, 'no/x'), content: '', sudo: true });
    const preview = await writeFile.preview?.(input, localContext());
    expect(preview).toEqual({ text: expect.stringContaining('only root') });
  });

  (userInfo().uid === 0 ? it : it.skip)('takes nobody’s file away from them', async () => {
    chmodSync(folder, 0o777);
    writeFileSync(path, 'theirs', { mode: 0o666 });
    chownSync(path, 1, 1);
    const shell = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '/bin/sh'] as const;
    await expect(write({}, { shell })).rejects.toMatchObject({ message: expect.stringContaining('another user') });
    expect(readFileSync(path, 'utf8')).toBe('theirs');
    expect((await write()).data).toMatchObject({ created: false });
    expect([statSync(path).uid, existsSync(join(folder, 'RAN'))]).toEqual([1, false]);
  });
});

import {
  chmodSync,
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
import { callTool, injectionStrings, localContext } from '@servonaut/plugin-sdk/testing';
import { parseEntries } from './directory-entries.ts';
import { listDirectory } from './list-directory.tool.ts';
import { userlands } from './testing/userlands.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-list-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string | Buffer, text = ''): void =>
  writeFileSync(typeof name === 'string' ? join(folder, name) : Buffer.concat([Buffer.from(`${folder}/`), name]), text);

describe.each(userlands())('list_directory with %s', (_name, options) => {
  const list = async (input: object = {}) => callTool(listDirectory, { path: folder, ...input }, localContext(options));
  const names = async (input: object = {}) => (await list(input)).data?.entries.map(({ name }) => name);

  it('lists what is in a folder, hidden entries too, with all that is known of each', async () => {
    put('a.conf', 'abc');
    chmodSync(join(folder, 'a.conf'), 0o640);
    utimesSync(join(folder, 'a.conf'), 1_700_000_000, 1_700_000_000);
    put('.hidden');
    mkdirSync(join(folder, 'sub'));
    symlinkSync('sub', join(folder, 'to-sub'));
    const { data, output } = await list();
    expect(data).toMatchObject({ path: folder, left_out: 0 });
    expect(data?.entries).toMatchObject([
      { name: '.hidden', kind: 'file', size: 0, escaped: false },
      { name: 'a.conf', kind: 'file', size: 3, mode: '0640', modified: '2023-11-14T22:13:20.000Z' },
      { name: 'sub', kind: 'folder' },
      { name: 'to-sub', kind: 'link' },
    ]);
    expect(output).toMatch(
      /: 4 of 4 entries\n0\d+ .*\n0640  \S+:\S+ +3 +2023-11-14T22:13:20Z  a\.conf\n.* sub\/\n.* to-sub \(link\)$/s,
    );
  });

  it('goes as deep as it is told, and into no link', async () => {
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    symlinkSync('a', join(folder, 'z'));
    expect(await names()).toEqual(['a', 'z']);
    expect(await names({ depth: 2 })).toEqual(['a', 'a/b', 'z']);
    expect(await names({ depth: 8 })).toEqual(['a', 'a/b', 'a/b/c', 'z']);
  });

  it('tells names apart whatever is in them', async () => {
    const odd = [Buffer.from('one\ntwo'), Buffer.from([0xff, 0x2e, 0x61]), Buffer.from('back\\slash\u202e')];
    for (const name of [...odd, `it's "$(id)" |x`, 'späß', '-n']) put(name);
    expect((await list()).data?.entries.map(({ name, escaped }) => [name, escaped])).toEqual([
      ['-n', false],
      [String.raw`\xff.a`, true],
      [String.raw`back\x5cslash\xe2\x80\xae`, true],
      [`it's "$(id)" |x`, false],
      [String.raw`one\x0atwo`, true],
      ['späß', false],
    ]);
  });

  it('shows the largest or the newest first, and counts what it leaves out', async () => {
    for (const [at, size] of [3, 1, 2].entries()) {
      put(`f${at}`, 'x'.repeat(size));
      utimesSync(join(folder, `f${at}`), 1_700_000_000 + at, 1_700_000_000 + at);
    }
    expect(await names({ sort: 'size' })).toEqual(['f0', 'f2', 'f1']);
    expect(await names({ sort: 'modified' })).toEqual(['f2', 'f1', 'f0']);
    const { data, output } = await list({ most: 2 });
    expect(data).toMatchObject({ left_out: 1, entries: [{ name: 'f0' }, { name: 'f1' }] });
    expect(output).toContain('[1 left out');
  });

  it('lists the folder to which a link leads, and one with a slash at its end', async () => {
    mkdirSync(join(folder, 'real'));
    put('real/x');
    symlinkSync('real', join(folder, 'link'));
    expect(await names({ path: join(folder, 'link') })).toEqual(['x']);
    expect(await names({ path: `${folder}/real//` })).toEqual(['x']);
    expect(await names({ path: '/' })).toContain('tmp');
  });

  it('never runs what is in the names that it finds', async () => {
    const evils = injectionStrings(`touch ${folder}/RAN`, 60);
    mkdirSync(join(folder, 'odd'));
    const named = evils.map((evil) => evil.replaceAll('/', '_')).filter((evil) => Buffer.byteLength(evil) < 255);
    for (const name of new Set(named)) put(`odd/${name}`);
    expect((await list({ depth: 2, most: 1_000 })).data?.entries).toHaveLength(new Set(named).size + 1);
    expect(readdirSync(folder)).toEqual(['odd']);
  });
});

describe('list_directory', () => {
  const list = async (path: string) => callTool(listDirectory, { path }, localContext());

  it('says that a folder is empty', async () => {
    expect((await list(folder)).output).toBe(`${folder}: empty`);
  });

  it('says that there is no such folder, and that a file is none', async () => {
    await expect(list(join(folder, 'gone'))).rejects.toMatchObject({ code: 'not_found' });
    put('file');
    await expect(list(join(folder, 'file'))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('says what could not be looked at beside what could', async () => {
    put('there');
    const local = localContext();
    const context: typeof local = {
      ...local,
      exec: async (...args) => ({
        ...(await local.exec(...args)),
        exitCode: 1,
        stderr: "find: 'a': Permission denied\n",
      }),
    };
    const { data, output } = await callTool(listDirectory, { path: folder }, context);
    expect(data).toMatchObject({ entries: [{ name: 'there' }], incomplete: "find: 'a': Permission denied" });
    expect(output).toContain("[There may be more: find: 'a': Permission denied.]");
  });
});

describe('entries of a folder', () => {
  it('are those whose records have come to their end', () => {
    const record = (name: string) => `MARKRegular File|1|0644|1700000000|root|0|wheel|0|/x/${name}`;
    expect(parseEntries(Buffer.from(`${record('a')}\n${record('b|c')}\n${record('d')}`), '/x', 'MARK')).toMatchObject([
      { name: 'a', group: 'wheel' },
      { name: 'b|c' },
    ]);
  });
});

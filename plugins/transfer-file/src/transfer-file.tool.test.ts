import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToolProgress } from '@servonaut/plugin-sdk';
import { transferFile } from './transfer-file.tool.ts';
import { TransferWorld } from './testing/transfer-world.ts';
import { userlands } from './testing/userlands.ts';

const MIB = 1_024 * 1_024;
/** Longer than what may be under way at once, and the same nowhere. */
const BYTES = Buffer.from(Uint32Array.from({ length: (5 * MIB) / 4 }, (_, at) => at * 2_654_435_761).buffer);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let world: TransferWorld;
beforeEach(() => void (world = new TransferWorld()));
afterEach(() => world.stop());

const bytesAt = (path: string): boolean => readFileSync(path).equals(BYTES);

describe.each(userlands())('transfer_file with %s', (_name, options) => {
  it('brings a file from a server, for the operator alone, and compares it', async () => {
    writeFileSync(world.server('file'), BYTES);
    const told: ToolProgress[] = [];
    const { data, output } = await world.transfer(
      { direction: 'download' },
      { ...options, onProgress: (update) => told.push(update) },
    );
    expect(data).toMatchObject({ local: 'web-1/file', bytes: BYTES.length, sha256: SHA256, resumed_from: 0 });
    expect(output).toContain(`SHA-256 ${SHA256} on both sides`);
    expect(bytesAt(world.transfers('web-1/file'))).toBe(true);
    expect(statSync(world.transfers('web-1/file')).mode & 0o777).toBe(0o600);
    expect(readdirSync(world.transfers('web-1'))).toEqual(['file']);
    expect(told.at(-1)).toMatchObject({ text: 'download', done: BYTES.length, total: BYTES.length });
  });

  it('puts a file on a server, with the permissions that were asked for', async () => {
    writeFileSync(world.transfers('build'), BYTES);
    const input = { direction: 'upload', local: 'build', mode: '0644' } as const;
    expect((await world.transfer(input, options)).data).toMatchObject({ sha256: SHA256, unchanged: false });
    expect(bytesAt(world.server('file'))).toBe(true);
    expect(statSync(world.server('file')).mode & 0o777).toBe(0o644);
    expect(readdirSync(world.server())).toEqual(['file']);
  });

  it.each(['download', 'upload'] as const)('goes on with a %s that was cut off', async (direction) => {
    const [from, to, folder] = sides(direction);
    writeFileSync(from, BYTES);
    const cut = new AbortController();
    const cutting = { ...options, signal: cut.signal, onProgress: half(() => cut.abort(new Error('cut'))) };
    await expect(world.transfer({ direction }, cutting)).rejects.toThrow('cut');
    expect(readdirSync(folder)).toEqual(['.file.part']);
    const { data, output } = await world.transfer({ direction }, options);
    expect(data).toMatchObject({ sha256: SHA256, resumed_from: expect.any(Number) });
    expect(data?.resumed_from).toBeGreaterThan(0);
    expect(output).toContain('by an earlier call');
    expect(bytesAt(to)).toBe(true);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('says so where nothing makes out a digest, and goes on with nothing then', async () => {
    writeFileSync(world.server('file'), BYTES);
    writeFileSync(world.transfers('web-1/.file.part'), BYTES.subarray(0, 4 * MIB), { mode: 0o600 });
    const { data, output } = await world.transfer(
      { direction: 'download' },
      { ...options, env: { PATH: '/nonexistent' } },
    );
    expect(data).toMatchObject({ sha256: null, resumed_from: 0 });
    expect(output).toContain('Not compared');
    expect(bytesAt(world.transfers('web-1/file'))).toBe(true);
  });
});

/** Source, target and the folder of the target. */
function sides(direction: 'download' | 'upload'): [from: string, to: string, folder: string] {
  const [there, here] = [world.server('file'), world.transfers('web-1/file')];
  return direction === 'download' ? [there, here, world.transfers('web-1')] : [here, there, world.server()];
}

/** Once, when more than half has arrived. */
function half(act: () => void): (update: ToolProgress) => void {
  let isDone = false;
  return ({ done = 0, total = 0 }) => {
    if (isDone || done < 0.8 * total) return;
    isDone = true;
    act();
  };
}

describe.each(['download', 'upload'] as const)('a file that is there already (%s)', (direction) => {
  it('is left as it is when it is the same', async () => {
    const [from, to] = sides(direction);
    writeFileSync(from, BYTES);
    writeFileSync(to, BYTES);
    const before = statSync(to).ino;
    const { data } = await world.transfer({ direction });
    expect(data).toMatchObject({ unchanged: true, sha256: SHA256 });
    expect(statSync(to).ino).toBe(before);
  });

  it('is replaced only when that is asked for, and keeps its permissions', async () => {
    const [from, to] = sides(direction);
    writeFileSync(from, 'new');
    writeFileSync(to, 'old', { mode: 0o640 });
    await expect(world.transfer({ direction })).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(to, 'utf8')).toBe('old');
    await world.transfer({ direction, overwrite: true });
    expect(readFileSync(to, 'utf8')).toBe('new');
    expect(statSync(to).mode & 0o777).toBe(0o640);
  });

  it.each([false, true])('is left when it came or changed during the copying (overwrite %j)', async (overwrite) => {
    const [from, to] = sides(direction);
    writeFileSync(from, BYTES);
    if (overwrite) writeFileSync(to, 'old');
    const during = { onProgress: half(() => writeFileSync(to, 'of another')) };
    await expect(world.transfer({ direction, overwrite }, during)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(to, 'utf8')).toBe('of another');
  });
});

describe('a partial file', () => {
  const partial = () => world.transfers('web-1/.file.part');
  const resumedFrom = async (): Promise<number | undefined> => {
    writeFileSync(world.server('file'), BYTES);
    const { data } = await world.transfer({ direction: 'download' });
    expect(bytesAt(world.transfers('web-1/file'))).toBe(true);
    return data?.resumed_from;
  };

  it('is gone on with where it begins as the source does', async () => {
    writeFileSync(partial(), BYTES.subarray(0, 4 * MIB), { mode: 0o600 });
    expect(await resumedFrom()).toBe(2 * MIB);
  });

  it('may be longer than the source, which has been replaced by the beginning of itself', async () => {
    writeFileSync(partial(), Buffer.concat([BYTES, BYTES]), { mode: 0o600 });
    expect(await resumedFrom()).toBe(BYTES.length);
  });

  it('of another file is not gone on with', async () => {
    writeFileSync(partial(), Buffer.alloc(4 * MIB), { mode: 0o600 });
    expect(await resumedFrom()).toBe(0);
  });

  it('that others may read is not written into', async () => {
    writeFileSync(partial(), BYTES.subarray(0, 4 * MIB), { mode: 0o644 });
    linkSync(partial(), world.transfers('planted'));
    expect(await resumedFrom()).toBe(0);
    expect(statSync(world.transfers('planted')).size).toBe(4 * MIB);
  });

  it('that is a link is not followed', async () => {
    writeFileSync(world.transfers('elsewhere'), BYTES.subarray(0, 4 * MIB), { mode: 0o600 });
    symlinkSync('../elsewhere', partial());
    expect(await resumedFrom()).toBe(0);
    expect(statSync(world.transfers('elsewhere')).size).toBe(4 * MIB);
  });
});

it('an empty file arrives as one', async () => {
  writeFileSync(world.server('file'), '');
  expect((await world.transfer({ direction: 'download' })).data).toMatchObject({ bytes: 0, unchanged: false });
  expect(statSync(world.transfers('web-1/file')).size).toBe(0);
});

(existsSync('/proc/version') ? it : it.skip)('what only says that it is empty is not taken for it', async () => {
  const copying = world.transfer({ direction: 'download', remote: '/proc/version' });
  await expect(copying).rejects.toMatchObject({ code: 'tool_failed', message: /is not/ });
  expect(existsSync(world.transfers('web-1/version'))).toBe(false);
});

describe('what is written to while it is copied', () => {
  const copying = (act: () => void) => {
    writeFileSync(world.server('file'), BYTES);
    return world.transfer({ direction: 'download' }, { onProgress: half(act) });
  };
  const nothing = () => expect(readdirSync(world.transfers('web-1'))).toEqual([]);

  it('is copied as far as it was long, when it becomes longer', async () => {
    const { data } = await copying(() => appendFileSync(world.server('file'), 'more'));
    expect(data).toMatchObject({ bytes: BYTES.length, sha256: SHA256 });
    expect(bytesAt(world.transfers('web-1/file'))).toBe(true);
  });

  it('is put nowhere when it is another file in the end', async () => {
    const changed = copying(() => writeFileSync(world.server('file'), 'X', { flag: 'r+' }));
    await expect(changed).rejects.toMatchObject({ code: 'tool_failed', message: /changed meanwhile/ });
    nothing();
  });

  it('is told of by its name in the transfer folder alone, when its partial file is taken away', async () => {
    const spoilt = copying(() => rmSync(world.transfers('web-1/.file.part')));
    await expect(spoilt).rejects.toMatchObject({ code: 'not_found', message: /^web-1\/\.file\.part: / });
  });

  it('is put nowhere when it becomes shorter', async () => {
    await expect(copying(() => truncateSync(world.server('file'), 0))).rejects.toMatchObject({ code: 'tool_failed' });
    expect(existsSync(world.transfers('web-1/file'))).toBe(false);
  });
});

describe('transfer_file refuses', () => {
  const refused = (input: Parameters<TransferWorld['transfer']>[0], code = 'invalid_request') =>
    expect(world.transfer(input)).rejects.toMatchObject({ code });

  it.each([
    '../file',
    '/etc/passwd',
    'web-1/../../file',
    'web-1//file',
    '.ssh/authorized_keys',
    'web-1/.bashrc',
    'web-1/',
    '..',
    'web-1\\..\\x',
    'web-1/a\nb',
  ])('the name %j in the transfer folder', async (local) => {
    writeFileSync(world.server('file'), 'x');
    await refused({ direction: 'download', local });
    await refused({ direction: 'upload', local });
  });

  it('a name in the folder of another server than it comes from', async () => {
    writeFileSync(world.server('file'), 'x');
    await refused({ direction: 'download', local: 'file' });
    await refused({ direction: 'download', local: 'db-1/file' });
  });

  it('what was brought from a server that the caller may not use', async () => {
    mkdirSync(world.transfers('db-1'));
    writeFileSync(world.transfers('db-1/dump'), 'x');
    const input = { direction: 'upload', local: 'db-1/dump' } as const;
    await refused(input);
    const [web, db] = ['web-1', 'db-1'].map((name) => ({ name, labels: {} }));
    await world.transfer(input, { servers: [web!, db!] });
    expect(readFileSync(world.server('file'), 'utf8')).toBe('x');
  });

  it('links on the server, and what is behind one', async () => {
    mkdirSync(world.server('folder'));
    writeFileSync(world.server('folder/real'), 'x');
    symlinkSync('folder/real', world.server('file'));
    symlinkSync('folder', world.server('linked'));
    await refused({ direction: 'download' });
    await refused({ direction: 'download', remote: world.server('linked/real') });
    writeFileSync(world.transfers('up'), 'y');
    await refused({ direction: 'upload', local: 'up', overwrite: true });
    await refused({ direction: 'upload', local: 'up', remote: world.server('linked/new') });
    expect(readFileSync(world.server('folder/real'), 'utf8')).toBe('x');
  });

  it('links in the transfer folder', async () => {
    writeFileSync(world.server('file'), 'x');
    writeFileSync(world.server('secret'), 'secret');
    symlinkSync(world.server('secret'), world.transfers('web-1/link'));
    symlinkSync(world.server(), world.transfers('db-1'));
    const servers = ['web-1', 'db-1'].map((name) => ({ name, labels: {} }));
    for (const local of ['web-1/link', 'db-1/secret'])
      await expect(
        world.transfer({ direction: 'upload', local, remote: world.server('got') }, { servers }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    await refused({ direction: 'download', local: 'web-1/link', overwrite: true });
    expect(readdirSync(world.server()).toSorted()).toEqual(['file', 'secret']);
    expect(readFileSync(world.server('secret'), 'utf8')).toBe('secret');
  });

  it('what is no file', async () => {
    execFileSync('mkfifo', [world.server('file')]);
    await refused({ direction: 'download' });
    await refused({ direction: 'download', remote: world.server() });
    await refused({ direction: 'download', remote: world.server('none') }, 'not_found');
    await refused({ direction: 'download', remote: world.server('none/file') }, 'not_found');
  });

  it('a second call that writes the same file', async () => {
    writeFileSync(world.server('file'), BYTES);
    const both = await Promise.allSettled([1, 2].map(() => world.transfer({ direction: 'download' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
  });

  it.each(['relative', '/a/../b', '/a//b', '/a/', '/a/.'])('the path %j on the server', (remote) => {
    expect(transferFile.input.safeParse({ direction: 'download', remote }).success).toBe(false);
  });
});

it('only reads on the server when it downloads', () => {
  const effects = (['download', 'upload'] as const).map((direction) =>
    transferFile.effectOf?.({ direction, remote: '/x', overwrite: true }),
  );
  expect(effects).toEqual(['read-only', 'mutating']);
});

import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import fc from 'fast-check';
import type { OutputKeeping } from '../ssh/output-keeping.ts';
import type { OutputCaller } from './kept-record.ts';
import { DEFAULT_OUTPUT_SETTINGS, type OutputSettings } from './output-settings.ts';
import { OutputStore } from './output-store.ts';

const MIB = 1024 * 1024;
const BOT: OutputCaller = { principal: { kind: 'credential', id: '7' }, server: 'web-1' };
const OPERATOR: OutputCaller = { principal: undefined, server: 'web-1' };

let stateDir: string;
let faults: unknown[];
let now: number;
beforeEach(async () => {
  stateDir = await temporaryFolder();
  faults = [];
  now = Date.now();
});

function store(settings: Partial<OutputSettings> = {}): OutputStore {
  const onFault = (_: unknown, error: unknown) => faults.push(error);
  return new OutputStore({
    stateDir,
    settings: { ...DEFAULT_OUTPUT_SETTINGS, ...settings },
    onFault,
    now: () => now,
  });
}

function keeping(from: OutputStore, id: string, caller = BOT): OutputKeeping {
  const made = from.keepingFor(id, caller)?.();
  if (!made) throw new Error('nothing is kept');
  return made;
}

/** Writes as much as there is room for, as the channel of a command does. */
async function writeAll(to: OutputKeeping, stream: 'stdout' | 'stderr', chunks: readonly Buffer[]): Promise<void> {
  let drained = (): void => undefined;
  to.onDrain(() => drained());
  for (const chunk of chunks) {
    const hasDrained = new Promise<void>((resolve) => (drained = resolve));
    if (!to.write(stream, chunk)) await hasDrained;
  }
}

async function keep(from: OutputStore, id: string, bytes: Buffer, caller = BOT): Promise<boolean | undefined> {
  const kept = keeping(from, id, caller);
  await writeAll(kept, 'stdout', [bytes]);
  return kept.end();
}

const text = (length: number): Buffer => Buffer.alloc(length, 'a line of output\n');
const all = { offset: 0, length: MIB };
const files = () => readdir(join(stateDir, 'output')).catch(() => []);

describe('a kept output', () => {
  it('is every byte as it came, of each stream, however it came', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { minLength: 1, maxLength: 30 });
    const from = store({ output_keep_over_kib: 0 });
    await fc.assert(
      fc.asyncProperty(chunks, chunks, async (out, err) => {
        const id = randomUUID();
        const kept = keeping(from, id);
        const streams = { stdout: out.map((one) => Buffer.from(one)), stderr: err.map((one) => Buffer.from(one)) };
        await writeAll(kept, 'stdout', streams.stdout);
        await writeAll(kept, 'stderr', streams.stderr);
        expect(await kept.end()).toBe(true);
        for (const stream of ['stdout', 'stderr'] as const) {
          const expected = Buffer.concat(streams[stream]);
          const { bytes, keptBytes, writtenBytes } = await from.reader.read(BOT, id, stream, all);
          expect(Buffer.from(bytes).equals(expected)).toBe(true);
          expect([keptBytes, writtenBytes]).toEqual([expected.length, expected.length]);
        }
      }),
      { numRuns: 30 },
    );
    expect(faults).toEqual([]);
  });

  it('is not made of what is short, and begins with the first byte of what is not', async () => {
    const from = store();
    const short = keeping(from, randomUUID());
    for (let line = 0; line < 16; line++) short.write('stdout', text(1_024));
    short.write('stderr', text(1_024));
    expect(short.end()).toBeUndefined();
    expect(await files()).toEqual([]);

    const id = randomUUID();
    const long = keeping(from, id);
    for (let line = 0; line < 17; line++) long.write('stdout', text(1_024));
    long.write('stderr', text(1_024));
    expect(await long.end()).toBe(true);
    expect(await from.reader.read(BOT, id, 'stdout', all)).toMatchObject({ keptBytes: 17 * 1_024 });
    await expect(from.reader.read(BOT, id, 'stderr', all)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('can be read by nobody else on the machine', async () => {
    const id = randomUUID();
    await keep(store(), id, text(MIB));
    expect((await stat(join(stateDir, 'output'))).mode & 0o777).toBe(0o700);
    const modes = (await files()).map(async (name) => (await stat(join(stateDir, 'output', name))).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o600, 0o600]);
  });

  it('can be read in parts, and while the command runs', async () => {
    const id = randomUUID();
    const from = store({ output_keep_over_kib: 0 });
    const kept = keeping(from, id);
    kept.write('stdout', Buffer.from('0123456789'));
    const read = () => from.reader.read(BOT, id, 'stdout', { offset: 4, length: 3 }).catch(() => undefined);
    let part = await read();
    while (!part || part.bytes.length < 3) part = await read();
    expect(Buffer.from(part.bytes).toString()).toBe('456');
    expect(part.writtenBytes).toBeUndefined();
    await kept.end();
    expect(await from.reader.read(BOT, id, 'stdout', { offset: 8, length: 9 })).toMatchObject({ keptBytes: 10 });
    expect((await from.reader.read(BOT, id, 'stdout', { offset: 99, length: 9 })).bytes).toHaveLength(0);
  });

  it('of several commands of one call is that of the first that is long', async () => {
    const id = randomUUID();
    const from = store();
    const make = from.keepingFor(id, BOT)!;
    const [first, second] = [make(), make()];
    await writeAll(first, 'stdout', [text(MIB)]);
    await writeAll(second, 'stdout', [text(MIB)]);
    expect([await first.end(), second.end()]).toEqual([true, undefined]);
  });
});

describe('a kept output is read', () => {
  const nothing = expect.objectContaining({ code: 'not_found' });
  const stranger = (kind: 'user' | 'credential', id: string, server = 'web-1') => ({ principal: { kind, id }, server });

  it.each([
    ['whoever made the request', BOT, BOT],
    ['the operator', BOT, OPERATOR],
    ['the operator who made it', OPERATOR, OPERATOR],
  ])('by %s', async (_, owner, reader) => {
    const id = randomUUID();
    const from = store();
    await keep(from, id, text(20_000), owner);
    expect(await from.reader.read(reader, id, 'stdout', all)).toMatchObject({ keptBytes: 20_000 });
  });

  it.each([
    ['another credential', BOT, stranger('credential', '8')],
    ['a user with the same id', BOT, stranger('user', '7')],
    ['the same one by another server', BOT, stranger('credential', '7', 'web-2')],
    ['the operator by another server', BOT, { ...OPERATOR, server: 'web-2' }],
    ['an agent when it is the operator’s', OPERATOR, BOT],
  ])('not by %s, in the words for what is not there', async (_, owner, reader) => {
    const id = randomUUID();
    const from = store();
    const absent = await from.reader.read(reader, id, 'stdout', all).catch((error: unknown) => error);
    await keep(from, id, text(20_000), owner);
    await expect(from.reader.read(reader, id, 'stdout', all)).rejects.toEqual(absent);
    expect(absent).toEqual(nothing);
  });

  it('by no name but that of a request, and through no link', async () => {
    const id = randomUUID();
    const from = store();
    await keep(from, id, text(20_000));
    await writeFile(join(stateDir, 'secret.stdout'), 'secret');
    await writeFile(join(stateDir, 'secret.json'), await readFile(join(stateDir, 'output', `${id}.json`)));
    await expect(from.reader.read(OPERATOR, '../secret', 'stdout', all)).rejects.toEqual(nothing);
    const file = join(stateDir, 'output', `${id}.stdout`);
    await rm(file);
    await symlink(join(stateDir, 'secret.stdout'), file);
    await expect(from.reader.read(OPERATOR, id, 'stdout', all)).rejects.toMatchObject({ code: 'ELOOP' });
  });

  it('not when its record was cut off by a kill', async () => {
    const id = randomUUID();
    const from = store();
    await keep(from, id, text(20_000));
    await writeFile(join(stateDir, 'output', `${id}.json`), '{"server":"web-1","prin');
    await expect(from.reader.read(BOT, id, 'stdout', all)).rejects.toEqual(nothing);
  });
});

describe('what is kept is bounded', () => {
  it('for one request: its first bytes are there, and how many there were', async () => {
    const id = randomUUID();
    const from = store({ output_keep_request_mib: 1 });
    const kept = keeping(from, id);
    const chunks = Array.from({ length: 40 }, (_, index) => Buffer.alloc(65_536, String(index % 10)));
    await writeAll(kept, 'stdout', chunks);
    expect(await kept.end()).toBe(true);
    const part = await from.reader.read(BOT, id, 'stdout', all);
    expect(part).toMatchObject({ keptBytes: MIB, writtenBytes: 40 * 65_536 });
    expect(Buffer.concat(chunks).subarray(0, MIB).equals(part.bytes)).toBe(true);
  });

  it('in all: the oldest request goes first, and none that is being written', async () => {
    const from = store({ output_keep_mib: 3 });
    const [running, first, second, third] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const open = keeping(from, running);
    await writeAll(open, 'stdout', [text(MIB)]);
    for (const id of [first, second, third]) {
      now += 1_000;
      expect(await keep(from, id, text(MIB))).toBe(true);
    }
    await open.end();
    await expect(from.reader.read(BOT, first, 'stdout', all)).rejects.toMatchObject({ code: 'not_found' });
    for (const id of [running, second, third])
      expect(await from.reader.read(BOT, id, 'stdout', all)).toMatchObject({ keptBytes: MIB });
  });

  it('in all, counting what earlier processes have left', async () => {
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    await keep(store(), first, text(MIB));
    const lastHour = now / 1_000 - 3_600;
    for (const part of ['stdout', 'json'])
      await utimes(join(stateDir, 'output', `${first}.${part}`), lastHour, lastHour);
    await keep(store(), second, text(MIB));
    const from = store({ output_keep_mib: 3, output_keep_hours: 8_760 });
    await keep(from, third, text(MIB));
    await expect(from.reader.read(BOT, first, 'stdout', all)).rejects.toMatchObject({ code: 'not_found' });
    expect(await from.reader.read(BOT, second, 'stdout', all)).toMatchObject({ keptBytes: MIB });
  });

  it('in age, whether or not it was removed yet', async () => {
    const id = randomUUID();
    const from = store({ output_keep_hours: 1 });
    await keep(from, id, text(MIB));
    now += 3_660_000;
    await expect(from.reader.read(BOT, id, 'stdout', all)).rejects.toMatchObject({ code: 'not_found' });
    expect(await files()).toHaveLength(2);
    from.keepTidy();
    from.close();
    while ((await files()).length > 0);
    expect(faults).toEqual([]);
  });

  it('to nothing when the setting says so', () => {
    expect(store({ output_keep_mib: 0 }).keepingFor(randomUUID(), BOT)).toBeUndefined();
  });
});

describe('a disk', () => {
  it('that takes nothing is said to have kept nothing, once, and holds nobody up', async () => {
    await writeFile(join(stateDir, 'output'), 'not a folder');
    const kept = keeping(store(), randomUUID());
    await writeAll(
      kept,
      'stdout',
      Array.from({ length: 64 }, () => text(65_536)),
    );
    await writeAll(
      kept,
      'stderr',
      Array.from({ length: 64 }, () => text(65_536)),
    );
    expect(await kept.end()).toBe(false);
    expect(faults).toHaveLength(1);
  });

  it('that can be written to again is written to again', async () => {
    const from = store();
    await writeFile(join(stateDir, 'output'), 'not a folder');
    expect(await keep(from, randomUUID(), text(20_000))).toBe(false);
    await rm(join(stateDir, 'output'));
    expect(await keep(from, randomUUID(), text(20_000))).toBe(true);
  });

  it('that is full leaves no part of the output behind', async () => {
    const id = randomUUID();
    const from = store();
    const kept = keeping(from, id);
    await writeAll(kept, 'stdout', [text(MIB)]);
    await writeFile(join(stateDir, 'output', `${id}.stderr`), 'in the way');
    await writeAll(kept, 'stderr', [text(MIB)]);
    expect(await kept.end()).toBe(false);
    expect(await files()).not.toContain(`${id}.stderr`);
  });

  it('that folder of which others could read is closed to them', async () => {
    const from = store();
    await keep(from, randomUUID(), text(20_000));
    await chmod(join(stateDir, 'output'), 0o755);
    await keep(store(), randomUUID(), text(20_000));
    expect((await stat(join(stateDir, 'output'))).mode & 0o777).toBe(0o700);
  });
});

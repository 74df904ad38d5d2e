import { describe, expect, it } from '@jest/globals';
import { LogReading } from './log-reading.ts';
import { LogReader } from './templates/log-reader.ts';
import { ThreadReader } from './thread-reader.ts';

const CHUNK_BYTES = 100_000;

function logOf(lines: number): Uint8Array {
  const all = Array.from({ length: lines }, (_, at) => `2026-11-22T10:00:00Z user ${at} is in`);
  return Buffer.from(['+0000', ...all.with(lines >> 1, '2026-11-22T10:00:00Z disk is full')].join('\n'));
}

async function readIn(reading: LogReading, log: Uint8Array): Promise<unknown> {
  try {
    for (let at = 0; at < log.length; at += CHUNK_BYTES) await reading.write(log.subarray(at, at + CHUNK_BYTES));
    return await reading.end();
  } finally {
    reading.close();
  }
}

function readHere(log: Uint8Array): unknown {
  const reader = new LogReader();
  reader.write(log);
  return reader.end();
}

describe('the reading of a log', () => {
  it.each([
    ['a short one', 100],
    ['one that another thread reads', 100_000],
  ])('says the same of %s', async (_what, lines) => {
    const log = logOf(lines);
    expect(await readIn(new LogReading(), log)).toEqual(readHere(log));
  });

  it('reads several at once', async () => {
    const logs = [60_000, 70_000, 80_000].map(logOf);
    const read = await Promise.all(logs.map((log) => readIn(new LogReading(), log)));
    expect(read).toEqual(logs.map(readHere));
  });

  it('fails with the thread that does it, and the next one has another', async () => {
    const reader = new ThreadReader();
    reader.write({ length: 1, buffer: new ArrayBuffer(1) } as Uint8Array<ArrayBuffer>);
    await expect(reader.end()).rejects.toMatchObject({ code: 'tool_failed', cause: expect.any(Object) });
    expect(() => reader.room()).toThrow('The thread that read the log has ended.');
    reader.close();
    const log = logOf(100_000);
    expect(await readIn(new LogReading(), log)).toEqual(readHere(log));
  });
});

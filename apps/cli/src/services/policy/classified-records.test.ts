import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { ClassifiedRecords } from './classified-records.ts';

const echo = (command: string) => ({ class: 'read-only' as const, commands: [], reason: command });

async function reasons(chunks: readonly Buffer[], separator = 0): Promise<string[]> {
  const records = new ClassifiedRecords(separator, echo, (verdict) => JSON.stringify(verdict));
  let text = '';
  await pipeline(Readable.from(chunks), records, async (lines) => {
    for await (const line of lines) text += String(line);
  });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { reason: string }).reason);
}

describe('commands on stdin', () => {
  it.each<[what: string, text: string, found: readonly string[]]>([
    ['nothing', '', []],
    ['the last one with NUL', 'a\0b\0', ['a', 'b']],
    ['the last one without', 'a\0b', ['a', 'b']],
    ['empty ones', '\0\0a', ['', '', 'a']],
    ['several lines', 'a\nb\0c\n', ['a\nb', 'c\n']],
    ['a byte order mark', '\uFEFFa', ['\uFEFFa']],
  ])('are told apart: %s', async (_, text, found) => {
    expect(await reasons([Buffer.from(text)])).toEqual(found);
  });

  it('are whole however they arrive', async () => {
    const bytes = Buffer.from('für alle\0zwei\0€');
    for (let at = 0; at <= bytes.length; at++)
      expect(await reasons([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(['für alle', 'zwei', '€']);
    expect(await reasons(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(['für alle', 'zwei', '€']);
  });

  it('are forbidden when they are no UTF-8', async () => {
    expect(await reasons([Buffer.of(0x61, 0, 0xff, 0, 0x62)])).toEqual(['a', 'It is no UTF-8', 'b']);
  });

  it('end with lines where they are to', async () => {
    expect(await reasons([Buffer.from('a\nb\n')], 10)).toEqual(['a', 'b']);
  });

  it('are read no faster than the answers are taken', async () => {
    let given = 0;
    const many = Readable.from(
      (function* () {
        for (; given < 10_000; given++) yield Buffer.from(`${'x'.repeat(10_000)}\0`);
      })(),
      { highWaterMark: 1 },
    );
    const records = many.pipe(new ClassifiedRecords(0, echo, ({ reason }) => reason));
    const [first] = (await records.iterator({ destroyOnReturn: false }).next()).value.toString().split('\n');
    expect(first).toHaveLength(10_000);
    expect(given).toBeLessThan(100);
    records.destroy();
    many.destroy();
  });
});

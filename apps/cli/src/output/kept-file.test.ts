import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { KeptFile, type KeptFileOptions } from './kept-file.ts';

const HIGH_WATER = 256 * 1024;

async function keptFile(options: Partial<KeptFileOptions>): Promise<{ file: KeptFile; path: string; seen: unknown[] }> {
  const path = join(await temporaryFolder(), 'output');
  const seen: unknown[] = [];
  const file = new KeptFile({
    path,
    prepared: Promise.resolve(),
    take: (bytes) => bytes,
    stallMs: 60_000,
    onDrain: () => seen.push('drained'),
    onFault: (error) => seen.push(error),
    ...options,
  });
  return { file, path, seen };
}

describe('a file that is written as its bytes come', () => {
  it('asks for a pause while the disk is slow, and says when it is over', async () => {
    let prepare = (): void => undefined;
    const { file, path, seen } = await keptFile({ prepared: new Promise((resolve) => (prepare = resolve)) });
    expect(file.write(Buffer.alloc(HIGH_WATER - 1, 'a'))).toBe(true);
    expect(file.write(Buffer.from('b'))).toBe(false);
    expect(seen).toEqual([]);
    prepare();
    expect(await file.end()).toBe(true);
    expect(seen).toEqual(['drained']);
    expect(await readFile(path, 'utf8')).toHaveLength(HIGH_WATER);
  });

  it('is given up when the disk takes too long, and holds nobody up any more', async () => {
    const { file, seen } = await keptFile({ prepared: new Promise(() => undefined), stallMs: 1 });
    expect(file.write(Buffer.alloc(HIGH_WATER))).toBe(false);
    expect(await file.end()).toBe(false);
    // That it could not be removed either may follow.
    expect(seen.slice(0, 2)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('took longer') }),
      'drained',
    ]);
    expect(file.write(Buffer.alloc(HIGH_WATER))).toBe(true);
  });

  it('ends where there is no more room, in the middle of a chunk', async () => {
    let room = 5;
    const take = (bytes: number): number => {
      const taken = Math.min(bytes, room);
      room -= taken;
      return taken;
    };
    const { file, path, seen } = await keptFile({ take });
    for (const chunk of ['012', '345', '678']) file.write(Buffer.from(chunk));
    expect(await file.end()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('01234');
    expect(seen).toEqual([]);
  });

  it('is none where there was no room at all', async () => {
    const { file } = await keptFile({ take: () => 0 });
    file.write(Buffer.from('text'));
    expect(await file.end()).toBe(false);
  });
});

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readAhead, SFTP_CHUNK, writeBehind, writeInBlocks } from './file-stream.ts';
import { withLocalSftp } from './local-sftp.ts';
import type { Sftp, SftpFile } from './sftp.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'servonaut-sftp-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const here = <Value>(use: (sftp: Sftp) => Promise<Value>, signal?: AbortSignal): Promise<Value> =>
  withLocalSftp(use, { folder, ...(signal && { signal }) });

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('files of this machine', () => {
  it('are written, read from anywhere, and put in place of others in one step', async () => {
    writeFileSync(join(folder, 'b'), 'old');
    const read = await here(async (sftp) => {
      const file = await sftp.open('a', 'create', 0o640);
      await file.write(chunks('one ', 'two'));
      expect(await file.sync()).toBe(true);
      await file.close();
      await sftp.rename('a', 'b');
      const there = await sftp.open('b', 'read');
      return [await there.readAt(4, 100), ...(await all(there.read(2)))];
    });
    expect(read.map((bytes) => Buffer.from(bytes).toString())).toEqual(['two', 'e two']);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('one two');
  });

  it('are what they are, and nothing where there is nothing', async () => {
    symlinkSync('/nonexistent', join(folder, 'link'));
    await here(async (sftp) => {
      await sftp.makeFolder('sub', 0o700);
      expect(await sftp.stat('link')).toBeUndefined();
      expect(await sftp.linkStat('link')).toMatchObject({ kind: 'link' });
      const found = await all(sftp.list('.'));
      expect(found.map(({ name, kind }) => `${name} ${kind}`).toSorted()).toEqual(['link link', 'sub folder']);
      await sftp.removeFolder('sub');
      await sftp.remove('link');
      await expect(sftp.open('link', 'read')).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  it('that are to be new are not what a link leads to', async () => {
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    await expect(here((sftp) => sftp.open('link', 'create'))).rejects.toMatchObject({ message: /EEXIST/ });
  });

  it('are not what a link leads to, where that is asked for', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    symlinkSync('file', join(folder, 'link'));
    const reading = withLocalSftp((sftp) => sftp.open('link', 'read'), { folder, followsLinks: false });
    await expect(reading).rejects.toMatchObject({ message: /ELOOP/ });
  });

  it('are out of reach when the session is over', async () => {
    const over = new AbortController();
    let kept: SftpFile | undefined;
    await here(async (sftp) => {
      kept = await sftp.open('a', 'write');
      over.abort(new Error('over'));
      await expect(sftp.stat('a')).rejects.toThrow('over');
    }, over.signal);
    await expect(kept?.write(Buffer.from('late'))).rejects.toThrow('over');
  });
});

describe('a stream of a file', () => {
  it('has several requests under way, gives what they bring in order, and stops where the file does', async () => {
    const size = 40 * SFTP_CHUNK + 5;
    let [now, most] = [0, 0];
    const readAt = async (position: number, length: number): Promise<Uint8Array> => {
      most = Math.max(most, ++now);
      for (let turns = position % 3; turns > 0; turns--) await Promise.resolve();
      now--;
      return Buffer.alloc(Math.max(0, Math.min(length, size - position)), position / SFTP_CHUNK);
    };
    const read = await all(readAhead(readAt));
    expect(read.map((bytes) => bytes[0])).toEqual(Array.from({ length: 41 }, (_, index) => index));
    expect(read.at(-1)).toHaveLength(5);
    expect(most).toBeGreaterThan(1);
  });

  it('is written in large blocks, the one after the other', async () => {
    const bytes = Buffer.from(Uint32Array.from({ length: 800_000 }, (_, at) => at).buffer);
    const written = Buffer.alloc(bytes.length);
    let [now, most, calls] = [0, 0, 0];
    const writeAt = async (position: number, block: Uint8Array): Promise<void> => {
      [now, calls] = [now + 1, calls + 1];
      most = Math.max(most, now);
      for (let turns = 99; turns > 0; turns--) await Promise.resolve();
      written.set(block, position - 5);
      now--;
    };
    await writeInBlocks(writeAt, bytes, 5);
    expect([most, calls, written.equals(bytes)]).toEqual([1, 4, true]);
  });

  it.each(['read', 'write', 'write in blocks'])(
    'tells when one of its requests fails, and leaves none behind (%s)',
    async (which) => {
      const open = new Set<number>();
      const failing = async (position: number): Promise<never> => {
        open.add(position);
        await Promise.resolve();
        open.delete(position);
        throw new Error('no');
      };
      const write = which === 'write' ? writeBehind : writeInBlocks;
      const streaming = which === 'read' ? all(readAhead(failing)) : write(failing, Buffer.alloc(3 * SFTP_CHUNK));
      await expect(streaming).rejects.toThrow('no');
      expect(open.size).toBe(0);
    },
  );
});

import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import { startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import type { LinkStrategy } from '../../inventory/server.ts';
import { endStarted, NEVER, serverAt, shellOn, startOwn, targetOf } from '../testing/link-servers.ts';

let sshd: TestSshd;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd();
});
beforeEach(async () => {
  folder = await temporaryFolder();
  // Whoever logs in to the server is somebody else.
  chmodSync(folder, 0o777);
});
afterEach(endStarted);
afterAll(() => sshd.stop());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A shell, and a session on its server. */
function sessions(strategy: LinkStrategy, own = sshd) {
  const server = serverAt(targetOf(own, strategy));
  const { shell, exec, pool } = shellOn(server);
  const sftp = <Value>(use: (sftp: Sftp) => Promise<Value>, signal = NEVER, timeoutMs = 20_000): Promise<Value> =>
    shell.sftp(server, { timeoutMs, signal }, use);
  return { sftp, exec, pool };
}

describe.each<LinkStrategy>(['ssh2', 'openssh', 'local'])('SFTP over %s', (strategy) => {
  it('writes and reads files that are longer than what is under way at once', async () => {
    const { sftp, exec } = sessions(strategy);
    const bytes = Buffer.alloc(5 * 1_024 * 1_024 + 7, 'servonaut ');
    const [path, moved] = [join(folder, "it's a file"), join(folder, 'moved')];
    writeFileSync(moved, 'old');
    const read = await sftp(async (session) => {
      const file = await session.open(path, 'create', 0o640);
      await file.write(bytes.subarray(1_000), 1_000);
      await file.write(bytes.subarray(0, 1_000));
      expect(await file.sync()).toBe(true);
      expect(await file.stat()).toMatchObject({ kind: 'file', size: bytes.length });
      await file.close();
      await session.rename(path, moved);
      const there = await session.open(moved, 'read');
      expect(Buffer.from(await there.readAt(7, 100_000))).toEqual(bytes.subarray(7, 100_007));
      return Buffer.concat(await all(there.read(3)));
    });
    expect(read.equals(bytes.subarray(3))).toBe(true);
    expect(readFileSync(moved).equals(bytes)).toBe(true);
    expect(statSync(moved).mode & 0o777).toBe(0o640);
    expect(await exec('echo beside')).toMatchObject({ stdout: 'beside\n' });
  });

  it('reads a long file into few buffers, where they may be used again', async () => {
    const bytes = randomBytes(5 * 1_024 * 1_024 + 7);
    writeFileSync(join(folder, 'long'), bytes, { mode: 0o644 });
    const [parts, buffers] = [[] as Buffer[], new Set<ArrayBufferLike>()];
    await sessions(strategy).sftp(async (session) => {
      const file = await session.open(join(folder, 'long'), 'read');
      for await (const part of file.read(0, { reuse: true })) {
        parts.push(Buffer.from(part));
        buffers.add(part.buffer);
      }
    });
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(buffers.size).toBeLessThan(parts.length);
  });

  it('says what there is, and tells nothing from what is refused', async () => {
    symlinkSync('/nonexistent', join(folder, 'link'));
    await sessions(strategy).sftp(async (session) => {
      const at = (name: string): string => join(folder, name);
      await session.makeFolder(at('sub'));
      await session.setMode(at('sub'), 0o711);
      expect(await session.stat(at('sub'))).toMatchObject({ kind: 'folder', mode: 0o711 });
      expect(await session.stat(at('link'))).toBeUndefined();
      expect(await session.linkStat(at('link'))).toMatchObject({ kind: 'link' });
      expect(await session.realPath(at('sub/../sub'))).toBe(at('sub'));
      const names = await all(session.list(folder));
      expect(names.map(({ name, kind }) => `${name} ${kind}`).toSorted()).toEqual(['link link', 'sub folder']);
      await expect(session.open(at('link'), 'create')).rejects.toMatchObject({ code: 'tool_failed' });
      await expect(session.open(at('none'), 'read')).rejects.toMatchObject({ code: 'not_found' });
      await expect(session.removeFolder(at('link'))).rejects.toMatchObject({ facts: { sftp: expect.any(String) } });
      await session.remove(at('link'));
      await session.removeFolder(at('sub'));
      expect(await all(session.list(folder))).toEqual([]);
    });
  });

  it('is over with its call, and what is not answered by then fails', async () => {
    const { sftp } = sessions(strategy);
    const path = join(folder, 'long');
    writeFileSync(path, '', { mode: 0o644 });
    truncateSync(path, 2 ** 40);
    const cancel = new AbortController();
    const reading = sftp(async (session) => {
      const file = await session.open(path, 'read');
      for await (const bytes of file.read()) if (bytes.length > 0) cancel.abort();
    }, cancel.signal);
    await expect(reading).rejects.toMatchObject({ code: 'request_cancelled' });
    expect(await sftp((session) => session.realPath(folder))).toBe(folder);
  });
});

it.each<LinkStrategy>(['ssh2', 'openssh'])('a server without SFTP is told of as such (%s)', async (strategy) => {
  const own = await startOwn({ config: ['ForceCommand false'] });
  await expect(sessions(strategy, own).sftp((session) => session.realPath('.'))).rejects.toMatchObject({
    code: 'connection_lost',
    message: /SFTP/,
  });
});

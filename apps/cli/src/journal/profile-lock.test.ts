import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { lockHolder, lockProfile } from './profile-lock.ts';

describe('the lock of a profile', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-lock-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** A process that takes the lock, says whether it got it, and stays. */
  const taker = async (): Promise<{ child: ChildProcess; got: boolean }> => {
    const source = new URL('profile-lock.ts', import.meta.url).href;
    const script = `
      import { lockProfile } from ${JSON.stringify(source)};
      try { lockProfile(process.argv[1]); console.log('got'); } catch (error) { console.log(error.code); }
      setInterval(() => undefined, 1000);`;
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, folder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    return { child, got: line.toString().trim() === 'got' };
  };

  /** As a killed process leaves its lock. */
  const leftBy = (identity: string): void => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', identity), identity);
  };

  it('is had by one process at a time', async () => {
    const unlock = lockProfile(folder);
    expect((await taker()).got).toBe(false);
    expect(lockHolder(folder)).toBe(process.pid);
    unlock();
    expect((await taker()).got).toBe(true);
  });

  it.each([0o000, 0o777])('can be read by its owner alone, whatever the umask: %o', (mask) => {
    const umask = process.umask(mask);
    try {
      lockProfile(folder);
    } finally {
      process.umask(umask);
    }
    expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o700);
  });

  it('names the process that has it', () => {
    const unlock = lockProfile(folder);
    expect(() => lockProfile(folder)).toThrow(
      expect.objectContaining({
        code: 'already_running',
        message: `An executor for this profile is already running, as process ${process.pid}.`,
        facts: { pid: process.pid },
      }),
    );
    unlock();
  });

  it('is taken over from a process that was killed', async () => {
    const { child } = await taker();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(lockHolder(folder)).toBeNull();
    lockProfile(folder)();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('is not held by another process that has the pid by now', () => {
    leftBy(`${process.ppid} 1`);
    lockProfile(folder)();
  });

  it('leaves nothing behind when the disk takes nothing', async () => {
    const source = new URL('lock-file.ts', import.meta.url).href;
    const script = `
      import { tryLock } from ${JSON.stringify(source)};
      try { tryLock(process.argv[1]); } catch (error) { console.log(error.code); }`;
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, join(folder, 'lock')];
    // No file may have a byte; what is said goes through a pipe.
    const limited = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, ...args];
    const child = spawn('/bin/sh', limited, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    expect(await text(child.stdout)).toBe('EFBIG\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('goes to exactly one of several that find it stale at once', async () => {
    leftBy('999999999 1');
    const takers = await Promise.all([taker(), taker(), taker(), taker()]);
    expect(takers.filter(({ got }) => got)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { ChainLock } from './chain-lock.ts';

/** No process has this pid on any system. */
const DEAD = '4194999 1';

let folder: string;
let lock: ChainLock;

beforeEach(async () => {
  folder = await temporaryFolder();
  lock = new ChainLock(folder);
});

const held = (): boolean => readdirSync(folder).includes('lock');

describe('the lock of the chain', () => {
  it('is held for as long as the work takes, and leaves nothing', () => {
    expect(lock.during(held)).toBe(true);
    expect(() => lock.during(() => JSON.parse('{') as unknown)).toThrow(SyntaxError);
    expect(held()).toBe(false);
    expect(lock.during(held)).toBe(true);
    lock.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that was killed, of which nothing is left', () => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', DEAD), '');
    mkdirSync(join(folder, `claim.${DEAD}.abcdef`));
    expect(lock.during(() => 'taken')).toBe('taken');
    lock.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not taken from a process that lives', () => {
    const other = new ChainLock(folder, { patienceMs: 10 });
    expect(lock.during(() => message(() => other.during(() => 'taken')))).toContain('does not let go');
    expect(other.during(() => 'taken')).toBe('taken');
  });

  it('is waited for once by whoever it is kept from, and then only briefly until they have had it', () => {
    let time = 0;
    const other = new ChainLock(folder, { patienceMs: 50, now: () => (time += 1) });
    const waited = (): number => {
      const before = time;
      expect(message(() => other.during(() => 'taken'))).toContain('does not let go');
      return time - before;
    };
    const [first, second] = lock.during(() => [waited(), waited()]);
    expect(other.during(() => 'taken')).toBe('taken');
    const third = lock.during(waited);
    expect([first, third]).toEqual([52, 52]);
    expect(second).toBeLessThan(20);
  });

  it('is had again by whoever has lost their own part of it', () => {
    lock.during(() => undefined);
    const [claim = ''] = readdirSync(folder);
    renameSync(join(folder, claim), join(folder, 'gone'));
    expect(message(() => lock.during(() => 'taken'))).toContain('ENOENT');
    expect(lock.during(() => 'taken')).toBe('taken');
  });
});

function message(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}

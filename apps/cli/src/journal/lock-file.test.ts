import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';

const source = new URL('lock-file.ts', import.meta.url).href;

/**
 * Takes the lock whenever it is told to. Before each call to the disk it says so and waits to be told to go on, so that the test says who is next.
 */
const STEPPED = `
  import fs, { readSync, writeSync } from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const told = () => readSync(0, Buffer.alloc(1)) === 1 || process.exit();
  const say = (word) => writeSync(1, word + '\\n');
  let isStepped = false;
  for (const [name, call] of Object.entries(fs)) {
    if (!name.endsWith('Sync') || name === 'readSync' || name === 'writeSync') continue;
    fs[name] = (...args) => {
      if (isStepped && !String(args[0]).startsWith('/proc')) { say(name); told(); }
      return call(...args);
    };
  }
  syncBuiltinESMExports();
  const { tryLock } = await import(${JSON.stringify(source)});
  say('ready');
  for (let taken; ; ) {
    told();
    taken?.release?.();
    isStepped = true;
    taken = tryLock(process.argv[1]);
    isStepped = false;
    say('release' in taken ? 'held' : 'refused');
  }`;

/** Has the lock so many times, each time alone, and leaves it every other time as a killed process would. */
const HOLDING = `
  import { renameSync, rmSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { tryLock } from ${JSON.stringify(source)};
  import { thisProcess } from ${JSON.stringify(new URL('process-identity.ts', import.meta.url).href)};
  const lock = process.argv[1];
  const inside = lock + '-inside';
  for (let turns = 0; turns < TURNS; ) {
    const taken = tryLock(lock);
    if (!taken.release) continue;
    writeFileSync(inside, '', { flag: 'wx' });
    rmSync(inside);
    if (turns++ % 2) taken.release();
    else renameSync(join(lock, thisProcess()), join(lock, '999999999 1'));
  }`;

/** Numbers that are the same in each run (a linear congruential generator). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Taker {
  readonly child: ChildProcess;
  /** Lets it go on, and says what it is about to do, or what has come of it. */
  step(): Promise<string>;
}

describe('a lock that a killed process has left', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const run = (script: string): ChildProcess => {
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, join(folder, 'lock')];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };

  async function aTaker(): Promise<Taker> {
    const child = run(STEPPED);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value as string;
    expect(await next()).toBe('ready');
    return { child, step: () => (child.stdin?.write('.'), next()) };
  }

  /** Has all take it at once; who makes the next step is drawn, and goes on for a while, lest each be held up as long as the others. */
  async function takenBy(takers: readonly Taker[], below: (count: number) => number): Promise<string[]> {
    const ends: string[] = [];
    const under = [...takers];
    while (under.length > 0) {
      const index = below(under.length);
      for (let steps = 1 + below(8); steps > 0; steps -= 1) {
        const said = await under[index]!.step();
        if (said !== 'held' && said !== 'refused') continue;
        ends.push(said);
        under.splice(index, 1);
        break;
      }
    }
    return ends;
  }

  it('goes to one of three, whatever the order in which they come to the disk', async () => {
    const dead = await aTaker();
    expect((await takenBy([dead], () => 0)).at(-1)).toBe('held');
    dead.child.kill('SIGKILL');
    await once(dead.child, 'exit');
    const left = await temporaryFolder();
    cpSync(folder, left, { recursive: true });
    const takers = await Promise.all([aTaker(), aTaker(), aTaker()]);
    const below = numbersFrom(1);
    const held = [];
    for (let round = 0; round < 200; round += 1) {
      rmSync(folder, { recursive: true });
      cpSync(left, folder, { recursive: true });
      const ends = await takenBy(takers, below);
      held.push(ends.filter((end) => end === 'held').length);
      expect(readdirSync(folder)).toEqual(['lock']);
    }
    expect(held.filter((count) => count !== 1)).toEqual([]);
  });

  it('is had by one of many at a time', async () => {
    const holders = Array.from({ length: 4 }, () => run(HOLDING.replace('TURNS', '25')));
    const ends = await Promise.all(holders.map((holder) => once(holder, 'exit')));
    expect(ends).toEqual(holders.map(() => [0, null]));
  });
});

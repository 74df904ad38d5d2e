import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder, unlessMissing } from '@servonaut/testkit';
import { nodeLine, onTerminal, withoutTerminal, withoutTerminals } from './testing/on-terminal.ts';

const SOURCE = new URL('terminal-keys.ts', import.meta.url).href;
const CODE = `const { TerminalKeys } = await import('${SOURCE}');
  const keys = TerminalKeys.open();
  if (!keys) { console.log('no keys'); process.exit(); }
  process.on('SIGINT', () => { console.log('interrupted'); process.exit(3); });
  const stay = setInterval(() => {}, 1_000);
  keys.listen((key) => {
    console.log('below ' + JSON.stringify(key));
    if (key === 'x') throw new Error('a fault');
    if (key === 'q') { keys.close(); clearInterval(stay); }
  });
  const giveBack = keys.listen((key) => { console.log('above ' + JSON.stringify(key)); giveBack(); });
  console.log('ready');`;

unlessMissing(describe, withoutTerminals)('keys of a terminal', () => {
  /** What the process says to what is typed, and whether the terminal was afterwards as before. */
  async function type(typed: string): Promise<{ said: string; isAsBefore: boolean }> {
    const folder = await temporaryFolder();
    const [before, after] = [join(folder, 'before'), join(folder, 'after')];
    const whole = `stty -a > ${before}; ${nodeLine(CODE)}; echo "ended $?"; stty -a > ${after}`;
    const said = await onTerminal(whole, 'ready', typed);
    const [was, is] = await Promise.all([readFile(before, 'utf8'), readFile(after, 'utf8')]);
    return { said, isAsBefore: was === is };
  }

  it('come one by one, to the newest listener, and are not shown', async () => {
    const { said, isAsBefore } = await type('apq');
    expect(said.split(/\r*\n/).slice(1)).toEqual(['above "a"', 'below "p"', 'below "q"', 'ended 0', '']);
    expect(isAsBefore).toBe(true);
  });

  it('leave Ctrl-C what it is', async () => {
    const { said, isAsBefore } = await type('\u0003');
    expect(said).toContain('interrupted\r\nended 3');
    expect(isAsBefore).toBe(true);
  });

  it('leave the terminal as it was when the process ends by a fault', async () => {
    const { said, isAsBefore } = await type('ax');
    expect(said).toContain('ended 1');
    expect(isAsBefore).toBe(true);
  });
});

describe('without a terminal', () => {
  it('there are none', async () => {
    expect(await withoutTerminal(CODE)).toBe('no keys\n');
  });
});

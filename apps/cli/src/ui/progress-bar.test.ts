import { expect, it } from '@jest/globals';
import { columnsOf } from './plain-text.ts';
import { ProgressBar, progressLine } from './progress-bar.ts';

const GIB = 1_024 ** 3;
const half = { text: 'download', done: GIB, total: 2 * GIB, unit: 'bytes' } as const;
const pace = { seconds: 5, done: 0 };

it('shows how far, how fast and how long still, on one line of 80 columns', () => {
  expect(progressLine(half, pace, 80)).toBe(
    'download [###########-----------] 50 %  1.0 GiB of 2.0 GiB  205 MiB/s  5 s left',
  );
  expect(progressLine({ done: 3, total: 12 }, { seconds: 2, done: 1 }, 80)).toBe(
    '[########----------------------] 25 %  3 of 12  1.0/s  9 s left',
  );
});

it.each([79, 60, 40, 20, 5])('fits %d columns', (columns) => {
  const line = progressLine(half, pace, columns);
  expect(line).toContain('50 %');
  expect(line?.length).toBeLessThan(columns);
});

it('says nothing of a rate at the beginning, nor of a share where the whole is not known', () => {
  expect(progressLine(half, { seconds: 0.1, done: 0 }, 80)).not.toContain('/s');
  for (const update of [{}, { done: 1 }, { done: 1, total: 0 }, { done: Number.NaN, total: 1 }])
    expect(progressLine(update, pace, 80)).toBeUndefined();
});

it('takes what tools say as it comes: wide characters, and more than there is', () => {
  const line = progressLine({ ...half, text: '下載'.repeat(50) }, pace, 80) ?? '';
  expect(columnsOf(line)).toBeLessThan(80);
  for (const update of [
    { done: 30, total: 12 },
    { done: -3, total: 12 },
    { done: 3, total: -12 },
  ])
    expect(progressLine(update, { seconds: 2, done: -9 }, 80) ?? '').not.toMatch(/-\d|NaN|Infinity|e\+/);
});

function barOf(columns: number) {
  const written: string[] = [];
  const clock = { now: 0 };
  const terminal = { columns, write: (text: string) => written.push(text) > 0 };
  return { bar: new ProgressBar(terminal, () => clock.now), written, clock };
}

it('counts what an earlier call has brought for no speed, and leaves nothing behind', () => {
  const { bar, written, clock } = barOf(80);
  bar.show({ ...half, done: GIB / 2 });
  clock.now = 10_000;
  bar.show(half);
  expect(written.at(-1)).toContain('51 MiB/s  20 s left');
  bar.end();
  expect(written.at(-1)).toBe('\r\u001b[K');
});

it('makes way for a line of others, and says nothing more behind the answer', () => {
  const { bar, written } = barOf(80);
  bar.clear();
  expect(written).toEqual([]);
  bar.show(half);
  bar.clear();
  bar.show(half);
  bar.end();
  // A tool that was given up may still be at work.
  bar.show(half);
  expect(written.map((text) => text.includes('50 %'))).toEqual([true, false, true, false]);
});

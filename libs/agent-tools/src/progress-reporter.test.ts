import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProgressReporter } from './progress-reporter.ts';

describe('a progress reporter', () => {
  const sent: [number, string][] = [];
  let reporter: ProgressReporter;

  beforeEach(() => {
    jest.useFakeTimers();
    sent.length = 0;
    reporter = new ProgressReporter((...notification) => void sent.push(notification));
  });
  afterEach(() => void jest.useRealTimers());

  const write = (chunk: string) =>
    reporter.onProgress({ request_id: '0190a0a0-0000-7000-8000-000000000001', sequence: 0, stream: 'stdout', chunk });

  it('sends what came within a quarter of a second at once, and counts up', () => {
    write('one ');
    write('two');
    jest.advanceTimersByTime(250);
    write('!');
    jest.advanceTimersByTime(250);
    expect(sent).toEqual([
      [7, 'one two'],
      [8, '!'],
    ]);
  });

  it('sends at most four a second, however much comes', () => {
    for (let ms = 0; ms < 1_000; ms += 10) {
      write('x'.repeat(10_000));
      jest.advanceTimersByTime(10);
    }
    expect(sent.length).toBe(4);
    expect(sent.every(([, message]) => message.length <= 2_000)).toBe(true);
  });

  it('sends nothing for a call that ends at once', () => {
    write('done');
    reporter.stop();
    jest.advanceTimersByTime(1_000);
    expect(sent).toEqual([]);
  });

  const UNTIL = Date.UTC(2026, 10, 22, 16, 45, 10, 400);
  const WAITS = "waits for the operator's approval, until 16:45:10Z; nothing of it has run yet";

  it('says again and again that the operator is asked, until when, and always counts up', () => {
    reporter.onWaiting(UNTIL);
    reporter.onWaiting(UNTIL);
    jest.advanceTimersByTime(60_000);
    expect(sent).toEqual([1, 2, 3, 4].map((count) => [count, WAITS]));
    reporter.onWaiting(null);
    write('done');
    jest.advanceTimersByTime(60_000);
    expect(sent.slice(4)).toEqual([[8, 'done']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says which servers of a call wait, and not that one does which waits no longer', () => {
    reporter.onWaiting(UNTIL, 'web-1');
    reporter.onWaiting(UNTIL, 'web-2');
    reporter.onWaiting(null, 'web-3');
    jest.advanceTimersByTime(250);
    reporter.onWaiting(null, 'web-1');
    jest.advanceTimersByTime(15_000);
    expect(sent).toEqual([
      [1, `[web-1] ${WAITS}\n[web-2] ${WAITS}`],
      [2, `[web-2] ${WAITS}`],
    ]);
  });

  it('sends no word of a wait that the operator has ended at once', () => {
    reporter.onWaiting(UNTIL);
    reporter.stop();
    jest.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
  });

  it('sends nothing for nothing', () => {
    write('');
    expect(jest.getTimerCount()).toBe(0);
  });
});

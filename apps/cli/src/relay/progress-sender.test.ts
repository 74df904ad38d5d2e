import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WIRE_LIMITS, type CommandProgress } from '@servonaut/contracts';
import { ProgressSender } from './progress-sender.ts';

let posted: CommandProgress[];
let sender: ProgressSender;
beforeEach(() => {
  jest.useFakeTimers();
  posted = [];
  sender = new ProgressSender({ requestId: 'r', post: async (progress) => void posted.push(progress) });
});
afterEach(() => void jest.useRealTimers());

const said = () => posted.map(({ stream, chunk }) => `${stream} ${chunk}`);

describe('progress', () => {
  it('is sent four times a second at most, whichever stream it is of, in order', async () => {
    for (let tick = 0; tick < 100; tick++) {
      sender.push('stdout', `o${tick} `);
      sender.push('stderr', `e${tick} `);
      await jest.advanceTimersByTimeAsync(20);
    }
    expect(posted).toHaveLength(8);
    expect(posted.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const numbers = posted.filter(({ stream }) => stream === 'stderr').map(({ chunk }) => chunk.match(/\d+/)?.[0]);
    expect(numbers).toHaveLength(4);
    expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)));
  });

  it('is sent of both streams, although one never ends', async () => {
    sender.push('stderr', 'warning');
    for (let tick = 0; tick < 4; tick++) {
      sender.push('stdout', 'x');
      await jest.advanceTimersByTimeAsync(250);
    }
    expect(said()).toEqual(['stdout x', 'stderr warning', 'stdout xx', 'stdout x']);
  });

  it('is of a progress bar its last state', async () => {
    sender.push('stdout', 'get\n 1%\r 2%\r');
    await jest.advanceTimersByTimeAsync(250);
    sender.push('stdout', ' 3%\r 4%');
    await jest.advanceTimersByTimeAsync(250);
    expect(said()).toEqual(['stdout get\n 2%', 'stdout  4%']);
  });

  it('is nothing for a command that ends at once, and nothing after its end', async () => {
    sender.push('stdout', 'done');
    sender.end();
    sender.push('stdout', 'late');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(posted).toEqual([]);
  });

  it('leaves out what the coordinator does not take in time, and is well-formed where it is cut', async () => {
    sender.push('stdout', `${'x'.repeat(WIRE_LIMITS.progressChunkLength - 1)}😀 more`);
    sender.push('stdout', 'still more');
    await jest.advanceTimersByTimeAsync(250);
    expect(posted[0]?.chunk).toHaveLength(WIRE_LIMITS.progressChunkLength);
    expect(posted[0]?.chunk.isWellFormed()).toBe(true);
  });
});

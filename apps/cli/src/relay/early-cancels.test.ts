import { describe, expect, it } from '@jest/globals';
import { EarlyCancels, MAX_EARLY_CANCELS } from './early-cancels.ts';

const NOW = 1_000_000;
const cancel = (requestId: string, startBy = NOW + 15_000) => ({ requestId, startBy });

describe('cancels that came before their request', () => {
  it('count once each', () => {
    const cancels = new EarlyCancels();
    cancels.add(cancel('a'), NOW);
    expect(cancels.take('b')).toBe(false);
    expect(cancels.take('a')).toBe(true);
    expect(cancels.take('a')).toBe(false);
  });

  it('make room, when there are too many, by forgetting the oldest', () => {
    const cancels = new EarlyCancels();
    for (let index = 0; index <= MAX_EARLY_CANCELS; index += 1) cancels.add(cancel(`request ${index}`), NOW);
    expect(cancels.size).toBe(MAX_EARLY_CANCELS);
    expect(cancels.take('request 0')).toBe(false);
    expect(cancels.take('request 1')).toBe(true);
    expect(cancels.take(`request ${MAX_EARLY_CANCELS}`)).toBe(true);
  });

  it('are forgotten when their requests could not start any more', () => {
    const cancels = new EarlyCancels();
    cancels.add(cancel('a', NOW), NOW);
    cancels.add(cancel('b'), NOW);
    expect(cancels.size).toBe(2);
    cancels.add(cancel('c'), NOW + 1);
    expect(cancels.size).toBe(2);
    expect(cancels.take('a')).toBe(false);
    expect(cancels.take('b')).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { inOrderOfUse, KEPT_AFTER_MS, PUBLISHED_AHEAD_MS, rotationSteps, type KeyTimes } from './key-rotation.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const LIFE_MS = 90 * 86_400_000;

const at = (offsetMs: number): Date => new Date(NOW.getTime() + offsetMs);
const key = (kid: string, offsetMs: number): KeyTimes => ({ kid, activeFrom: at(offsetMs) });
const steps = (...keys: KeyTimes[]) => rotationSteps(keys, LIFE_MS, NOW);
const order = (...keys: KeyTimes[]) => inOrderOfUse(keys, NOW).map(({ kid }) => kid);

describe('rotation of signing keys', () => {
  it('makes the first key at once', () => {
    expect(steps()).toEqual({ make: NOW, forget: [] });
  });

  it('leaves a key alone that signs for a while yet', () => {
    expect(steps(key('a', -1))).toEqual({ make: null, forget: [] });
    expect(steps(key('a', PUBLISHED_AHEAD_MS + 1 - LIFE_MS))).toEqual({ make: null, forget: [] });
  });

  it('publishes the next key before the life of the active one is over', () => {
    expect(steps(key('a', PUBLISHED_AHEAD_MS - LIFE_MS)).make).toEqual(at(PUBLISHED_AHEAD_MS));
  });

  it('lets no key sign that has not been published for a while, however late it is', () => {
    expect(steps(key('a', -3 * LIFE_MS)).make).toEqual(at(PUBLISHED_AHEAD_MS));
  });

  it('makes one next key and not another each time that it looks', () => {
    expect(steps(key('a', -2 * LIFE_MS), key('b', 1)).make).toBeNull();
  });

  it('makes no other key when the clock was set back to before the one that there is', () => {
    expect(steps(key('a', 3_600_000))).toEqual({ make: null, forget: [] });
  });

  it('keeps a retired key for as long as what it signed may live, and no longer', () => {
    expect(steps(key('a', -LIFE_MS), key('b', 1 - KEPT_AFTER_MS)).forget).toEqual([]);
    expect(steps(key('a', -LIFE_MS), key('b', -KEPT_AFTER_MS)).forget).toEqual(['a']);
  });

  it('never forgets the key that signs', () => {
    expect(steps(key('a', -5 * LIFE_MS)).forget).toEqual([]);
  });

  it('signs with the latest key whose time has come', () => {
    expect(order(key('retired', -2), key('next', 1), key('active', -1), key('older', -3))).toEqual([
      'active',
      'next',
      'retired',
      'older',
    ]);
    expect(order(key('a', -1), key('b', 0))).toEqual(['b', 'a']);
  });

  it('signs with the first key whose time comes, when the clock was set back to before them all', () => {
    expect(order(key('second', 2), key('first', 1))).toEqual(['first', 'second']);
  });
});

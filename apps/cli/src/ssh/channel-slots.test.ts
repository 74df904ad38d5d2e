import { describe, expect, it } from '@jest/globals';
import { ChannelSlots } from './channel-slots.ts';

const NEVER = new AbortController().signal;

async function taken(slots: ChannelSlots, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await slots.take(NEVER);
}

/** Whether one more can be had right now. */
async function hasRoom(slots: ChannelSlots): Promise<boolean> {
  const probe = new AbortController();
  const taking = slots.take(probe.signal).then(
    () => true,
    () => false,
  );
  probe.abort();
  return taking;
}

describe('slots', () => {
  it('admit as many as there are, the others in order', async () => {
    const slots = new ChannelSlots(2);
    await taken(slots, 2);
    const order: string[] = [];
    const waiting = ['first', 'second'].map((name) => slots.take(NEVER).then(() => order.push(name)));
    expect(order).toEqual([]);
    slots.release();
    await waiting[0];
    expect(order).toEqual(['first']);
    slots.release();
    await waiting[1];
    expect(order).toEqual(['first', 'second']);
    expect(slots.taken).toBe(2);
  });

  it('forget one who stopped waiting', async () => {
    const slots = new ChannelSlots(1);
    await taken(slots, 1);
    const stop = new AbortController();
    const waiting = slots.take(stop.signal);
    stop.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    slots.release();
    expect(slots.isIdle).toBe(true);
  });

  it('after a refusal keep below what the server bears, with one to spare, and try more later', async () => {
    const slots = new ChannelSlots(9);
    await taken(slots, 5);
    slots.refused();
    slots.release();
    slots.release();
    expect(await hasRoom(slots)).toBe(false);
    for (let index = 0; index < 100; index++) {
      slots.release();
      await slots.take(NEVER);
    }
    expect(await hasRoom(slots)).toBe(true);
  });
});

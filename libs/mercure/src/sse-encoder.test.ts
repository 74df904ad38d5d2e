import { describe, expect, it } from '@jest/globals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { encodeUpdate } from './sse-encoder.ts';
import { assertValidUpdate, type Update } from './update.ts';

function parse(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

describe('an encoded update', () => {
  it('is read back as the one event that went in, whatever it holds', () => {
    const field = fc.string({ minLength: 1 }).filter((text) => !/[\0\r\n]/.test(text));
    const data = fc.string({ unit: fc.oneof(fc.constantFrom('\r', '\n', ':', ' ', 'data: ', '\uFEFF'), fc.string()) });
    fc.assert(
      fc.property(field, field, data, (id, type, text) => {
        const frame = encodeUpdate(id, { topics: ['a'], private: false, type, data: text });
        expect(parse(frame)).toEqual([{ id, event: type, data: text.replace(/\r\n?/g, '\n') }]);
      }),
    );
  });
});

describe('an update', () => {
  const update: Update = { topics: ['a'], data: '', private: false };

  it.each([
    ['no topic', { topics: [] }, 400],
    ['1,001 topics', { topics: Array.from({ length: 1_001 }, () => 'a') }, 400],
    ['a reserved topic', { topics: ['/.well-known/mercure/x'] }, 403],
    ['a line break in the id', { id: 'a\nb' }, 400],
    ['a line break in the type', { type: 'a\rb' }, 400],
    ['a fractional retry', { retry: 0.5 }, 400],
    ['a negative retry', { retry: -1n }, 400],
    ['a retry over 64 bits', { retry: 2n ** 64n }, 400],
  ])('is refused with %s', (_what, fields, status) => {
    expect(() => assertValidUpdate({ ...update, ...fields })).toThrow(
      expect.objectContaining({ kind: 'invalid', status }),
    );
  });

  it('may have the largest retry', () => {
    expect(() => assertValidUpdate({ ...update, retry: 2n ** 64n - 1n })).not.toThrow();
  });
});

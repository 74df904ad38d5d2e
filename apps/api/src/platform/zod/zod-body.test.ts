import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ZodPipe } from './zod-body.ts';

const schema = z.object({ name: z.string(), others: z.record(z.string(), z.unknown()).optional() });
const HALF = '\ud800';

describe('what came over the wire', () => {
  it.each([
    [{ name: 'a\0b' }, 'name: '],
    [{ name: HALF }, 'name: '],
    [{ name: 'a', others: { list: [1, { deep: HALF }] } }, 'others.list.1.deep: '],
    [{ name: 'a', others: { [HALF]: 1 } }, 'others: '],
    [{ name: 'a', unknown: ['\0'] }, 'unknown.0: '],
    ['\0', ''],
  ])('is refused with text that the database cannot keep: %j', (value, where) => {
    const message = `${where}NUL and half characters cannot be kept`;
    expect(() => new ZodPipe(schema).transform(value)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message }),
    );
  });

  it('is taken with it where nothing is kept in the database', () => {
    const value = { name: `a\0b${HALF}` };
    expect(new ZodPipe(schema, 'any').transform(value)).toEqual(value);
    expect(new ZodPipe(schema).transform({ name: '🙂', others: { '🙂': null } })).toEqual({
      name: '🙂',
      others: { '🙂': null },
    });
  });
});

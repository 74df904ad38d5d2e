import { describe, expect, it } from '@jest/globals';
import { errorLines } from './render-error.ts';
import { renderChanges, renderList, renderResource } from './render-resource.ts';
import { ServonautError } from '@servonaut/contracts';

const EVIL = 'ci\u001b[2J\u202ebot\nadmin';
const SHOWN = 'ci�[2J�bot�admin';

describe('what the coordinator answers', () => {
  it('cannot write over the terminal, in a list, in one thing, in a change or in an error', () => {
    expect(renderList([{ label: EVIL }], ['label'])).toBe(`LABEL\n${SHOWN}\n`);
    expect(renderResource({ [EVIL]: [EVIL] })).toBe(`${SHOWN}  ${SHOWN}\n`);
    expect(renderChanges({ label: 'a' }, { label: EVIL })).toBe(`label: a -> ${SHOWN}\n`);
    const error = new ServonautError('conflict', { message: EVIL, nextStep: EVIL });
    expect(errorLines(error)).toBe(`Error: ${SHOWN}\n${SHOWN}\n[conflict]\n`);
  });

  it('is shown whole, whatever its members are', () => {
    expect(renderResource({ a: null, b: [], c: ['x', 1], d: { e: [true] }, f: false }).split('\n')).toEqual([
      'a  -',
      'b  -',
      'c  x, 1',
      'd  {"e":[true]}',
      'f  false',
      '',
    ]);
  });

  it('is said to be nothing when there is nothing', () => {
    expect(renderList([], ['id'])).toBe('None.\n');
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fitsServerSelector, isWithinSelectors, selectorsSeenBy, serverSelectorSchema } from './server-selector.ts';

const own = { owner: null, name: 'web-1', labels: { role: 'web', 'example.org/tier': 'a/b', empty: '' } };
const theirs = { ...own, owner: 'alice' };

describe('a selector of servers', () => {
  it.each(['web-1', 'web-*', '*', 'label:role=web', 'label:role=w*', 'label:example.org/tier=a/b', 'label:empty='])(
    '%s names a server of the caller',
    (selector) => {
      expect(serverSelectorSchema.parse(selector)).toBe(selector);
      expect(fitsServerSelector(selector, own)).toBe(true);
      expect(fitsServerSelector(selector, theirs)).toBe(false);
    },
  );

  it.each(['alice/web-1', 'alice/*', '*/web-*', 'al*/label:role=web', 'alice/label:example.org/tier=a/b'])(
    "%s names somebody else's server",
    (selector) => {
      expect(serverSelectorSchema.parse(selector)).toBe(selector);
      expect(fitsServerSelector(selector, theirs)).toBe(true);
      expect(fitsServerSelector(selector, own)).toBe(false);
    },
  );

  it.each(['web-2', 'WEB-1', 'web', 'label:role=db', 'label:constructor=*', 'label:missing=*', 'bob/web-1', 'bob/*'])(
    '%s names neither',
    (selector) => {
      expect(fitsServerSelector(selector, own)).toBe(false);
      expect(fitsServerSelector(selector, theirs)).toBe(false);
    },
  );

  it.each([
    '',
    '/',
    'alice/',
    '/web',
    'a/b/c',
    'web 1',
    'label:role',
    'label:=x',
    'label:a b=c',
    'label:role=a\nb',
    'al:ice/web',
  ])('cannot be %j', (selector) => {
    expect(serverSelectorSchema.safeParse(selector).success).toBe(false);
  });
});

describe('a selector within others', () => {
  it.each([
    ['web-*', ['db-1', 'web-*']],
    ['label:role=db', ['label:role=db']],
    ['web-1', ['web-*']],
    ['web-1', ['*']],
    ['alice/web-1', ['alice/web-*']],
    ['alice/web-1', ['*/web-1']],
  ])('is %s within %j', (selector, others) => {
    expect(isWithinSelectors(selector, others)).toBe(true);
  });

  it.each([
    ['web-1', []],
    ['web-1', ['web-2', 'db-*']],
    ['web-1', ['label:role=web', 'alice/web-1', 'alice/*']],
    ['alice/web-1', ['web-1', '*', 'bob/*']],
    ['web-1*', ['web-1']],
    ['web-*', ['web-1', 'web-2']],
    ['*/web-1', ['alice/web-1']],
    ['label:role=web', ['*', 'label:role=w*']],
  ])('is not %s within %j', (selector, others) => {
    expect(isWithinSelectors(selector, others)).toBe(false);
  });

  it('names no server that none of the others names', () => {
    const owner = fc.constantFrom(null, 'a', 'b');
    const name = fc.stringMatching(/^[ab]{1,3}$/);
    const which = fc.oneof(fc.stringMatching(/^[ab*]{1,3}$/), fc.stringMatching(/^label:k=[ab*]{0,2}$/));
    const selector = fc.tuple(fc.constantFrom('', 'a/', 'b/', '*/'), which).map(([of, rest]) => of + rest);
    const labels = fc.option(fc.stringMatching(/^[ab]{0,2}$/), { nil: undefined });
    const server = fc.record({
      owner,
      name,
      labels: labels.map((k): Record<string, string> => (k === undefined ? {} : { k })),
    });
    fc.assert(
      fc.property(selector, fc.array(selector, { maxLength: 4 }), server, (narrow, others, one) => {
        if (!isWithinSelectors(narrow, others) || !fitsServerSelector(narrow, one)) return;
        expect(others.some((other) => fitsServerSelector(other, one))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is seen by the user whose servers it names as that user would write it, and by nobody else', () => {
    const selectors = ['web-*', 'label:role=db', 'alice/web-1', 'al*/label:role=a/b', '*/db-*', 'bob/*'];
    expect(selectorsSeenBy('alice', selectors)).toEqual(['web-1', 'label:role=a/b', 'db-*']);
    expect(selectorsSeenBy('carol', selectors)).toEqual(['db-*']);
  });
});

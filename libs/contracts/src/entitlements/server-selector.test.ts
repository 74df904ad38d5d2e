import { describe, expect, it } from '@jest/globals';
import { fitsServerSelector, serverSelectorSchema } from './server-selector.ts';

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

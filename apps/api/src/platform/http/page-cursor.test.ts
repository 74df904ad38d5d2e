import { describe, expect, it } from '@jest/globals';
import { pageOfLatest } from './page-cursor.ts';

const at = (second: number, id: string) => ({ id, createdAt: new Date(second * 1_000) });
const THINGS = [at(1, 'a'), at(3, 'b'), at(2, 'c'), at(2, 'd'), at(3, 'e')];

describe('pages of few things', () => {
  it('have each thing once, the latest first, however many are on a page', () => {
    for (const limit of [1, 2, 3, 10]) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const { page, next_cursor } = pageOfLatest(THINGS, { cursor, limit });
        expect(page.length).toBeLessThanOrEqual(limit);
        seen.push(...page.map(({ id }) => id));
        cursor = next_cursor;
      }
      expect(seen).toEqual(['e', 'b', 'd', 'c', 'a']);
    }
  });

  it('go on where they were, when that thing is gone and others have come', () => {
    const { next_cursor: cursor } = pageOfLatest(THINGS, { limit: 2 });
    const now = [at(9, 'new'), ...THINGS.filter(({ id }) => id !== 'b')];
    expect(pageOfLatest(now, { cursor: cursor ?? '', limit: 1 }).page).toEqual([at(2, 'd')]);
  });

  it.each(['', 'x', 'WzFd', Buffer.from('["yesterday","a"]').toString('base64url')])(
    'are not given after %j',
    (cursor) => {
      expect(() => pageOfLatest(THINGS, { cursor, limit: 1 })).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    },
  );
});

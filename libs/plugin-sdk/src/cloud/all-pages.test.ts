import { expect, it } from '@jest/globals';
import { allPages } from './all-pages.ts';

it('reads page after page until there is none', async () => {
  const read = async (at: number) => ({ items: [at, at], next: at < 3 ? at + 1 : undefined });
  expect(await allPages('Cloud', 1, read)).toEqual([1, 1, 2, 2, 3, 3]);
});

it('gives up on a list that does not end', async () => {
  const endless = allPages('Cloud', '', async () => ({ items: [], next: 'again' }));
  await expect(endless).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('500 pages') });
});

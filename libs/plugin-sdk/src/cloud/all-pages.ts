import { ServonautError } from '@servonaut/contracts';

/** Most pages of one list. With the smallest pages there are (Hetzner's, of 50) it is more than any inventory takes. */
const MOST_PAGES = 500;

/** A page of a list, and by what the next one is asked for; undefined after the last. */
export interface Page<Item, At> {
  readonly items: readonly Item[];
  readonly next: At | undefined;
}

/**
 * Everything on all pages of a list.
 * @param first by what the first page is asked for
 * @throws ServonautError `unavailable` for a list that does not end
 */
export async function allPages<Item, At>(
  service: string,
  first: At,
  read: (at: At) => Promise<Page<Item, At>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let at: At | undefined = first;
  for (let pages = 0; at !== undefined; pages++) {
    if (pages === MOST_PAGES)
      throw new ServonautError('unavailable', { message: `${service} has more than ${MOST_PAGES} pages of a list.` });
    const page: Page<Item, At> = await read(at);
    for (const item of page.items) all.push(item);
    at = page.next;
  }
  return all;
}

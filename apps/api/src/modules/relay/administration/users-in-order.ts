/** Users who have something, as a store gives them out. */
interface UserListing {
  users(after: string, limit: number): Promise<readonly string[]>;
}

/** Users whose names are asked for at once. */
const AT_ONCE = 200;

/** By their ids as text. @param first with whom to begin, whether they have anything or not; default: whoever is the first */
export async function* usersInOrder(store: UserListing, first = ''): AsyncGenerator<string, void> {
  if (first !== '') yield first;
  for await (const users of pagesOfUsers(store, first)) yield* users;
}

/** The same, many at once. @param after behind whom to begin */
export async function* pagesOfUsers(store: UserListing, after = ''): AsyncGenerator<readonly string[], void> {
  for (let last = after; ;) {
    const users = await store.users(last, AT_ONCE);
    if (users.length === 0) return;
    yield users;
    last = users.at(-1) ?? last;
  }
}

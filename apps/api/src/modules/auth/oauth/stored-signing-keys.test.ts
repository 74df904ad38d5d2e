import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { signingKeys } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { KEPT_AFTER_MS, PUBLISHED_AHEAD_MS } from './key-rotation.ts';
import { SigningKeyStore } from './signing-key-store.ts';
import { StoredSigningKeys } from './stored-signing-keys.ts';

const BELIEVED_MS = 750;
const LIFE_MS = 90 * 86_400_000;
const START = Date.parse('2026-11-23T12:00:00Z');

describe.each(DATABASES)('signing keys on %s', (_kind, open) => {
  let connection: TestDatabase;
  let box: SealedBox;
  let now: number;
  /** What the clock shows that nobody sets. */
  let elapsed: number;
  let processes: StoredSigningKeys[];

  const times = { believedMs: BELIEVED_MS, now: () => new Date(now), elapsed: () => elapsed };

  /** One process of the coordinator. */
  const aProcess = async (sealed = box) => {
    const store = new SigningKeyStore(connection.database, sealed, LIFE_MS);
    const keys = await StoredSigningKeys.open(store, times);
    processes.push(keys);
    return keys;
  };
  const aBox = async () => sealedBox(await deriveKeys(randomBytes(32)), 'oauth/keys');
  const kids = (keys: StoredSigningKeys) => keys.all().map(({ kid }) => kid);

  beforeAll(async () => {
    connection = await open();
    box = await aBox();
  }, 60_000);
  beforeEach(async () => {
    await connection.database.delete(signingKeys);
    [now, elapsed] = [START, 0];
    processes = [];
  });
  afterEach(() => {
    for (const keys of processes) keys.onModuleDestroy();
  });
  afterAll(() => connection.close());

  it('makes one key, however many processes start at the same moment', async () => {
    const started = await Promise.all([aProcess(), aProcess(), aProcess()]);
    const [first] = started.map(kids);
    expect(first).toHaveLength(1);
    expect(started.map(kids)).toEqual([first, first, first]);
    expect(started[0]?.activeKid).toBe(first?.[0]);
  });

  it('keeps its keys over a restart', async () => {
    const before = kids(await aProcess());
    expect(kids(await aProcess())).toEqual(before);
  });

  it('stores nothing that could sign', async () => {
    const [{ d } = {}] = (await aProcess()).all();
    const rows = JSON.stringify(await connection.database.select().from(signingKeys));
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(rows).not.toContain(d);
  });

  it('hands out public keys without their private part', async () => {
    const keys = await aProcess();
    const key = await keys.publicKey(keys.activeKid);
    expect(key?.type).toBe('public');
    expect(key?.export({ format: 'jwk' })).not.toHaveProperty('d');
  });

  it('publishes the next key before it signs, and the last one after it has', async () => {
    const keys = await aProcess();
    const first = keys.activeKid;
    now += LIFE_MS;
    await keys.look();
    expect(keys.activeKid).toBe(first);
    expect(kids(keys)).toHaveLength(2);
    now += PUBLISHED_AHEAD_MS;
    expect(keys.activeKid).not.toBe(first);
    expect(await keys.publicKey(first)).toBeDefined();
    now += KEPT_AFTER_MS;
    await keys.look();
    expect(kids(keys)).toEqual([keys.activeKid]);
    expect(await keys.publicKey(first)).toBeUndefined();
  });

  it('says when there is another key, and when another one signs', async () => {
    const keys = await aProcess();
    let told = 0;
    const stop = keys.onChange(() => told++);
    await keys.look();
    expect(told).toBe(0);
    now += LIFE_MS;
    await keys.look();
    expect(told).toBe(1);
    now += PUBLISHED_AHEAD_MS;
    await keys.look();
    expect(told).toBe(2);
    stop();
    now += KEPT_AFTER_MS;
    await keys.look();
    expect(told).toBe(2);
  });

  it('finds a key that another process has made since', async () => {
    const keys = await aProcess();
    await connection.database.delete(signingKeys);
    const other = await aProcess();
    expect(await keys.publicKey(other.activeKid)).toBeDefined();
    expect(await keys.publicKey('no such key')).toBeUndefined();
  });

  it('replaces all keys at once, also the next one', async () => {
    const keys = await aProcess();
    now += LIFE_MS;
    await keys.look();
    const before = kids(keys);
    await keys.replaceAll();
    expect(kids(keys)).toEqual([keys.activeKid]);
    expect(before).not.toContain(keys.activeKid);
    for (const kid of before) expect(await keys.publicKey(kid)).toBeUndefined();
  });

  it('leaves one key when two processes replace all at the same moment', async () => {
    const [one, other] = [await aProcess(), await aProcess()];
    await Promise.all([one.replaceAll(), other.replaceAll()]);
    await Promise.all([one.look(), other.look()]);
    expect(kids(one)).toHaveLength(1);
    expect(kids(other)).toEqual(kids(one));
  });

  it('believes in a key that another process has replaced for no longer than it may, also when the clock is set back', async () => {
    const [keys, other] = [await aProcess(), await aProcess()];
    const old = keys.activeKid;
    await other.replaceAll();
    now -= 3_600_000;
    elapsed += BELIEVED_MS - 1;
    expect(await keys.publicKey(old)).toBeDefined();
    elapsed += 1;
    expect(await keys.publicKey(old)).toBeUndefined();
    expect(keys.activeKid).toBe(other.activeKid);
  });

  it('forgets a key although an earlier look at the table ends after its replacement', async () => {
    const [keys, slow] = [await aProcess(), Promise.withResolvers<void>()];
    const old = keys.activeKid;
    const store = new SigningKeyStore(connection.database, box, LIFE_MS);
    const load = store.load.bind(store);
    let looks = 0;
    store.load = async (at) => {
      const found = await load(at);
      if (++looks === 2) await slow.promise;
      return found;
    };
    const late = await StoredSigningKeys.open(store, times);
    processes.push(late);
    const looking = late.look();
    await waitFor(() => looks === 2, { what: 'the look' });
    await late.replaceAll();
    slow.resolve();
    await looking;
    expect(await late.publicKey(old)).toBeUndefined();
  });

  it('starts with keys of its own after the master secret was changed', async () => {
    const before = kids(await aProcess());
    const after = kids(await aProcess(await aBox()));
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });

  it('does not take a sealed key for another', async () => {
    await aProcess();
    const [row] = await connection.database.select().from(signingKeys);
    if (!row) throw new Error('there is no key');
    await connection.database.delete(signingKeys);
    await connection.database.insert(signingKeys).values({ ...row, kid: 'of-somebody-else' });
    expect(kids(await aProcess())).not.toContain('of-somebody-else');
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import { credentials as rows } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import type { Principal } from '../principal.ts';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults } from '../../../platform/limits/named-limits.ts';
import { actingAdmins, outcomeOf, principalOf, type ActingAdmins } from '../testing/acting-admins.ts';
import type { NewCredential } from './credential-facts.ts';
import { OwnCredentials } from './own-credentials.ts';

const PER_USER = 3;

describe.each(DATABASES)('credentials that users make on %s', (_, open) => {
  let connection: TestDatabase;
  let all: ActingAdmins;
  let own: OwnCredentials;
  let userId: string;
  let ada: Principal;

  beforeAll(async () => {
    connection = await open();
    all = await actingAdmins(connection.database);
    own = new OwnCredentials(
      { credentials: { perUser: PER_USER } },
      all.credentials,
      new MemoryRateLimits(withDefaults()),
    );
  }, 60_000);
  afterAll(() => connection.close());

  beforeEach(async () => {
    userId = await all.newUser('member');
    ada = await signedIn(userId);
  });

  /** Somebody who has signed in with the command line, and has no credential yet. */
  async function signedIn(id: string, scopes: Scope[] = ['relay:connect', 'credentials']): Promise<Principal> {
    const principal = { ...(await all.withGrant(id)), scopes: new Set(scopes), tools: [] };
    await connection.database
      .update(rows)
      .set({ revokedAt: new Date() })
      .where(eq(rows.userId, Number(id)));
    return principal;
  }
  const issue = (by: Principal, given: Partial<NewCredential> = {}) =>
    own.issue(by, { label: 'ci-bot', scopes: ['mcp:tools'], ...given });
  /** A credential that makes others, as only an admin gives it. */
  async function aMaker(given: Partial<NewCredential> = {}): Promise<Principal> {
    const wanted = { userId, label: 'maker', scopes: ['credentials', 'mcp:tools'] as const, createdBy: null, ...given };
    const { facts } = await all.credentials.issue(wanted);
    return { ...principalOf(facts), scopes: new Set(facts.scopes) };
  }

  it('have what was asked for, in one form', async () => {
    const { facts } = await issue(ada, { servers: ['web-*'], addresses: ['192.0.2.77/24', '::ffff:192.0.2.0/120'] });
    expect(facts).toMatchObject({
      userId,
      createdBy: ada.id,
      servers: ['web-*'],
      addresses: ['192.0.2.0/24'],
      version: 1,
    });
    expect(await own.get(ada, facts.id)).toEqual(facts);
  });

  it.each<[string, readonly Scope[], readonly Scope[], string]>([
    ['mcp:tools', ['credentials'], ['mcp:tools'], 'done'],
    ['relay:connect, which its maker has', ['relay:connect', 'credentials'], ['relay:connect'], 'done'],
    ['relay:connect, which its maker lacks', ['credentials'], ['mcp:tools', 'relay:connect'], 'not_entitled'],
    ['credentials', ['credentials'], ['credentials'], 'not_entitled'],
    ['admin, which its maker has', ['credentials', 'admin'], ['admin'], 'not_entitled'],
  ])('may have the scope %s: %#', async (__, has, asked, outcome) => {
    const by = await signedIn(userId, [...has]);
    expect(await outcomeOf(issue(by, { scopes: asked }))).toBe(outcome);
  });

  it('open no door that the credential which makes them does not open itself', async () => {
    const { facts } = await issue(await aMaker(), { label: 'made' });
    const maker = await aMaker({ scopes: ['credentials'] });
    expect(await outcomeOf(issue(maker))).toBe('not_entitled');
    await connection.database.update(rows).set({ createdBy: maker.id }).where(eq(rows.id, facts.id));
    expect(await outcomeOf(own.change(maker, facts.id, { label: 'renamed' }))).toBe('not_entitled');
    expect(await outcomeOf(own.revoke(maker, facts.id))).toBe('done');
  });

  it('are no wider than the credential that makes them, as that is now', async () => {
    const maker = await aMaker({ tools: ['get_logs'], servers: ['web-*'] });
    expect(await outcomeOf(issue(maker))).toBe('not_entitled');
    const { facts } = await issue(maker, { tools: ['get_logs'], servers: ['web-1'] });
    expect(await outcomeOf(own.change(maker, facts.id, { servers: ['web-*'] }))).toBe('done');
    expect(await outcomeOf(own.change(maker, facts.id, { servers: null }))).toBe('not_entitled');
    await all.credentials.change(maker.id, { servers: ['web-2'] }, { by: null });
    expect(await outcomeOf(own.change(maker, facts.id, { label: 'other' }))).toBe('not_entitled');
    await expect(issue(maker, { label: 'b', tools: ['get_logs'], servers: ['web-1'] })).rejects.toMatchObject({
      code: 'not_entitled',
      message: 'This would allow more than "maker" may do that makes it, in: servers.',
    });
  });

  it('are not made with what has ended, whatever the door believes', async () => {
    const maker = await aMaker();
    await all.credentials.revoke(maker.id);
    expect(await outcomeOf(issue(maker))).toBe('token_revoked');
    await all.users.change(userId, { disabled: true }, null);
    expect(await outcomeOf(issue(ada))).toBe('token_revoked');
  });

  it('have labels of their own while they are active', async () => {
    const { facts } = await issue(ada);
    expect(await outcomeOf(issue(ada))).toBe('conflict');
    expect(await outcomeOf(issue(ada, { label: 'other' }))).toBe('done');
    expect(await outcomeOf(own.change(ada, facts.id, { label: 'other' }))).toBe('conflict');
    expect(await outcomeOf(own.change(ada, facts.id, { label: 'ci-bot', tools: [] }))).toBe('done');
    await own.revoke(ada, facts.id);
    expect(await outcomeOf(issue(ada))).toBe('done');
    expect(await outcomeOf(issue(await signedIn(await all.newUser('member'))))).toBe('done');
  });

  it.each(['CI-BOT', '\uff43i-bot'])('do not have a label that looks like another: %s', async (label) => {
    await issue(ada);
    expect(await outcomeOf(issue(ada, { label }))).toBe('conflict');
  });

  it('are not brought back once they have expired', async () => {
    const { facts } = await issue(ada);
    await connection.database.update(rows).set({ expiresAt: new Date() }).where(eq(rows.id, facts.id));
    expect(await outcomeOf(own.change(ada, facts.id, { expiresAt: null }))).toBe('conflict');
    expect(await outcomeOf(all.credentials.change(facts.id, { label: 'other' }, { by: null }))).toBe('conflict');
  });

  it.each([{ tools: ['get_logs'] }, { servers: ['web-1'] }, { rules: {} }, { commands: [] }])(
    'that may be executors have no limits of calls: %j',
    async (limits) => {
      const scopes: Scope[] = ['mcp:tools', 'relay:connect'];
      expect(await outcomeOf(issue(ada, { scopes, ...limits }))).toBe('invalid_request');
      const { facts } = await issue(ada, { scopes, addresses: ['192.0.2.1'] });
      expect(await outcomeOf(own.change(ada, facts.id, limits))).toBe('invalid_request');
      await connection.database.update(rows).set(limits).where(eq(rows.id, facts.id));
      expect(await outcomeOf(own.change(ada, facts.id, { addresses: null }))).toBe('done');
      const lifted = { tools: null, servers: null, rules: null, commands: null };
      expect(await outcomeOf(own.change(ada, facts.id, lifted))).toBe('done');
    },
  );

  it('make nobody else be looked up anew, as long as what they may do stays', async () => {
    const { facts } = await issue(ada, { tools: ['get_logs'] });
    const before = all.revocations.count;
    await own.change(ada, facts.id, { label: 'renamed' });
    await own.change(ada, facts.id, { tools: ['get_logs'] });
    expect(all.revocations.count).toBe(before);
    await own.change(ada, facts.id, { tools: [] });
    expect(all.revocations.count).toBe(before + 1);
  });

  it('are made, changed and revoked once more so often, and revoked at any time', async () => {
    const limits = new MemoryRateLimits({ ...withDefaults(), credential_writes: { points: 2, seconds: 60 } });
    const few = new OwnCredentials({ credentials: { perUser: PER_USER } }, all.credentials, limits);
    const { facts } = await few.issue(ada, { label: 'ci-bot', scopes: ['mcp:tools'] });
    await few.change(ada, facts.id, { tools: [] });
    expect(await outcomeOf(few.change(ada, facts.id, { tools: null }))).toBe('too_many_requests');
    expect(await outcomeOf(few.revoke(ada, facts.id))).toBe('done');
    expect(await outcomeOf(few.revoke(ada, facts.id))).toBe('too_many_requests');
  });

  it('are as many as may be, also when all are asked for at once', async () => {
    const labels = Array.from({ length: PER_USER + 3 }, (__, index) => `bot-${index}`);
    const outcomes = await Promise.all(labels.map((label) => outcomeOf(issue(ada, { label }))));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(PER_USER);
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(3);
    const [first] = await all.credentials.list({ userId, state: 'active' });
    await connection.database
      .update(rows)
      .set({ expiresAt: new Date(0) })
      .where(eq(rows.id, first!.id));
    expect(await outcomeOf(issue(ada, { label: 'more' }))).toBe('done');
  });

  it('are changed in the version that was seen, and every change counts', async () => {
    const { facts } = await issue(ada);
    const changes = [{ tools: ['get_logs'] }, { tools: ['run_command'] }].map((change) =>
      own.change(ada, facts.id, change, 1),
    );
    expect((await Promise.all(changes.map(outcomeOf))).toSorted()).toEqual(['done', 'version_mismatch']);
    expect(await own.change(ada, facts.id, { addresses: ['192.0.2.1'], expiresAt: new Date(4e12) })).toMatchObject({
      version: 3,
      addresses: ['192.0.2.1/32'],
      expiresAt: new Date(4e12),
      tools: [expect.any(String)],
    });
    expect(await own.change(ada, facts.id, { tools: null, addresses: null })).toMatchObject({
      tools: null,
      addresses: null,
    });
    expect(await outcomeOf(own.revoke(ada, facts.id, 3))).toBe('version_mismatch');
    expect(await own.revoke(ada, facts.id, 4)).toMatchObject({ version: 5, revokedAt: expect.any(Date) });
    expect(await outcomeOf(own.change(ada, facts.id, { tools: [] }))).toBe('conflict');
  });

  it('with a scope that only admins give are changed by admins alone, and revoked by their user too', async () => {
    const { facts } = await all.credentials.issue({ userId, label: 'key', scopes: ['admin'], createdBy: null });
    expect(await outcomeOf(own.change(ada, facts.id, { expiresAt: null }))).toBe('not_entitled');
    expect(await outcomeOf(own.revoke(ada, facts.id))).toBe('done');
  });

  it('are all seen by their user who has signed in, and by a credential those that it has made', async () => {
    const maker = await aMaker();
    const [{ facts: hers }, { facts: its }] = [await issue(ada), await issue(maker, { label: 'made' })];
    const seen = async (by: Principal, filter = {}) =>
      (await own.page(by, { state: 'active', ...filter }, { limit: 10 })).page.map(({ label }) => label);
    expect(await seen(ada)).toEqual(['maker', 'ci-bot', 'made']);
    expect(await seen(ada, { createdBy: maker.id })).toEqual(['made']);
    expect(await seen(maker)).toEqual(['made']);
    expect(await seen(maker, { createdBy: ada.id })).toEqual([]);
    expect(await outcomeOf(own.get(ada, its.id))).toBe('done');
    for (const reach of [
      () => own.get(maker, hers.id),
      () => own.change(maker, hers.id, { tools: [] }),
      () => own.revoke(maker, hers.id),
    ])
      expect(await outcomeOf(reach())).toBe('not_found');
  });

  it('are out of reach for everybody else', async () => {
    const { facts } = await issue(ada);
    const bob = await signedIn(await all.newUser('admin'));
    for (const reach of [
      () => own.get(bob, facts.id),
      () => own.change(bob, facts.id, { tools: [] }),
      () => own.revoke(bob, facts.id),
    ])
      expect(await outcomeOf(reach())).toBe('not_found');
    expect((await own.page(bob, { label: 'ci-bot' }, { limit: 10 })).page).toEqual([]);
    expect(await own.get(ada, facts.id)).toEqual(facts);
  });

  it('are listed page by page, each once, also those of one instant', async () => {
    const wanted = { userId, scopes: ['mcp:tools'] as const, createdBy: null };
    for (let count = 0; count < 5; count += 1) await all.credentials.issue({ ...wanted, label: `bot-${count}` });
    await connection.database
      .update(rows)
      .set({ createdAt: new Date(0) })
      .where(eq(rows.userId, Number(userId)));
    const ids: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const { page, nextCursor } = await own.page(ada, { state: 'active' }, { cursor, limit: 2 });
      ids.push(...page.map(({ id }) => id));
      cursor = nextCursor;
    }
    expect([ids.length, new Set(ids).size]).toEqual([5, 5]);
  });

  it.each(['x', '["2026-02-30T00:00:00Z","0123456789abcdef"]', '["0000-01-01T00:00:00Z","0123456789abcdef"]'])(
    'are not listed from a place that was not given out: %s',
    async (place) => {
      const cursor = Buffer.from(place).toString('base64url');
      await expect(own.page(ada, {}, { cursor, limit: 2 })).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../config/app-config.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { newEmail, newPerson, people, PASSWORD, secretOf, type People } from '../people/testing/people.ts';
import { DefaultPlan } from './default-plan.ts';

const RULES = { '*': { per_day: 10 } };

describe.each(DATABASES)('plans, on %s', (_, open) => {
  let connection: TestDatabase;
  let all: People;
  let made = 0;
  const newPlan = () => all.plans.create(`plan-${(made += 1)}`, RULES);
  const newUser = (plan: string | null = null) => all.users.create(`user-${(made += 1)}`, plan);

  beforeAll(async () => {
    connection = await open();
    all = await people(connection.database);
  }, 60_000);
  afterAll(() => connection.close());

  it('are there from the beginning, for whoever wants no others', async () => {
    const seeds = await all.plans.list({ after: '', limit: 3 });
    expect(seeds.map(({ id, version }) => [id, version])).toEqual([
      ['free', 1],
      ['solo', 1],
      ['team', 1],
    ]);
    expect((await all.plans.list({ after: 'free', limit: 1 })).map(({ id }) => id)).toEqual(['solo']);
  });

  it('have an id of their own', async () => {
    const { id } = await newPlan();
    expect(await all.plans.get(id)).toMatchObject({ id, rules: RULES, version: 1 });
    await expect(all.plans.create(id, {})).rejects.toMatchObject({ code: 'conflict' });
    await expect(all.plans.get('nowhere')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('change as a whole, and of two who have read the same version for one', async () => {
    const { id, version } = await newPlan();
    const [one, other] = [{ get_logs: { per_minute: 1 } }, { get_logs: { per_minute: 2 } }];
    const changes = await Promise.allSettled([
      all.plans.change(id, one, version),
      all.plans.change(id, other, version),
    ]);
    expect(changes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(changes).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'version_mismatch' }) }),
    );
    const changed = await all.plans.get(id);
    expect([one, other]).toContainEqual(changed.rules);
    expect([changed.version, changed.updatedAt > changed.createdAt]).toEqual([2, true]);
    expect(await all.plans.change(id, RULES, undefined)).toMatchObject({ rules: RULES, version: 3 });
    await expect(all.plans.change('nowhere', RULES, undefined)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are told of to all who believe something of users when they change, and end nothing', async () => {
    const { id } = await newPlan();
    const { id: userId } = await newUser(id);
    let doubts = 0;
    const revoked: unknown[] = [];
    const ends = [
      all.revocations.onDoubt(() => void (doubts += 1)),
      all.revocations.subscribe((revocation) => void revoked.push(revocation)),
    ];
    await all.plans.change(id, {}, undefined);
    await all.users.change(userId, { plan: null }, null);
    await all.users.change(userId, { rules: RULES }, null);
    for (const end of ends) end();
    expect([doubts, revoked]).toEqual([3, []]);
  });

  it('stay while somebody has them, and say how many do', async () => {
    const { id, version } = await newPlan();
    const [first, second] = [await newUser(id), await newUser(id)];
    const refused = { code: 'conflict', message: `2 users have the plan "${id}".` };
    await expect(all.plans.remove(id, undefined)).rejects.toMatchObject(refused);
    await all.users.change(first.id, { plan: 'solo' }, null);
    await expect(all.plans.remove(id, version)).rejects.toMatchObject({ message: `1 user has the plan "${id}".` });
    await all.users.change(second.id, { plan: null }, null);
    await expect(all.plans.remove(id, version + 1)).rejects.toMatchObject({ code: 'version_mismatch' });
    await all.plans.remove(id, version);
    await expect(all.plans.remove(id, undefined)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are nobody’s once they are gone, though somebody was to get one at that moment', async () => {
    const { id } = await newPlan();
    const user = await newUser();
    const [given, removed] = await Promise.allSettled([
      all.users.change(user.id, { plan: id }, null),
      all.plans.remove(id, undefined),
    ]);
    const outcomes = [given, removed].map((each) => (each.status === 'fulfilled' ? 'done' : each.reason.code));
    expect([
      ['done', 'conflict'],
      ['invalid_request', 'done'],
    ]).toContainEqual(outcomes);
  });

  describe('of users', () => {
    it('are none unless somebody gives them one', async () => {
      expect(await newUser()).toMatchObject({ plan: null, rules: null, version: 1 });
      expect(await newUser('team')).toMatchObject({ plan: 'team' });
      await expect(newUser('nowhere')).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('change with their rules, each for itself, and count', async () => {
      const { id } = await newUser('team');
      expect(await all.users.change(id, { rules: RULES }, null)).toMatchObject({
        plan: 'team',
        rules: RULES,
        version: 2,
      });
      expect(await all.users.change(id, { plan: 'solo' }, null, 2)).toMatchObject({ plan: 'solo', rules: RULES });
      await expect(all.users.change(id, { plan: 'free' }, null, 2)).rejects.toMatchObject({ code: 'version_mismatch' });
      await expect(all.users.change(id, { plan: 'nowhere' }, null)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(await all.users.change(id, { plan: null, rules: null }, null, 3)).toMatchObject({
        plan: null,
        rules: null,
        version: 4,
      });
    });

    it('limit them together with their rules', async () => {
      const { id, name } = await newUser((await newPlan()).id);
      const own = { get_logs: { allowed: false } };
      await all.users.change(id, { rules: own }, null);
      expect(await all.users.levels(id)).toEqual([
        { kind: 'plan', id, label: expect.stringMatching(/^plan-/), rules: RULES },
        { kind: 'override', id, label: name, rules: own },
      ]);
      await expect(all.users.levels('999999')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('undo nothing when the change is meant for another version', async () => {
      const { user, email } = await newPerson(all);
      const { invitation } = await all.invitations.invite({ email, role: 'member', userId: user.id }, null);
      const late = all.users.change(user.id, { role: 'admin' }, null, user.version + 1);
      await expect(late).rejects.toMatchObject({ code: 'version_mismatch' });
      expect((await all.invitations.list()).map(({ id }) => id)).toContain(invitation.id);
      expect(await all.users.get(user.id)).toEqual(user);
    });
  });

  describe('that are given by default', () => {
    it('are those of whoever is invited and comes, and of nobody who was there before', async () => {
      const { user, email } = await newPerson(all);
      expect(user.plan).toBe('free');
      await all.users.change(user.id, { plan: 'team' }, null);
      const { url } = await all.invitations.invite({ email, role: 'member', userId: user.id }, null);
      expect(await all.invitations.accept(secretOf(url), PASSWORD)).toMatchObject({ plan: 'team', version: 3 });
      const { url: other } = await all.invitations.invite({ email: newEmail(), role: 'member' }, null);
      const none = await people(connection.database, { DEFAULT_PLAN: 'none' });
      expect(await none.invitations.accept(secretOf(other), PASSWORD)).toMatchObject({ plan: null });
    });

    it('cannot be deleted', async () => {
      const { id } = await newPlan();
      const { plans } = await people(connection.database, { DEFAULT_PLAN: id });
      await expect(plans.remove(id, undefined)).rejects.toMatchObject({ code: 'conflict' });
      await all.plans.remove(id, undefined);
    });

    it('have to be there when the coordinator starts', async () => {
      const started = (plan: string) =>
        new DefaultPlan(loadConfig({ DEFAULT_PLAN: plan }), connection.database).onModuleInit();
      await started('solo');
      await started('none');
      const message = 'DEFAULT_PLAN: there is no plan "nowhere".';
      await expect(started('nowhere')).rejects.toMatchObject({ code: 'config_invalid', message });
    });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { users } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import type { AuditEvent, AuditTrail } from '../../audit/index.ts';
import { Revocations } from '../revocations.ts';
import { AuditedCredentials } from './audited-credentials.ts';

describe('the record of credentials', () => {
  let connection: TestDatabase;
  let credentials: AuditedCredentials;
  let userId: string;
  let isAway: boolean;
  const events: AuditEvent[] = [];
  const limits = { tools: null, servers: null, expiresAt: null, createdBy: null };
  const wanted = () => ({ userId, label: 'ci', scopes: ['mcp:tools'], ...limits }) as const;
  const keep = (event: AuditEvent): void => {
    if (isAway) throw new ServonautError('audit_unavailable');
    events.push(event);
  };
  const trail = { checkRoom: () => undefined, note: keep, record: async (event: AuditEvent) => keep(event) };

  beforeAll(async () => {
    const [[, open]] = DATABASES as [(typeof DATABASES)[number]];
    connection = await open();
    const [user] = await connection.database.insert(users).values({ name: 'olga' }).returning();
    userId = String(user!.id);
    credentials = new AuditedCredentials(connection.database, new Revocations(), trail as unknown as AuditTrail);
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(() => {
    isAway = false;
    events.splice(0);
  });

  it('comes before a change, and says what was asked for', async () => {
    const { facts } = await credentials.issue(wanted());
    const expiresAt = new Date('2100-01-01T00:00:00Z');
    await expect(credentials.change(facts.id, { tools: [], expiresAt }, { by: null, version: 9 })).rejects.toThrow();
    await credentials.change(facts.id, { tools: ['get_logs'] }, { by: null });
    expect(events.map(({ kind, data }) => [kind, data])).toMatchObject([
      ['credential.issued', { credential: facts.id }],
      ['credential.change_asked', { asked: { tools: [], expires_at: '2100-01-01T00:00:00.000Z' } }],
      ['credential.change_asked', { asked: { tools: ['get_logs'] } }],
      ['credential.changed', { tools: ['get_logs'], version: 2 }],
    ]);
  });

  it('is what nothing changes without, and nobody is told a token', async () => {
    const { facts } = await credentials.issue(wanted());
    isAway = true;
    const change = credentials.change(facts.id, { tools: ['get_logs'] }, { by: null });
    await expect(change).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(await credentials.get(facts.id)).toMatchObject({ tools: null, version: 1 });
    await expect(credentials.issue(wanted())).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});

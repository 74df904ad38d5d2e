import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../../../config/app-config.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { oidcRecords } from '../../../../platform/database/schema.ts';
import { MemoryRateLimits } from '../../../../platform/limits/flexible-rate-limits.ts';
import { AuditTrail } from '../../../audit/index.ts';
import { Revocations, UserService, type Principal, type Revocation } from '../../../auth/index.ts';
import { DelegationAudit } from '../delegation-audit.ts';
import { DelegationQuery } from '../delegation-query.ts';
import { DelegationService, type NewDelegation } from '../delegation-service.ts';
import { Grantees } from '../grantees.ts';
import { ReceivedDelegations } from '../received-delegations.ts';
import { TeamMembers } from '../team-members.ts';
import { TeamService } from '../team-service.ts';

export interface Recorded {
  readonly chain: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** All of the folder, as the module puts it together, on one database. */
export function delegating(database: Database, settings: Readonly<Record<string, string>> = {}) {
  const config = loadConfig({ SERVONAUT_TOKEN_CACHE_MS: '60000', ...settings });
  const announced: Revocation[] = [];
  const recorded: Recorded[] = [];
  const revocations = new Revocations();
  revocations.subscribe((revocation) => void announced.push(revocation));
  const shut = new Set<string>();
  const append = async (chain: string, events: readonly { text: string }[]): Promise<void> => {
    if (shut.has(chain)) throw new Error('shut');
    recorded.push(...events.map(({ text }) => ({ ...JSON.parse(text), chain })));
  };
  const trail = new AuditTrail({ append }, { maxEvents: 1_000, maxLength: 1_000_000, waitMs: 60_000 });
  const audit = new DelegationAudit(trail);
  const query = new DelegationQuery(database);
  const limits = new MemoryRateLimits(config.rateLimits);
  const grantees = new Grantees(database, limits);
  const users = new UserService(database, revocations);
  /** Somebody who has signed in with the command line. */
  const newUser = async (): Promise<Principal> => {
    const principal = principalOf(await users.create(`u${randomUUID()}`));
    const grant = { model: 'Grant', id: principal.id, payloadSealed: '', accountId: Number(principal.userId) };
    await database.insert(oidcRecords).values(grant);
    return principal;
  };
  return {
    users,
    query,
    newUser,
    announced,
    /** From now on nothing can be recorded of this user, which is known. */
    shut: async (userId: string): Promise<void> => {
      shut.add(`user:${userId}`);
      const actor = { kind: 'user', id: userId } as const;
      await trail.record({ kind: 'call.arrived', userId, actor }).catch(() => undefined);
    },
    /** What is stored by now. */
    recorded: async () => trail.flush().then(() => recorded),
    delegations: new DelegationService(database, config, query, grantees, revocations, audit, limits),
    teams: new TeamService(database, revocations, audit),
    members: new TeamMembers(database, config, revocations),
    received: new ReceivedDelegations(config, database, revocations),
  };
}

export type Delegating = ReturnType<typeof delegating>;

/** What is given when a test does not say: all web servers, to whoever it says. */
export function terms(to: NewDelegation['to'], given: Partial<NewDelegation> = {}): NewDelegation {
  return { to, servers: ['web-*'], tools: null, rules: null, expiresAt: null, ...given };
}

function principalOf({ id: userId, name }: { id: string; name: string }): Principal {
  const limits = { tools: null, servers: null, levels: [], commands: null, expiresAt: null };
  return { userId, userName: name, kind: 'user', id: `grant-${userId}`, label: 'cli', scopes: new Set(), ...limits };
}

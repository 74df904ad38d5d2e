import { randomBytes, randomUUID } from 'node:crypto';
import { ServonautError, type Scope } from '@servonaut/contracts';
import type { Database } from '../../../platform/database/database.ts';
import type { CredentialFacts } from '../credentials/credential-facts.ts';
import { CredentialService } from '../credentials/credential-service.ts';
import { people } from '../people/testing/people.ts';
import type { Principal } from '../principal.ts';
import { Revocations, type Revocation } from '../revocations.ts';

/** Admins of one database, what they hold, and what they make with it. */
export async function actingAdmins(database: Database) {
  const all = await people(database);
  const announced: Revocation[] = [];
  const revocations = new Revocations();
  revocations.subscribe((revocation) => void announced.push(revocation));
  const credentials = new CredentialService(database, revocations);

  const newUser = async (role: 'member' | 'admin' = 'admin'): Promise<string> => {
    const { id } = await all.users.create(`u${randomUUID()}`);
    await all.users.change(id, { role }, null);
    return id;
  };
  const issue = async (userId: string, createdBy: Principal | null, scopes: readonly Scope[] = ['admin']) => {
    const limits = { tools: null, servers: null, expiresAt: null };
    return (await credentials.issue({ userId, label: 'key', scopes, createdBy, ...limits })).facts;
  };
  const withKey = async (userId: string): Promise<Principal> => principalOf(await issue(userId, null));
  const withGrant = async (userId: string): Promise<Principal> => {
    const name = randomBytes(16).toString('hex');
    await all.oauthRecords.save('Grant', name, { accountId: userId, clientId: 'dcr_1' }, 3_600);
    return { ...principalOf(await issue(userId, null)), kind: 'user', id: all.oauthRecords.storedName(name) };
  };
  const invite = async (by: Principal) =>
    (await all.invitations.invite({ email: `${randomUUID()}@example.com`, role: 'admin' }, by)).invitation.id;
  const isOpen = async (invitation: string) => (await all.invitations.list()).some(({ id }) => id === invitation);
  const isRevoked = async ({ id }: Pick<CredentialFacts, 'id'>) => (await credentials.get(id)).revokedAt !== null;
  return { ...all, credentials, revocations, announced, newUser, issue, withKey, withGrant, invite, isOpen, isRevoked };
}

export type ActingAdmins = Awaited<ReturnType<typeof actingAdmins>>;

/** Whoever shows it, as the door has believed them. */
export function principalOf({ id, userId, label, scopes }: CredentialFacts): Principal {
  const limits = { tools: null, servers: null, levels: [], commands: null, expiresAt: null };
  return { userId, userName: 'somebody', kind: 'credential', id, label, scopes: new Set(scopes), ...limits };
}

/** The code of a refusal; `done` when there was none. */
export async function outcomeOf(write: Promise<unknown>): Promise<string> {
  return write.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof ServonautError) return error.code;
      throw error;
    },
  );
}

import type { Scope } from '@servonaut/contracts';
import { eq } from 'drizzle-orm';
import { UserService } from '../../modules/auth/index.ts';
import { hashSecret, newTokenParts, tokenText } from '../../modules/auth/credentials/credential-token.ts';
import { signInDevice } from '../../modules/auth/pages/testing/device-sign-in.ts';
import type { Chance } from '../../modules/auth/testing/chance.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { credentials, users } from '../../platform/database/schema.ts';
import type { Coordinator } from '../../start.ts';
import { aPerson, ask } from '../somebodys-things.ts';
import type { ToldSecrets } from './told-secrets.ts';

/** Who calls: by keys an admin, a user with all that users have, an agent, somebody whose key is good no more; people who have signed in; and those with no key. */
const CALLERS = ['admin', 'member', 'agent', 'revoked', 'person', 'admin_person', 'stranger', 'nobody'] as const;
export type CallerKind = (typeof CALLERS)[number];

const SCOPES: Partial<Record<CallerKind, readonly Scope[]>> = {
  admin: ['admin', 'relay:connect', 'mcp:tools', 'credentials'],
  member: ['relay:connect', 'mcp:tools', 'credentials'],
  agent: ['mcp:tools'],
  revoked: ['admin'],
};
/** What people who sign in on their command line ask for. */
const ASKED: Partial<Record<CallerKind, string>> = {
  person: 'credentials',
  admin_person: 'admin relay:connect credentials',
};
const FITTING = 0.7;
const ADMINS = ['admin', 'admin_person'] as const satisfies readonly CallerKind[];
const USERS = ['member', 'person', 'admin', 'admin_person'] as const satisfies readonly CallerKind[];
/** After so many calls it is somebody else, so that what one has done to themselves is not the end. */
const CALLS_EACH = 400;

/** Users and their keys, put into the database as they are: what makes them over REST is under test. */
export class FuzzCallers {
  readonly #coordinator: Coordinator;
  readonly #database: Database;
  readonly #chance: Chance;
  readonly #secrets: ToldSecrets;
  #tokens = new Map<CallerKind, string | undefined>();
  /** Of people who have signed in. */
  readonly #names = new Map<CallerKind, string>();
  #calls = 0;

  constructor(coordinator: Coordinator, chance: Chance, secrets: ToldSecrets) {
    this.#coordinator = coordinator;
    this.#database = coordinator.app.get<Database>(DATABASE);
    this.#chance = chance;
    this.#secrets = secrets;
  }

  /** @param scope that the call needs; null for none */
  async choose(scope: string | null): Promise<{ readonly kind: CallerKind; readonly token: string | undefined }> {
    if (this.#calls++ % CALLS_EACH === 0) await this.renew();
    const fitting = this.#chance.pick(scope === 'admin' ? ADMINS : USERS);
    const kind = this.#chance.happens(FITTING) ? fitting : this.#chance.pick(CALLERS);
    return { kind, token: kind === 'stranger' ? this.#strange() : this.tokenOf(kind) };
  }

  tokenOf(kind: CallerKind): string | undefined {
    return this.#tokens.get(kind);
  }

  nameOf(kind: CallerKind): string | undefined {
    return this.#names.get(kind);
  }

  async renew(): Promise<void> {
    for (const kind of CALLERS) this.#tokens.set(kind, await this.#renewed(kind));
  }

  /** To sign in takes a second: whoever can still call goes on. */
  async #renewed(kind: CallerKind): Promise<string | undefined> {
    const [scopes, asked, now] = [SCOPES[kind], ASKED[kind], this.#tokens.get(kind)];
    if (asked === undefined) return scopes && this.#token(kind, scopes);
    const { publicUrl } = this.#coordinator.config;
    const isGood = now !== undefined && (await ask(publicUrl, now, 'GET', '/api/cli/identity')).status === 200;
    return isGood ? now : this.#signIn(kind, asked);
  }

  async #signIn(kind: CallerKind, scope: string): Promise<string> {
    const { userId, browser } = await aPerson(this.#coordinator, `${kind}-${newTokenParts().id}`);
    const { name } = await this.#coordinator.app.get(UserService).get(userId);
    this.#names.set(kind, name);
    const role = scope.startsWith('admin') ? 'admin' : 'member';
    await this.#database
      .update(users)
      .set({ role })
      .where(eq(users.id, Number(userId)));
    const given = await signInDevice(this.#coordinator.config.publicUrl, browser, { scope });
    const token = String(given['access_token']);
    this.#secrets.add(token);
    return token;
  }

  async #token(kind: CallerKind, scopes: readonly Scope[]): Promise<string> {
    const role = scopes.includes('admin') ? 'admin' : 'member';
    const parts = newTokenParts();
    const [user] = await this.#database
      .insert(users)
      .values({ name: `${kind}-${parts.id}`, role })
      .returning({ id: users.id });
    const revokedAt = kind === 'revoked' ? new Date() : null;
    const row = { id: parts.id, userId: user!.id, label: kind, scopes: [...scopes], revokedAt };
    await this.#database.insert(credentials).values({ ...row, secretHash: hashSecret(parts.secret) });
    this.#secrets.add(parts.secret);
    return tokenText(parts);
  }

  #strange(): string {
    return this.#chance.pick([
      'x',
      'svn_',
      `svn_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      'eyJhbGciOiJub25lIn0.e30.',
      '%00',
    ]);
  }
}

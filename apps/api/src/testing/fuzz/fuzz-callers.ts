import type { Scope } from '@servonaut/contracts';
import { hashSecret, newTokenParts, tokenText } from '../../modules/auth/credentials/credential-token.ts';
import type { Chance } from '../../modules/auth/testing/chance.ts';
import type { Database } from '../../platform/database/database.ts';
import { credentials, users } from '../../platform/database/schema.ts';
import type { ToldSecrets } from './told-secrets.ts';

/** Who calls: an admin, a user with all that users have, an agent's key, a key that is good no more, somebody with none. */
const CALLERS = ['admin', 'member', 'agent', 'revoked', 'stranger', 'nobody'] as const;
export type CallerKind = (typeof CALLERS)[number];

const SCOPES: Partial<Record<CallerKind, readonly Scope[]>> = {
  admin: ['admin', 'relay:connect', 'mcp:tools', 'credentials'],
  member: ['relay:connect', 'mcp:tools', 'credentials'],
  agent: ['mcp:tools'],
  revoked: ['admin'],
};
const FITTING = 0.7;
/** After so many calls it is somebody else, so that what one has done to themselves is not the end. */
const CALLS_EACH = 400;

/** Users and their keys, put into the database as they are: what makes them over REST is under test. */
export class FuzzCallers {
  readonly #database: Database;
  readonly #chance: Chance;
  readonly #secrets: ToldSecrets;
  #tokens = new Map<CallerKind, string | undefined>();
  #calls = 0;

  constructor(database: Database, chance: Chance, secrets: ToldSecrets) {
    this.#database = database;
    this.#chance = chance;
    this.#secrets = secrets;
  }

  /** @param scope that the call needs; null for none */
  async choose(scope: string | null): Promise<{ readonly kind: CallerKind; readonly token: string | undefined }> {
    if (this.#calls++ % CALLS_EACH === 0) await this.renew();
    const fitting = scope === 'admin' ? 'admin' : this.#chance.pick(['member', 'admin'] as const);
    const kind = this.#chance.happens(FITTING) ? fitting : this.#chance.pick(CALLERS);
    return { kind, token: kind === 'stranger' ? this.#strange() : this.#tokens.get(kind) };
  }

  async renew(): Promise<void> {
    const made = CALLERS.map(async (kind) => [kind, SCOPES[kind] && (await this.#token(kind, SCOPES[kind]))] as const);
    this.#tokens = new Map(await Promise.all(made));
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

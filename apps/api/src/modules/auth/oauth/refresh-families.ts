import { randomBytes } from 'node:crypto';
import type { OIDCContext, Provider } from 'oidc-provider';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';
import type { OidcRecords } from './oidc-records.ts';

const SECRET_BYTES = 32;

/**
 * Refresh tokens that name their grant, sealed, behind what makes them secret. One that was used has given its place to its successor, and is still known
 * for what it was when somebody comes with it again: rows that are kept to know it by would be 4,300 a month for a client that never sleeps, and
 * would have to go at some time.
 */
export class RefreshFamilies {
  readonly #records: OidcRecords;
  readonly #box: SealedBox;

  constructor(records: OidcRecords, keys: Pick<CoordinatorKeys, 'derive'>) {
    this.#records = records;
    this.#box = sealedBox(keys, 'oauth/refresh-token');
  }

  /** @param grantId as the library calls it */
  newToken(grantId: string): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    return `${secret}.${this.#box.seal(this.#records.storedName(grantId), secret)}`;
  }

  /**
   * For a token that was refused. When it is one of ours and no longer there, it was used before, or has expired, or the answer with it was given up for
   * lost: either way the grant ends, since one of two uses was not the owner's (RFC 9700 section 4.14.2), or nobody holds a later token.
   */
  async refused(token: string): Promise<void> {
    const grant = this.#grantOf(token);
    if (grant !== undefined && !(await this.#records.findRefreshToken(token))) await this.#records.endGrant(grant);
  }

  /** Tokens begin and end with the library, which has a place for neither. */
  watch(provider: Provider): void {
    const { prototype } = provider.RefreshToken as unknown as { prototype: LibraryRefreshToken };
    const newToken = this.newToken.bind(this);
    prototype.generateTokenId = function () {
      return newToken(this.grantId);
    };
    provider.use(async (ctx, next) => {
      await next();
      const given = notTaken((ctx['oidc'] ?? {}) as Partial<OIDCContext>, ctx.body);
      if (typeof given === 'string') await this.refused(given);
    });
  }

  /** As it is stored; undefined for what we have not made. */
  #grantOf(token: string): string | undefined {
    const [secret = '', sealed = ''] = token.split('.', 2);
    try {
      return this.#box.open(sealed, secret);
    } catch {
      // Whatever somebody made up is no token; it is not an error of ours.
      return undefined;
    }
  }
}

/** What was given for a refresh token and is none any more, or is not taken by whoever gave it. To revoke one that is none is no error (RFC 7009 section 2.2). */
function notTaken({ route, params }: Partial<OIDCContext>, body: unknown): unknown {
  const { error } = (body ?? {}) as { error?: unknown };
  if (route === 'token' && error === 'invalid_grant') return params?.['refresh_token'];
  if (route === 'revocation' && error === undefined) return params?.['token'];
  return undefined;
}

/** What the types do not show of the library's. */
interface LibraryRefreshToken {
  readonly grantId: string;
  generateTokenId(): string;
}

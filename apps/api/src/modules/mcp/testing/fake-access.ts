import { Injectable, type CanActivate, type ExecutionContext, UnauthorizedException } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { TokenVerifier, type AuthenticatedRequest, type Principal } from '../../auth/index.ts';

/** A principal who may use everything. What the test gives wins. */
export function aPrincipal(given: Partial<Principal> = {}): Principal {
  return {
    userId: '42',
    userName: 'olga',
    kind: 'credential',
    id: 'cred-1',
    label: 'ci-bot',
    scopes: new Set(['mcp:tools']),
    tools: null,
    servers: null,
    levels: [],
    commands: null,
    expiresAt: null,
    ...given,
  };
}

/** Tokens are words, and the test can take one back. */
export class FakeTokenVerifier extends TokenVerifier {
  readonly principals = new Map<string, Principal>([
    ['token-a', aPrincipal()],
    ['token-b', aPrincipal({ userId: '43', userName: 'boris', id: 'cred-2' })],
    ['token-narrow', aPrincipal({ id: 'cred-3', tools: ['list_servers'] })],
  ]);

  async verify(token: string): Promise<Principal> {
    const principal = this.principals.get(token);
    if (principal) return principal;
    throw new ServonautError('token_revoked');
  }

  async recheck({ id }: Principal): Promise<Principal> {
    const principal = [...this.principals.values()].find((known) => known.id === id);
    if (principal) return principal;
    throw new ServonautError('token_revoked');
  }
}

/** Puts the principal where the real guard puts it. */
@Injectable()
export class FakeGuard implements CanActivate {
  constructor(private readonly verifier: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    try {
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      request.principal = await this.verifier.verify(token, 'mcp', request.ip);
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}

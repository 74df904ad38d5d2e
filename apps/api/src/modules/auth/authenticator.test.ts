import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { loadConfig } from '../../config/app-config.ts';
import type { IdentifiedRequest } from '../../platform/access/authentication.ts';
import { Authenticator } from './authenticator.ts';
import type { Principal } from './principal.ts';
import { Revocations } from './revocations.ts';
import { TokenVerifier } from './token-verifier.ts';

const BELIEVED_MS = 60_000;

const principal: Principal = {
  userId: '42',
  userName: 'olga',
  kind: 'credential',
  id: '0011223344556677',
  label: 'ci-bot',
  scopes: new Set(['mcp:tools']),
  tools: null,
  servers: null,
  levels: [],
  commands: null,
  expiresAt: null,
};

/** Knows one token, until that is taken back. */
class OneToken extends TokenVerifier {
  isGood = true;
  looks = 0;

  async verify(): Promise<Principal> {
    this.looks += 1;
    if (this.isGood) return principal;
    throw new ServonautError('token_revoked');
  }

  recheck(): Promise<Principal> {
    return this.verify();
  }
}

async function identified() {
  const [tokens, revocations] = [new OneToken(), new Revocations()];
  const settings = loadConfig({ SERVONAUT_TOKEN_CACHE_MS: String(BELIEVED_MS) });
  const authenticator = new Authenticator(settings, tokens, revocations);
  const request = { headers: { authorization: 'Bearer token' } } as IdentifiedRequest<Principal>;
  await authenticator.handler(request, {} as Response, () => undefined);
  return { tokens, revocations, callerOf: () => authenticator.callerOf(request) };
}

describe('who is calling, once the body has come,', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is known without another look, and without a promise, when it came quickly', async () => {
    const { tokens, callerOf } = await identified();
    expect(callerOf()).toBe(principal);
    expect(tokens.looks).toBe(1);
  });

  it('is asked again when the first look is too old, though no revocation was heard of', async () => {
    const { tokens, callerOf } = await identified();
    tokens.isGood = false;
    jest.spyOn(performance, 'now').mockReturnValue(performance.now() + BELIEVED_MS + 1);
    await expect(callerOf()).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('is asked again when something was revoked, and remembered then', async () => {
    const { tokens, revocations, callerOf } = await identified();
    revocations.announce({ userId: '43' });
    expect(await callerOf()).toBe(principal);
    expect(callerOf()).toBe(principal);
    expect(tokens.looks).toBe(2);
  });
});

import { createPublicKey, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../config/app-config.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Revocations } from '../revocations.ts';
import { AccessTokenVerifier } from './access-token-verifier.ts';
import type { SigningKeys } from './signing-keys.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

describe.each(DATABASES)('tokens that the authorization server issues on %s', (_kind, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;
  let verifier: AccessTokenVerifier;
  let userId: string;

  /** Registers, signs in, consents and redeems. */
  const aClient = async (parameters: Record<string, string> = {}) => {
    const { client_id: id } = await client.register({ client_name: 'Claude Code' });
    const clientId = String(id);
    const authorization = await client.authorize(clientId, { user: userId, parameters });
    return { clientId, authorization, tokens: await client.redeem(clientId, authorization) };
  };
  const refusalOf = (token: unknown) =>
    verifier.verify(String(token), 'mcp').then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true });
    client = new OauthTestClient(app.publicUrl);
    userId = (await app.users.create('olga')).id;
    const config = loadConfig({ PUBLIC_URL: app.publicUrl, SERVONAUT_TOKEN_CACHE_MS: '0' });
    verifier = new AccessTokenVerifier(config, connection.database, publicHalf(app.signingKeys), new Revocations());
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });

  it('are taken, as what the user has consented to', async () => {
    const { tokens } = await aClient({ scope: 'mcp:tools:get_logs mcp:tools:run_command' });
    expect(await verifier.verify(String(tokens['access_token']), 'mcp')).toMatchObject({
      userId,
      userName: 'olga',
      kind: 'user',
      label: 'Claude Code',
      scopes: new Set(['mcp:tools']),
      tools: ['get_logs', 'run_command'],
    });
  });

  it('are taken at the one door that they are for', async () => {
    const { tokens } = await aClient();
    await expect(verifier.verify(String(tokens['access_token']), 'api')).rejects.toMatchObject({
      code: 'token_invalid',
      nextStep: `Ask for one with the resource ${app.publicUrl}/api.`,
    });
  });

  it('are refused when they are identity tokens', async () => {
    const { tokens } = await aClient({ scope: 'openid mcp:tools' });
    expect(tokens['id_token']).toEqual(expect.any(String));
    expect(await refusalOf(tokens['id_token'])).toBe('token_invalid');
  });

  it('are refused once a refresh token of their grant was used twice', async () => {
    const { clientId, tokens } = await aClient();
    const renewed = await client.refresh(clientId, tokens['refresh_token']);
    expect(await refusalOf(renewed['access_token'])).toBe('taken');
    expect(await client.refresh(clientId, tokens['refresh_token'])).toMatchObject({ error: 'invalid_grant' });
    expect(await refusalOf(renewed['access_token'])).toBe('token_revoked');
    expect(await refusalOf(tokens['access_token'])).toBe('token_revoked');
  });

  it('are refused once the code of their grant was used twice', async () => {
    const { clientId, authorization, tokens } = await aClient();
    expect(await client.redeem(clientId, authorization)).toMatchObject({ error: 'invalid_grant' });
    expect(await refusalOf(tokens['access_token'])).toBe('token_revoked');
  });

  it('are refused once the client has given its refresh token back', async () => {
    const { clientId, tokens } = await aClient();
    await client.post('/oauth/revoke', { client_id: clientId, token: String(tokens['refresh_token']) });
    expect(await refusalOf(tokens['access_token'])).toBe('token_revoked');
  });
});

/** The keys of the test's authorization server as a verifier sees them. */
function publicHalf(keys: SigningKeys): SigningKeys {
  const publicKey = async (kid: string): Promise<KeyObject | undefined> => {
    const jwk = keys.all().find((key) => key.kid === kid);
    return jwk && createPublicKey({ key: jwk, format: 'jwk' });
  };
  return Object.assign(Object.create(keys) as SigningKeys, { publicKey });
}

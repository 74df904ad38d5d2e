import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface OpenidProvider {
  readonly issuer: string;
  /** What the next ID token claims, in place of what is right. */
  claims: Record<string, unknown>;
  /** What the next answer at the userinfo endpoint is. */
  userinfo: Record<string, unknown>;
  /** What is answered at a path in place of what is right. */
  readonly wrong: Map<string, { readonly status?: number; readonly type?: string; readonly body: string }>;
  /** Fields of the last token request. */
  asked: URLSearchParams;
  stop(): void;
}

export const UPSTREAM_CLIENT = { id: 'coordinator', secret: 'of the coordinator' } as const;

/** As much of an OpenID provider as the coordinator talks to; its users are what a test says. */
export async function startOpenidProvider(): Promise<OpenidProvider> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: OpenidProvider = {
    issuer,
    claims: {},
    userinfo: {},
    wrong: new Map(),
    asked: new URLSearchParams(),
    stop: () => server.close().closeAllConnections(),
  };

  const token = () => {
    const now = Math.floor(Date.now() / 1_000);
    const right = { iss: issuer, aud: UPSTREAM_CLIENT.id, iat: now, exp: now + 60 };
    return new SignJWT({ ...right, ...provider.claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
  };

  const routes: Readonly<Record<string, (body: string) => Promise<object> | object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/jwks': () => ({ keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] }),
    '/userinfo': () => provider.userinfo,
    '/token': async (body) => {
      provider.asked = new URLSearchParams(body);
      return { access_token: 'access', token_type: 'Bearer', expires_in: 60, id_token: await token() };
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString();
    const route = routes[request.url ?? ''];
    const right = { status: route ? 200 : 404, body: JSON.stringify((await route?.(body)) ?? {}) };
    const given = { type: 'application/json', ...right, ...provider.wrong.get(request.url ?? '') };
    response.writeHead(given.status, { 'content-type': given.type }).end(given.body);
  }
  return provider;
}

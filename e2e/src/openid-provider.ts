import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEY_ID = 'k';
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An OpenID provider at which one person is signed in, who agrees to everything. It vouches for their address. */
export async function startOpenidProvider(clientId: string, person: { email: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const nonces = new Map<string, string>();
  const answers: Readonly<Record<string, (query: URLSearchParams) => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/jwks': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }] }),
    '/token': (form) => ({ access_token: 'a', token_type: 'Bearer', id_token: idToken(form.get('code') ?? '') }),
  };

  function idToken(code: string): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: issuer, aud: clientId, sub: 'ada', iat: now, exp: now + 60, auth_time: now };
    const about = { email: person.email, email_verified: true, nonce: nonces.get(code) };
    const signed = `${encoded({ alg: 'RS256', kid: KEY_ID })}.${encoded({ ...claims, ...about })}`;
    return `${signed}.${createSign('sha256').update(signed).sign(privateKey, 'base64url')}`;
  }

  /** Where the browser goes on to, with a code. */
  function agreed(query: URLSearchParams): string {
    const code = `code-${nonces.size}`;
    nonces.set(code, query.get('nonce') ?? '');
    const answer = new URLSearchParams({ code, state: query.get('state') ?? '' });
    return `${query.get('redirect_uri') ?? ''}?${answer.toString()}`;
  }

  const listener: RequestListener = (request, response) =>
    void textOf(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '', issuer);
      if (pathname === '/authorize') return response.writeHead(303, { location: agreed(searchParams) }).end();
      const answer = answers[pathname]?.(new URLSearchParams(body));
      return response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, stop: () => server.close().closeAllConnections() };
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString();
}

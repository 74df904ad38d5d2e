import { createHmac, createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { decodeJwt, importJWK, SignJWT, type JWTPayload } from 'jose';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { newSigningKey } from './oauth/signing-key-store.ts';
import type { PrivateJwk } from './oauth/signing-keys.ts';
import { Browser } from './pages/testing/browser.ts';
import { signInDevice } from './pages/testing/device-sign-in.ts';
import { PASSWORD } from './people/testing/people.ts';
import { Grants, Invitations, SigningKeys, UserService } from './index.ts';

/** What is not as in a token that is taken. */
interface Changes {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: PrivateJwk;
}

const HOUR = 3_600;

/** Each is a token that the door takes, but for one thing. */
describe('a token that the door of agents refuses', () => {
  let coordinator: Coordinator;
  let url: string;
  let browser: Browser;
  let real: Readonly<Record<'access_token' | 'id_token', string>>;
  let ours: PrivateJwk;
  const now = Math.floor(Date.now() / 1_000);

  beforeAll(async () => {
    const settings = { SERVONAUT_DATA_DIR: await temporaryFolder(), PORT: '0', LOG_LEVEL: 'silent' };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    const invited = await coordinator.app.get(Invitations).invite({ email: 'ada@example.com', role: 'member' }, null);
    browser = new Browser(url);
    const { pathname } = new URL(invited.url);
    await browser.submit(await browser.get(pathname), pathname, { password: PASSWORD });
    real = (await aSignIn()) as unknown as typeof real;
    [ours] = coordinator.app.get(SigningKeys).all() as [PrivateJwk];
  }, 60_000);
  afterAll(() => coordinator.app.close());

  const aSignIn = (asked = { resource: `${url}/mcp`, scope: 'openid mcp:tools' }) => signInDevice(url, browser, asked);

  async function signed({ claims = {}, header = {}, key = ours }: Changes): Promise<string> {
    return new SignJWT({ ...decodeJwt(real.access_token), ...claims })
      .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header })
      .sign(await importJWK(key, key.alg));
  }

  /** The claims of the real one under another header. */
  function unsigned(alg: string): string {
    const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid: ours.kid })).toString('base64url');
    return `${header}.${real.access_token.split('.')[1]}`;
  }

  async function answerTo(token: unknown) {
    const answer = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${String(token)}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    const text = await answer.text();
    const { code, detail } = (answer.ok ? {} : JSON.parse(text)) as Readonly<Record<string, string>>;
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), code, detail };
  }

  const refusal = (code: string) => ({
    status: 401,
    code,
    challenge: expect.stringMatching(
      /^Bearer realm="servonaut", error="invalid_token", error_description=".*, scope="mcp:tools", resource_metadata="/,
    ),
  });

  it('differs from one that it takes', async () => {
    for (const token of [real.access_token, await signed({})]) expect((await answerTo(token)).status).toBe(200);
  });

  it('has no signature (alg: none)', async () => {
    for (const alg of ['none', 'None', 'EdDSA'])
      expect(await answerTo(`${unsigned(alg)}.`)).toMatchObject(refusal('token_invalid'));
  });

  it('is signed with our public key as the secret of HS256', async () => {
    const key = createPublicKey({ key: ours, format: 'jwk' });
    for (const secret of [key.export({ format: 'pem', type: 'spki' }), key.export({ format: 'der', type: 'spki' })]) {
      const signature = createHmac('sha256', secret).update(unsigned('HS256')).digest('base64url');
      expect(await answerTo(`${unsigned('HS256')}.${signature}`)).toMatchObject(refusal('token_invalid'));
    }
  });

  it.each<[string, () => Changes | Promise<Changes>]>([
    ['names a key that is not ours', async () => ({ key: await newSigningKey() })],
    [
      'is signed with another key under the id of ours',
      async () => ({ key: { ...(await newSigningKey()), kid: ours.kid } }),
    ],
    ['names another key than it is signed with', () => ({ header: { kid: 'x' } })],
    ['names no key', () => ({ header: { kid: undefined } })],
    ['is not valid yet', () => ({ claims: { nbf: now + 60 } })],
    ['is made in the future', () => ({ claims: { iat: now + 60, exp: now + 660 } })],
    ['lives for longer than any of ours', () => ({ claims: { iat: now, exp: now + HOUR + 1 } })],
    ['is for the other door', () => ({ claims: { aud: `${url}/api` } })],
    ['is for another server', () => ({ claims: { aud: 'https://other.example.com/mcp' } })],
    ['is of another issuer', () => ({ claims: { iss: 'https://other.example.com' } })],
    ['is of another type', () => ({ header: { typ: 'JWT' } })],
    ['names the grant of nobody', () => ({ claims: { gid: undefined } })],
  ])('%s', async (_, changes) => {
    expect(await answerTo(await signed(await changes()))).toMatchObject(refusal('token_invalid'));
  });

  it('is expired', async () => {
    const token = await signed({ claims: { iat: now - 600, exp: now - 1 } });
    expect(await answerTo(token)).toMatchObject(refusal('token_expired'));
  });

  it('is an identity token', async () => {
    expect(decodeJwt(real.id_token)).toMatchObject({ iss: url, aud: 'servonaut-cli' });
    expect(await answerTo(real.id_token)).toMatchObject(refusal('token_invalid'));
  });

  it('was given for the other door', async () => {
    const { access_token: token } = await aSignIn({ resource: `${url}/api`, scope: 'relay:connect' });
    expect(await answerTo(token)).toMatchObject(refusal('token_invalid'));
  });

  it('is of a grant that has ended', async () => {
    const { access_token: token } = await aSignIn();
    const { gid, sub } = decodeJwt<{ gid: string }>(String(token));
    expect((await answerTo(token)).status).toBe(200);
    await coordinator.app.get(Grants).revoke(gid, String(sub));
    expect(await answerTo(token)).toMatchObject(refusal('token_revoked'));
  });

  it('is of a user who is disabled', async () => {
    const users = coordinator.app.get(UserService);
    await users.setDisabled(String(decodeJwt(real.access_token).sub), true);
    expect(await answerTo(real.access_token)).toMatchObject(refusal('token_revoked'));
  });

  it('says to a stranger that it is not one of ours, and nothing else', async () => {
    const forged = await signed({ key: await newSigningKey(), claims: { exp: now - 1 } });
    expect(new Set([(await answerTo(forged)).detail, (await answerTo('nonsense')).detail]).size).toBe(1);
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults } from '../../../platform/limits/named-limits.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Revocations } from '../revocations.ts';
import { documentRules } from './document-rules.ts';
import { KeptDocuments } from './kept-documents.ts';
import { OidcRecords } from './oidc-records.ts';
import { RegisteredClients } from './registered-clients.ts';
import { registrationDoor } from './registration-door.ts';
import { OauthBrowser, pkce } from './testing/oauth-browser.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';
import { SiteOfClients } from './testing/site-of-clients.ts';

/** A site of clients. */
const SITE = 'https://agent.example';
const REDIRECT = 'http://localhost/callback';

/** What Claude Code's document says, in the words that matter here. */
const DOCUMENT = {
  client_name: 'An agent',
  redirect_uris: [REDIRECT, 'http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  scope: 'mcp:tools',
};

const [[, open] = []] = DATABASES;

describe('the doors for clients', () => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  const limits = new MemoryRateLimits(
    withDefaults({
      registration_address: { points: 1_000, seconds: 60 },
      registration_all: { points: 1_000, seconds: 60 },
      document_address: { points: 30, seconds: 60 },
    }),
  );
  const site = new SiteOfClients({
    '/client': DOCUMENT,
    '/elsewhere': { ...DOCUMENT, redirect_uris: ['http://agent.example/cb'] },
    '/keys': { ...DOCUMENT, jwks_uri: `${SITE}/keys.json`, token_endpoint_auth_method: 'private_key_jwt' },
    '/backwards': { ...DOCUMENT, client_name: '\u202eedualC' },
    '/other': { ...DOCUMENT, client_id: `${SITE}/client` },
  });

  beforeAll(async () => {
    connection = await open!();
    const clients = new RegisteredClients(connection.database, { auth: { mostClients: 100 } });
    const registration = registrationDoor(limits, () => clients.makeRoom());
    const records = new OidcRecords(connection.database, await deriveKeys(randomBytes(32)), new Revocations());
    const documents = new KeptDocuments({ source: site, records, makeRoom: async () => undefined, keptSeconds: 60 });
    app = await startOauthTestApp(connection, {
      doors: {
        registration,
        documents,
        documentRules: documentRules({ limits, documents, isLetIn: async () => false }),
      },
    });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });

  async function register(body: unknown) {
    const response = await fetch(`${app.publicUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Where the browser ends that somebody sends to sign in for a client. */
  function authorize(clientId: string, redirectUri: string) {
    const parameters = {
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
      resource: `${app.publicUrl}/mcp`,
      scope: 'mcp:tools',
    };
    return new OauthBrowser(app.publicUrl).ask(`/oauth/authorize?${new URLSearchParams(parameters)}`);
  }

  describe('a registration', () => {
    it('makes a public client of one that says nothing, without a secret', async () => {
      const { status, body } = await register({ redirect_uris: [REDIRECT] });
      expect(status).toBe(201);
      expect(body).toMatchObject({ token_endpoint_auth_method: 'none', application_type: 'native' });
      expect(body).not.toHaveProperty('client_secret');
      expect(body).not.toHaveProperty('client_secret_expires_at');
    });

    it('leaves scopes to the user', async () => {
      const { status, body } = await register({ redirect_uris: [REDIRECT], scope: 'mcp:tools no:such' });
      expect([status, body['scope']]).toEqual([201, undefined]);
      const { status: page, url } = await authorize(String(body['client_id']), 'http://localhost:63078/callback');
      expect([page, url]).toEqual([200, expect.stringContaining('/sign-in/')]);
    });

    it('gives a secret to a client that asks for one', async () => {
      const asked = { redirect_uris: ['https://agent.example/cb'], token_endpoint_auth_method: 'client_secret_post' };
      expect((await register(asked)).body).toHaveProperty('client_secret');
    });

    it.each([
      [{ redirect_uris: ['http://agent.example/cb'] }, 'invalid_redirect_uri'],
      [{ redirect_uris: ['myapp://agent/cb'] }, 'invalid_redirect_uri'],
      [{ redirect_uris: 'x' }, 'invalid_redirect_uri'],
      [{ redirect_uris: [] }, 'invalid_redirect_uri'],
      [{ redirect_uris: [REDIRECT], grant_types: 'x' }, 'invalid_client_metadata'],
      [{ redirect_uris: [REDIRECT], grant_types: ['implicit'] }, 'invalid_client_metadata'],
      [{ redirect_uris: [REDIRECT], jwks_uri: 'https://169.254.169.254/' }, 'invalid_client_metadata'],
      [{ redirect_uris: [REDIRECT], token_endpoint_auth_method: {} }, 'invalid_client_metadata'],
      [{ redirect_uris: [REDIRECT], contacts: [{}] }, 'invalid_client_metadata'],
      [{ redirect_uris: [REDIRECT], client_name: 'x'.repeat(101) }, 'invalid_client_metadata'],
    ])('refuses %j', async (metadata, error) => {
      expect(await register(metadata)).toMatchObject({ status: 400, body: { error } });
    });

    it.each(['', '{', '[]', 'null', '7', '{"__proto__":{"scope":"admin"}}'])('refuses the body %j', async (body) => {
      expect((await register(body)).status).toBe(400);
    });

    it('is not had under another spelling of its path', async () => {
      for (const path of ['/oauth/REGISTER', '/oauth/register/']) {
        const response = await fetch(app.publicUrl + path, { method: 'POST' });
        expect([path, response.status]).toEqual([path, 404]);
      }
    });
  });

  describe('a document', () => {
    it('lets an agent in whose address it is, on any port of loopback', async () => {
      const page = await authorize(`${SITE}/client`, 'http://localhost:63078/callback');
      expect([page.status, page.url]).toEqual([200, expect.stringContaining('/sign-in/')]);
    });

    it('is kept for a while', async () => {
      site.asked = [];
      await authorize(`${SITE}/client`, REDIRECT);
      expect(site.asked).toEqual([]);
    });

    it.each([
      ['there is none', '/missing', 'invalid_client'],
      ['it sends people elsewhere', '/elsewhere', 'invalid_redirect_uri'],
      ['it wants its keys fetched', '/keys', 'invalid_client_metadata'],
      ['its name deceives', '/backwards', 'invalid_client_metadata'],
      ['it is that of another client', '/other', 'invalid_client_metadata'],
    ])('lets nobody in when %s', async (_, path, error) => {
      const { status, text } = await authorize(SITE + path, REDIRECT);
      expect([status, text]).toEqual([400, expect.stringContaining(error)]);
      expect(text).not.toContain('agent.example');
    });

    it('is not asked for at an address that is not https', async () => {
      site.asked = [];
      expect((await authorize('http://agent.example/client', REDIRECT)).status).toBe(400);
      expect(site.asked).toEqual([]);
    });

    it('is not asked for without end', async () => {
      site.asked = [];
      const statuses = new Set<number>();
      for (let times = 0; times < 40; times += 1)
        statuses.add((await authorize(`${SITE}/${randomBytes(8).toString('hex')}`, REDIRECT)).status);
      expect(site.asked.length).toBeLessThan(30);
      expect([...statuses]).toContain(429);
    });
  });
});

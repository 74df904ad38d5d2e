import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { oidcRecords, users } from '../../../platform/database/schema.ts';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults } from '../../../platform/limits/named-limits.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Revocations } from '../revocations.ts';
import { documentRules } from './document-rules.ts';
import { DOCUMENT_MODEL, KeptDocuments } from './kept-documents.ts';
import { OidcRecords } from './oidc-records.ts';
import { RegisteredClients } from './registered-clients.ts';
import { StoredGrants } from './stored-grants.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';
import { SiteOfClients } from './testing/site-of-clients.ts';

const CLIENT = 'https://agent.example/client';
const DOCUMENT = { redirect_uris: ['http://127.0.0.1/cb'], token_endpoint_auth_method: 'none' };
const AWAY = { status: 503, error: 'temporarily_unavailable' };
const NEVER = new AbortController().signal;

describe.each(DATABASES)('the document of a client that is in use, in %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let agent: OauthTestClient;
  let records: OidcRecords;
  let documents: KeptDocuments;
  let site: SiteOfClients;
  let nowMs = 0;
  const limits = new MemoryRateLimits(withDefaults({ document_address: { points: 1_000, seconds: 60 } }));

  beforeAll(async () => {
    Logger.overrideLogger(false);
    connection = await open();
    const { database } = connection;
    await database.insert(users).values({ name: 'ada' });
    const revocations = new Revocations();
    records = new OidcRecords(database, await deriveKeys(randomBytes(32)), revocations);
    const grants = new StoredGrants(database, { publicUrl: 'http://127.0.0.1' }, records, revocations);
    const rules = () => documentRules({ limits, documents, isLetIn: (clientId) => grants.isLetIn(clientId) });
    app = await startOauthTestApp(connection, {
      doors: {
        documents: { fetch: (url, signal) => documents.fetch(url, signal) },
        documentRules: {
          allowFetch: (ctx, clientId) => rules().allowFetch(ctx, clientId),
          allowClient: (ctx, client) => rules().allowClient(ctx, client),
        },
      },
    });
    agent = new OauthTestClient(app.publicUrl);
  }, 60_000);
  beforeEach(async () => {
    await connection.database.delete(oidcRecords);
    site = new SiteOfClients({ '/client': DOCUMENT, '/other': DOCUMENT });
    restart();
  });
  afterAll(async () => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    await app.close();
    await connection.close();
  });

  /** Nothing in memory is left. */
  function restart(mostClients = 100): void {
    const clients = new RegisteredClients(connection.database, { auth: { mostClients } });
    const makeRoom = () => clients.makeRoomForDocument();
    documents = new KeptDocuments({ source: site, records, makeRoom, keptSeconds: 600, now: () => nowMs });
    app.oauth.rebuild();
  }

  async function letIn(): Promise<unknown> {
    const tokens = await agent.redeem(CLIENT, await agent.authorize(CLIENT));
    expect(tokens).toMatchObject({ status: 200 });
    return tokens['refresh_token'];
  }

  const isKept = async () => (await records.find(DOCUMENT_MODEL, CLIENT)) !== undefined;

  it('is not fetched anew because the keys have changed', async () => {
    const token = await letIn();
    site.asked = [];
    app.oauth.rebuild();
    expect(await agent.refresh(CLIENT, token)).toMatchObject({ status: 200 });
    expect(site.asked).toEqual([]);
  });

  it.each([
    ['is away', null],
    ['is a page of its host', '<!doctype html>Back soon'],
    ['is a list', '[]'],
  ])('is the last good one while it %s, also after a restart', async (_what, instead) => {
    const token = await letIn();
    site.instead = instead;
    restart();
    const renewed = await agent.refresh(CLIENT, token);
    expect(renewed).toMatchObject({ status: 200 });
    expect((await agent.authorize(CLIENT)).answer).toHaveProperty('code');
  });

  it('is asked for again after a while, and not each time', async () => {
    const token = await letIn();
    site.instead = null;
    restart();
    site.asked = [];
    await agent.refresh(CLIENT, token);
    for (const [passed, times] of [
      [299_000, 1],
      [2_000, 2],
    ] as const) {
      nowMs += passed;
      app.oauth.rebuild();
      await agent.authorize(CLIENT);
      expect(site.asked).toHaveLength(times);
    }
  });

  it('is asked for once when many come at the same moment', async () => {
    await letIn();
    site.instead = null;
    restart();
    site.asked = [];
    expect(await Promise.all([1, 2, 3].map(() => documents.bring(CLIENT)))).toEqual([true, true, true]);
    expect(site.asked).toEqual([CLIENT]);
  });

  it('is "try again later" and not "no such client" while there is none, and the refresh token stays good', async () => {
    const token = await letIn();
    await connection.database.delete(oidcRecords).where(eq(oidcRecords.model, DOCUMENT_MODEL));
    site.instead = null;
    restart();
    expect(await agent.refresh(CLIENT, token)).toMatchObject(AWAY);
    expect((await agent.authorize(CLIENT)).page.status).toBe(503);
    site.instead = undefined;
    expect(await agent.refresh(CLIENT, token)).toMatchObject({ status: 200 });
  });

  it('is not kept of a client that nobody has let in', async () => {
    await agent.authorize(CLIENT, { answer: 'no' });
    expect(await isKept()).toBe(false);
    site.instead = null;
    restart();
    expect(await agent.refresh(CLIENT, 'x')).toMatchObject({ error: 'invalid_client' });
  });

  it('is not taken of a client that nobody lets in any more', async () => {
    const token = await letIn();
    await connection.database.delete(oidcRecords).where(eq(oidcRecords.model, 'Grant'));
    site.instead = null;
    restart();
    expect(await agent.refresh(CLIENT, token)).toMatchObject({ error: 'invalid_client' });
  });

  it('does not give way to one of which no client can be made', async () => {
    const token = await letIn();
    site.instead = JSON.stringify({ ...DOCUMENT, client_id: CLIENT, redirect_uris: ['http://agent.example/cb'] });
    restart();
    expect(await agent.refresh(CLIENT, token)).toMatchObject({ error: 'invalid_redirect_uri' });
    site.instead = null;
    restart();
    expect(await agent.refresh(CLIENT, token)).toMatchObject({ status: 200 });
  });

  it('is forgotten for that of another, when as many are kept as may be', async () => {
    await letIn();
    restart(1);
    await documents.fetch(new URL('/other', CLIENT), NEVER);
    await documents.keep('https://agent.example/other');
    expect(await isKept()).toBe(false);
  });

  it.each([
    ['as long as it says', 'max-age=120', 120],
    ['for a minute at least', 'no-cache, max-age=0', 60],
    ['for a minute if it says nothing', 'private', 60],
    ['for an hour at most', 'public, max-age=86400', 3_600],
  ])('is taken without asking again %s', async (_how, cacheControl, seconds) => {
    const headers = { 'cache-control': cacheControl };
    const source = { fetch: async () => Response.json({ client_id: CLIENT }, { headers }) };
    const kept = new KeptDocuments({
      source,
      records,
      makeRoom: async () => undefined,
      keptSeconds: 1,
      now: () => nowMs,
    });
    const { headers: said } = await kept.fetch(new URL(CLIENT), NEVER);
    expect(said.get('cache-control')).toBe(`max-age=${seconds}`);
    nowMs += seconds * 1_000 - 1;
    expect(kept.hasFresh(CLIENT)).toBe(true);
    nowMs += 1;
    expect(kept.hasFresh(CLIENT)).toBe(false);
  });
});

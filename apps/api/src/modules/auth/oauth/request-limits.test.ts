import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { OauthBrowser } from './testing/oauth-browser.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

const [, open] = DATABASES[0]!;
const FLOWS = 60;
const PAGE = { accept: 'text/html' };

describe('the limits of the authorization server', () => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let rooms: number;
  let flow: string;

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());
  beforeEach(async () => {
    rooms = 0;
    app = await startOauthTestApp(connection, { doors: { makeRoom: async () => void (rooms += 1) } });
    const { client_id: id } = await new OauthTestClient(app.publicUrl).register();
    const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const asked = { client_id: String(id), response_type: 'code', redirect_uri: 'http://127.0.0.1/cb', ...challenge };
    flow = new URLSearchParams(asked).toString();
  });
  afterEach(() => app.close());

  const ask = (path: string, init: RequestInit = {}) => fetch(app.publicUrl + path, { redirect: 'manual', ...init });
  const begin = (given = '', init: RequestInit = {}) => ask(`/oauth/authorize?${flow}${given}`, init);
  const form = (body: string): RequestInit => ({ method: 'POST', body: new URLSearchParams(body) });

  it('let an address begin so many flows, in whatever way, and make room before each', async () => {
    const ways = [() => begin(), () => ask('/device')];
    for (let begun = 0; begun < FLOWS; begun += 1) expect((await ways[begun % 2]!()).status).toBeLessThan(400);
    for (const way of [...ways, () => begin('', { method: 'HEAD' }), () => ask('/device/')])
      expect((await way()).status).toBe(429);
    expect(rooms).toBe(FLOWS);
  });

  it('leave no other way to begin one', async () => {
    expect((await ask('/oauth/authorize', form(flow))).status).toBe(404);
  });

  it('tell a person on a page, and a program in the words of OAuth', async () => {
    for (let begun = 0; begun < FLOWS; begun += 1) await begin();
    const page = await begin('', { headers: PAGE });
    expect([page.status, page.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await page.text()).toContain('error temporarily_unavailable');
    expect(await (await begin()).json()).toMatchObject({ error: 'temporarily_unavailable' });
  });

  it('take an address of so many bytes and no more, before anything is stored', async () => {
    const room = 4_096 - '/oauth/authorize?&state='.length - flow.length;
    expect((await begin(`&state=${'x'.repeat(room)}`)).status).toBe(303);
    const before = await connection.database.$count(oidcRecords);
    const refused = await begin(`&state=${'x'.repeat(room + 1)}`);
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error: 'invalid_request', error_description: expect.stringContaining('4096 bytes') },
    ]);
    expect(await connection.database.$count(oidcRecords)).toBe(before);
  });

  it.each(['/oauth/authorize', '/oauth/token', '/oauth/device', '/device'])(
    'take a form of so many bytes and no more at %s',
    async (path) => {
      expect((await ask(path, form(`x=${'x'.repeat(5_000)}`))).status).toBe(413);
    },
  );

  it('take no form that does not say how long it is', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' };
      const request = httpRequest(`${app.publicUrl}/oauth/token`, { method: 'POST', headers }, (response) => {
        resolve(response.resume().statusCode);
      });
      request.on('error', reject).end('grant_type=refresh_token');
    });
    expect(status).toBe(413);
  });

  it('let a flow live for longer once somebody has signed in to it', async () => {
    const lives = async (): Promise<number[]> => {
      const rows = await connection.database.select().from(oidcRecords);
      const flows = rows.filter(({ model }) => model === 'Interaction');
      return flows.map(({ createdAt, expiresAt }) => Math.round((Number(expiresAt) - Number(createdAt)) / 1_000));
    };
    await connection.database.delete(oidcRecords).where(eq(oidcRecords.model, 'Interaction'));
    const { id: user } = await app.users.create('ada');
    const browser = new OauthBrowser(app.publicUrl);
    const { url } = await browser.ask(`/oauth/authorize?${flow}`);
    expect(await lives()).toEqual([300]);
    expect((await browser.ask(url, { user, answer: 'yes' })).text).toContain('"consent"');
    expect(await lives()).toEqual([900]);
  });
});

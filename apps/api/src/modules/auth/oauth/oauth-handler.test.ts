import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

const [, open] = DATABASES[0]!;

describe('the door of the authorization server', () => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let client: OauthTestClient;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection);
    client = new OauthTestClient(app.publicUrl);
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });

  it('lets an address ask for so many codes of a device, and says when it may again', async () => {
    let answer = await client.askForDevice();
    for (let asked = 0; answer.status === 200 && asked < 100; asked++) answer = await client.askForDevice();
    expect(answer).toMatchObject({ status: 429, error: 'temporarily_unavailable' });
    const response = await fetch(`${app.publicUrl}/oauth/device`, { method: 'POST' });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('lets an address type in so many codes, under whatever spelling of the path', async () => {
    const statusAt = async (path: string): Promise<number> =>
      (await fetch(app.publicUrl + path, { method: 'POST', body: new URLSearchParams({ user_code: 'X' }) })).status;
    let status = await statusAt('/device');
    for (let typed = 0; status !== 429 && typed < 100; typed++) status = await statusAt('/device');
    expect([status, await statusAt('/device/')]).toEqual([429, 429]);
  });

  it('runs no script but the one that sends on a code out of an address', async () => {
    const { headers } = await fetch(`${app.publicUrl}/device?user_code=BBBB-BBBB`);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none';script-src 'sha256-[\w+/=]+';frame-ancestors 'none';base-uri 'none'$/,
    );
  });

  it('serves nobody else', async () => {
    for (const path of ['/mcp', '/oauth', '/OAUTH/token', '/sign-out'])
      expect((await fetch(app.publicUrl + path)).headers.get('content-type')).not.toContain('json');
  });
});

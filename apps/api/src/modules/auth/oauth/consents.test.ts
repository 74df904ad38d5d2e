import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { and, eq } from 'drizzle-orm';
import { oidcRecords } from '../../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { Browser, type Answer } from '../pages/testing/browser.ts';
import { OauthTestClient } from './testing/oauth-client.ts';
import { pkce } from './testing/oauth-browser.ts';
import { startOauthTestApp, type OauthTestApp } from './testing/oauth-test-app.ts';

const REDIRECT = 'http://127.0.0.1:4567/cb';

describe.each(DATABASES)('the answer to what a client asks for, on %s', (_, open) => {
  let connection: TestDatabase;
  let app: OauthTestApp;
  let clientId: string;
  let browser: Browser;
  /** Where the person is asked. */
  let consent: string;

  beforeAll(async () => {
    connection = await open();
    app = await startOauthTestApp(connection, { generous: true });
    await app.users.create('ada');
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await connection.close();
  });
  beforeEach(async () => {
    clientId = String((await new OauthTestClient(app.publicUrl).register())['client_id']);
    browser = new Browser(app.publicUrl);
    const { challenge } = pkce();
    const asked = { client_id: clientId, response_type: 'code', redirect_uri: REDIRECT, scope: 'mcp:tools' };
    const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
    const signIn = to(await browser.get(`/oauth/authorize?${new URLSearchParams({ ...asked, ...proof })}`));
    consent = to(await browser.get(to(await press('yes', signIn))));
  });

  const to = ({ location }: Answer): string => location ?? '';
  const press = (answer: 'yes' | 'no', at = consent) => browser.post(at, { user: '1', answer });
  const areOfClient = () => and(eq(oidcRecords.clientId, clientId), eq(oidcRecords.model, 'Grant'));
  const inForce = () => connection.database.$count(oidcRecords, areOfClient());
  /** What the client is told. */
  const told = async (pressed: Answer) =>
    Object.fromEntries(new URL(to(await browser.get(to(pressed))), REDIRECT).searchParams);

  it('gives one grant, however often somebody presses at once', async () => {
    const pressed = await Promise.all(Array.from({ length: 5 }, () => press('yes')));
    expect(pressed.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303]);
    expect(await inForce()).toBe(1);
    expect(await told(pressed[4]!)).toMatchObject({ code: expect.any(String) });
    expect(await inForce()).toBe(1);
  });

  it('gives one grant to whoever presses again, and the client its code', async () => {
    await press('yes');
    expect(await told(await press('yes'))).toMatchObject({ code: expect.any(String) });
    expect(await inForce()).toBe(1);
  });

  it('is no when somebody has pressed both, in either order, and leaves no grant', async () => {
    await press('yes');
    await press('no');
    expect(await told(await press('yes'))).toMatchObject({ error: 'access_denied' });
    expect(await inForce()).toBe(0);
  });

  it('can be ended although it was given again after its end', async () => {
    await press('yes');
    const [grant] = await connection.database.select().from(oidcRecords).where(areOfClient());
    await app.records.endGrant(grant!.id);
    await connection.database.insert(oidcRecords).values(grant!);
    await app.records.endGrant(grant!.id);
    expect(await inForce()).toBe(0);
  });
});

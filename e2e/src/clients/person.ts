import type { TestCoordinator } from '@servonaut/testkit';
import { openBrowser } from '../chromium.ts';

const PASSWORD = 'tramway-onion-quartz';

/** The first admin of a coordinator, at a real browser. */
export interface Person {
  /** Signs in where it is asked for, and lets in who asks. @returns where the browser is when it is back at the client. */
  letIn(address: string): Promise<string>;
  /** Ends, on the account page, the access of the client that calls itself so. */
  endAccess(client: RegExp): Promise<void>;
  /** Closes the browser's session with the coordinator. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export async function theFirstAdmin(coordinator: TestCoordinator): Promise<Person> {
  const browser = await openBrowser();
  const { page, context } = browser;
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
  await page.goto(coordinator.bootstrap().invitation_url);
  const email = await page.getByLabel('E-mail address').inputValue();
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await press('Accept');
  await page.waitForURL('**/account');

  async function signIn(): Promise<void> {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await press('Sign in');
  }
  return {
    letIn: async (address) => {
      await page.goto(address);
      if ((await context.cookies()).every(({ name }) => !name.includes('svn_session'))) await signIn();
      await page.getByRole('heading', { name: 'Allow access?' }).waitFor();
      await press('Allow');
      await page.waitForURL((at) => at.origin !== coordinator.url);
      return page.url();
    },
    endAccess: async (client) => {
      await page.goto(`${coordinator.url}/account`);
      await press(new RegExp(`^End the access of .*${client.source}`));
      await page.getByRole('status').waitFor();
    },
    forget: () => context.clearCookies(),
    close: () => browser.close(),
  };
}

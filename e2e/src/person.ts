import type { TestOperator, TestProcess } from '@servonaut/testkit';
import type { PersonsBrowser } from './chromium.ts';

export const PASSWORD = 'tramway-onion-quartz';

/** Somebody who has followed an invitation, and is signed in in a browser since. */
export async function acceptInvitation({ page }: PersonsBrowser, invitationUrl: string): Promise<void> {
  await page.goto(invitationUrl);
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL('**/account');
}

/** Somebody who accepted an invitation before, and whose session has ended. */
export async function signInAgain({ page }: PersonsBrowser, url: string, email: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/account');
}

/** A `servonaut login` that waits for somebody, and what it tells them. */
export interface WaitingLogin {
  readonly process: TestProcess;
  readonly address: string;
  readonly code: string;
}

export async function beginLogin(
  operator: TestOperator,
  url: string,
  args: readonly string[] = [],
): Promise<WaitingLogin> {
  const process = await operator.start(['login', '--url', url, '--no-browser', ...args]);
  const [, address = ''] = await process.waitForLine(/open (\S+) in a browser/, 20_000);
  const [, code = ''] = await process.waitForLine(/enter the code (\S+)/);
  return { process, address, code };
}

/** Types in the code that the command line shows, on the page that it names, and lets it in. */
export async function confirm({ page }: PersonsBrowser, { address, code }: WaitingLogin): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Code').fill(code);
  for (const name of ['Continue', 'Connect', 'Allow']) await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('heading', { name: 'Connected', exact: true }).waitFor();
}

/** Says no where `confirm` says yes. */
export async function deny({ page }: PersonsBrowser, { address, code }: WaitingLogin): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Code').fill(code);
  for (const name of ['Continue', 'Deny']) await page.getByRole('button', { name, exact: true }).click();
  await page.getByText('You have denied it').waitFor();
}

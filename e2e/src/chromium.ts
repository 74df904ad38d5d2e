import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findProgram, requireProgram } from '@servonaut/testkit';
import { violations } from './accessibility.ts';

/** What tests that need a real browser lack here, for `unlessMissing`. */
export const WITHOUT_CHROMIUM = findProgram('chromium') ? undefined : 'Chromium';

/** A person's browser, on the narrowest screen that a page has to fit (WCAG 1.4.10). Keeps what its console says. */
export interface PersonsBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What broke a policy, or failed, since the start. Answers that are refusals are not among them. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Takes as long as several pages: tests of people who do not meet have one in common. */
export function launchChromium(): Promise<Browser> {
  // Chromium's sandbox does not run as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: requireProgram('chromium'), args });
}

export async function openBrowser(): Promise<PersonsBrowser> {
  const browser = await launchChromium();
  return { ...(await personAt(browser)), close: () => browser.close() };
}

/** Somebody who finds nothing of those before them in it, and leaves nothing. */
export async function personAt(browser: Browser): Promise<PersonsBrowser> {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text);
  });
  return { context, page, complaints, close: () => context.close() };
}

/** What is wrong with a page for somebody who cannot see it, cannot point, or has a small screen. */
export async function obstacles(page: Page): Promise<string[]> {
  return [...(await page.evaluate<string[]>(OBSTACLES)), ...(await violations(page))];
}

/** Runs in the page. */
const OBSTACLES = `(() => {
  const found = [];
  const expect = (what, holds) => { if (!holds) found.push(location.pathname + ': ' + what); };
  const count = (selector) => document.querySelectorAll(selector).length;
  expect('has one main', count('main') === 1);
  expect('has one h1', count('h1') === 1);
  expect('says its language', document.documentElement.lang === 'en');
  expect('has a title', document.title.endsWith('Servonaut'));
  expect('has no script but ours', [...document.scripts].every(({ src }) => src.startsWith(location.origin + '/assets/')));
  expect('has no style of its own', count('style, [style]') === 0);
  expect('is styled', getComputedStyle(document.querySelector('main')).maxWidth !== 'none');
  expect('fits the screen', document.documentElement.scrollWidth <= innerWidth);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  expect('has each id once', new Set(ids).size === ids.length);
  for (const field of document.querySelectorAll('input:not([type=hidden]):not([hidden])'))
    expect('names the field ' + field.name, field.labels.length > 0 && field.labels[0].textContent.trim() !== '');
  for (const field of document.querySelectorAll('input[type=password], input[type=email]'))
    expect('lets ' + field.name + ' be filled in', field.autocomplete !== '');
  for (const button of document.querySelectorAll('button'))
    expect('names each button', (button.ariaLabel ?? button.textContent).trim() !== '');
  for (const described of document.querySelectorAll('[aria-describedby]'))
    expect('has what describes ' + described.id, document.getElementById(described.getAttribute('aria-describedby')));
  return found;
})()`;

/** Whether what has the focus shows that it has. */
export async function showsFocus(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    `getComputedStyle(document.activeElement).outlineStyle !== 'none' && parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2`,
  );
}

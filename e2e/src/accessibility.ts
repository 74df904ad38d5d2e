import axe from 'axe-core';
import type { Page } from 'playwright-core';

const SCHEMES = ['dark', 'light'] as const;

/** What axe-core finds against WCAG, or against what is usual, on the page as it is now, light and dark. Says it by rule and element. */
export async function violations(page: Page): Promise<string[]> {
  // The debugger's evaluation is under no policy of the page, so that pages are looked at with theirs.
  await page.evaluate(axe.source);
  const found = [];
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await page.evaluate<string[]>(RUN)).map((violation) => `${colorScheme}: ${violation}`));
  }
  return found;
}

/** Runs in the page. */
const RUN = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) =>
    location.pathname + ': ' + id + ': ' + help + ': ' + nodes.map(({ html }) => html).join(' ')))`;

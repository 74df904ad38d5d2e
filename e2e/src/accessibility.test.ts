import { expect, it } from '@jest/globals';
import { unlessMissing } from '@servonaut/testkit';
import { violations } from './accessibility.ts';
import { openBrowser, WITHOUT_CHROMIUM } from './chromium.ts';

unlessMissing(it, WITHOUT_CHROMIUM)(
  'the audit of a page sees text that is too pale, in one scheme alone too',
  async () => {
    const { page, close } = await openBrowser();
    await page.setContent(`<!doctype html><html lang="en"><title>t</title>
    <style>p { background: #fff; color: #000 } @media (prefers-color-scheme: dark) { p { color: #eee } }</style>
    <main><h1>t</h1><p>pale</p></main>`);
    expect(await violations(page)).toEqual([expect.stringMatching(/^dark: .*color-contrast.*<p>pale<\/p>/)]);
    await close();
  },
);

import { hash } from 'node:crypto';
import { html, type Html } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';

/** The address changes with the style, so that browsers may keep it. */
export const STYLE_PATH = '/assets/pages.css';
export const ICON_PATH = '/assets/icon.svg';
const STYLE_VERSION = hash('sha256', PAGE_STYLE, 'hex').slice(0, 12);

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** What went wrong; read out by screen readers when the page comes. */
  readonly alert?: string | undefined;
  /** What went well. */
  readonly notice?: string | undefined;
  /** Address of a script of ours; the policy of the answer has to allow it. */
  readonly script?: string | undefined;
}

/** A whole document. */
export function document({ title, body, alert, notice, script }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Servonaut</title>
        <link rel="stylesheet" href="${STYLE_PATH}?v=${STYLE_VERSION}" />
        <link rel="icon" href="${ICON_PATH}" type="image/svg+xml" />
        ${script !== undefined && html`<script src="${script}" defer></script>`}
      </head>
      <body>
        <header><p class="brand">Servonaut</p></header>
        <main>
          <h1>${title}</h1>
          ${alert !== undefined && html`<p role="alert">${alert}</p>`}
          ${notice !== undefined && html`<p role="status">${notice}</p>`} ${body}
        </main>
      </body>
    </html> `.text;
}

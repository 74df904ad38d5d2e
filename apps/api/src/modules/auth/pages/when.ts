import { html, type Html } from './html.ts';

/** An instant, for people and for programs that read pages to them. */
export function when(date: Date): Html {
  const text = date.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

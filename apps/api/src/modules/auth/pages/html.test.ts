import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { html, trustedHtml } from './html.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg onload=alert(1)>',
  '&lt;b&gt;',
  '<!--',
  '\u0000<b>',
];

describe('html', () => {
  it.each(HOSTILE)('makes text of %j, in elements and in attributes', (text) => {
    const { text: made } = html`<p title="${text}">${text}</p>`;
    expect(made.match(/[<>]/g)).toEqual(['<', '>', '<', '>']);
    expect(made.match(/"/g)).toHaveLength(2);
    expect(made).not.toContain("'");
  });

  it('escapes so that nothing is lost', () => {
    const decode = (text: string) =>
      text
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
    fc.assert(fc.property(fc.string(), (text) => decode(html`${text}`.text) === text));
  });

  it('takes its own for HTML, in lists too', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    expect(html`${items}`.text).toBe('<li>a</li><li>&lt;b&gt;</li>');
  });

  it('takes an object that looks like HTML for nothing of the kind', () => {
    const forged = JSON.parse('{"text":"<script>"}') as string;
    expect(() => html`${forged}`).toThrow();
  });

  it('leaves out what is not there, and keeps zero', () => {
    expect(html`${false}${null}${undefined}${0}`.text).toBe('0');
  });

  it('shows what is trusted as it is', () => {
    expect(html`${trustedHtml('<form></form>')}`.text).toBe('<form></form>');
  });
});

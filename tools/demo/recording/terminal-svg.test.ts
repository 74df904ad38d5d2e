import { expect, it } from '@jest/globals';
import { terminalSvg } from './terminal-svg.ts';

const ONE = { title: 'connect', columns: 20, rows: 2 };

it('shows a row from when it came until it changed, and the last one to whoever wants no motion', () => {
  const frames = [
    { at: 0, screen: 'first' },
    { at: 250, screen: 'second' },
  ];
  const svg = terminalSvg([{ ...ONE, frames }], 1_000);
  expect(svg).toContain('@keyframes k0{0%{visibility:visible}25%{visibility:hidden}}');
  expect(svg).toContain('@keyframes k1{0%{visibility:hidden}25%{visibility:visible}}');
  expect(svg).toMatch(/class="m k0"[^>]*>first</);
  expect(svg).toMatch(/class="e k1"[^>]*>second</);
});

it('keeps colours and weight, and takes no markup from what stood there', () => {
  const frames = [{ at: 0, screen: '\u001B[1m\u001B[31mbad\u001B[39m\u001B[22m <b> & so' }];
  const svg = terminalSvg([{ ...ONE, frames }], 1_000);
  expect(svg).toContain('<tspan class="b" style="fill:#ef6b73">bad</tspan> &lt;b> &amp; so');
});

import { describe, expect, it } from '@jest/globals';
import { unlessMissing } from '@servonaut/testkit';
import { nodeLine, onTerminal, withoutTerminal, withoutTerminals } from './testing/on-terminal.ts';

const SOURCE = new URL('ask-yes.ts', import.meta.url).href;
const ASK = `const { askYes } = await import('${SOURCE}'); console.log('got ' + await askYes('Do it?'));`;

unlessMissing(describe, withoutTerminals)('a question', () => {
  it.each([
    ['yes', 'yes\r', true],
    ['the start of it', 'y\r', false],
    ['Enter', '\r', false],
    ['Ctrl-D', '\u0004', false],
    ['Ctrl-C', '\u0003', false],
  ])('takes %s for what it is', async (_, typed, got) => {
    const said = await onTerminal(nodeLine(ASK), '"yes": ', typed);
    expect(said).toContain(`got ${got}`);
    expect(said).not.toContain('AbortError');
  });
});

it('is asked of nobody without a terminal', async () => {
  expect(await withoutTerminal(ASK)).toBe('got undefined\n');
});

import { describe, expect, it } from '@jest/globals';
import { unlessMissing } from '@servonaut/testkit';
import { nodeLine, onTerminal, withoutTerminal, withoutTerminals } from './testing/on-terminal.ts';

const SOURCE = new URL('ask-secret.ts', import.meta.url).href;
const ASK = `const { passphraseAsker } = await import('${SOURCE}');
  const ask = passphraseAsker();
  if (!ask) console.log('nobody to ask');
  else console.log('got ' + JSON.stringify(await ask('/keys/id', false).catch(({ code }) => code)) );`;
const GIVEN = `const { givenSecret } = await import('${SOURCE}');
  console.log('got ' + JSON.stringify(await givenSecret('Password: ')));`;
unlessMissing(describe, withoutTerminals)('on a terminal', () => {
  const typed = (code: string, answer: string) => onTerminal(nodeLine(code), ': ', answer);

  it('a passphrase is asked for, and not shown', async () => {
    const said = await typed(ASK, 'hidden\r');
    expect(said).toContain('Passphrase of /keys/id');
    expect(said.match(/hidden/g)).toHaveLength(1);
    expect(said).toContain('got "hidden"');
  });

  it.each([
    ['Enter', '\r', '""'],
    ['Ctrl-D', '\u0004', 'undefined'],
    ['Ctrl-C', '\u0003', '"request_cancelled"'],
  ])('%s answers nothing', async (_, answer, got) => {
    expect(await typed(ASK, answer)).toContain(`got ${got}`);
  });
});

describe('without a terminal', () => {
  it('nobody is asked', async () => {
    expect(await withoutTerminal(ASK)).toBe('nobody to ask\n');
  });

  it('the first line of stdin is what was meant', async () => {
    expect(await withoutTerminal(GIVEN, 'secret\nmore\n')).toBe('got "secret"\n');
  });
});

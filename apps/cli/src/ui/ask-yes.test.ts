import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { findProgram, unlessMissing } from '@servonaut/testkit';

const SOURCE = new URL('ask-yes.ts', import.meta.url).href;
const ASK = `const { askYes } = await import('${SOURCE}'); console.log('got ' + await askYes('Do it?'));`;
const FLAGS = ['--conditions=@servonaut/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e'];

/** What is printed on a terminal on which `typed` is the answer. */
async function onTerminal(typed: string): Promise<string> {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const line = [process.execPath, ...FLAGS, ASK].map(quoted).join(' ');
  const child = spawn('script', ['-q', '-e', '-c', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const wasAsked = said.includes('"yes": ');
    said += chunk.toString();
    if (!wasAsked && said.includes('"yes": ')) child.stdin.write(typed);
  });
  await once(child, 'close');
  return said;
}

unlessMissing(describe, findProgram('script') ? undefined : 'script(1), for a terminal')('a question', () => {
  it.each([
    ['yes', 'yes\r', true],
    ['the start of it', 'y\r', false],
    ['Enter', '\r', false],
    ['Ctrl-D', '\u0004', false],
    ['Ctrl-C', '\u0003', false],
  ])('takes %s for what it is', async (_, typed, got) => {
    const said = await onTerminal(typed);
    expect(said).toContain(`got ${got}`);
    expect(said).not.toContain('AbortError');
  });
});

it('is asked of nobody without a terminal', async () => {
  const child = spawn(process.execPath, [...FLAGS, ASK], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  expect(said).toBe('got undefined\n');
});

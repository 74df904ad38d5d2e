import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { findProgram, unlessMissing } from '@servonaut/testkit';

const SOURCE = new URL('ask-secret.ts', import.meta.url).href;
const ASK = `const { passphraseAsker } = await import('${SOURCE}');
  const ask = passphraseAsker();
  if (!ask) console.log('nobody to ask');
  else console.log('got ' + JSON.stringify(await ask('/keys/id', false).catch(({ code }) => code)) );`;
const GIVEN = `const { givenSecret } = await import('${SOURCE}');
  console.log('got ' + JSON.stringify(await givenSecret('Password: ')));`;
const FLAGS = ['--conditions=@servonaut/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e'];

/** What a process prints; each answer is typed when `Pass` was seen. */
async function run(program: string, args: string[], typed: string): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  let isTyped = false;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (isTyped || !said.includes(': ')) return;
    isTyped = true;
    child.stdin.write(typed);
  });
  await once(child, 'close');
  return said;
}

unlessMissing(describe, findProgram('script') ? undefined : 'script(1), for a terminal')('on a terminal', () => {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const onTerminal = (code: string, typed: string) => {
    const line = [process.execPath, ...FLAGS, code].map(quoted).join(' ');
    return run('script', ['-q', '-e', '-c', line, '/dev/null'], typed);
  };

  it('a passphrase is asked for, and not shown', async () => {
    const said = await onTerminal(ASK, 'hidden\r');
    expect(said).toContain('Passphrase of /keys/id');
    expect(said.match(/hidden/g)).toHaveLength(1);
    expect(said).toContain('got "hidden"');
  });

  it.each([
    ['Enter', '\r', '""'],
    ['Ctrl-D', '\u0004', 'undefined'],
    ['Ctrl-C', '\u0003', '"request_cancelled"'],
  ])('%s answers nothing', async (_, typed, got) => {
    expect(await onTerminal(ASK, typed)).toContain(`got ${got}`);
  });
});

describe('without a terminal', () => {
  it('nobody is asked', async () => {
    expect(await run(process.execPath, [...FLAGS, ASK], '')).toBe('nobody to ask\n');
  });

  it('the first line of stdin is what was meant', async () => {
    const child = spawn(process.execPath, [...FLAGS, GIVEN], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end('secret\nmore\n');
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    expect(said).toBe('got "secret"\n');
  });
});

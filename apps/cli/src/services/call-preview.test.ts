import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { defineTool, sh, z, type AnyTool, type PreviewContext } from '@servonaut/plugin-sdk';
import { waitFor } from '@servonaut/testkit';
import { renderApproval } from '../ui/render-approval.ts';
import { askedPreview } from './call-preview.ts';
import { OperatorMachine } from './testing/operator-machine.ts';

/** What there is on the server at the moment. */
let content: string;
let look: (context: PreviewContext) => Promise<unknown>;

const change: AnyTool = defineTool({
  name: 'change',
  title: 'A test',
  description: 'For a test.',
  target: 'server',
  effect: 'mutating',
  input: z.object({ to: z.string().describe('What it is to be.') }),
  preview: async ({ to }, context) => {
    await look(context);
    return { text: `-${content}\n+${to}`, basis: hash('sha256', content) };
  },
  run: async ({ to }, { basis }) => {
    if (basis !== undefined && basis !== hash('sha256', content)) throw new ServonautError('approval_stale');
    content = to;
    return { output: basis === undefined ? 'unasked' : 'as it was shown' };
  },
});

let machine: OperatorMachine;
beforeEach(() => {
  content = 'one';
  look = ({ exec }) => exec(sh`cat /srv/app/file`);
});
afterEach(() => machine.close());

async function calling(level = 'readonly') {
  machine = await OperatorMachine.with(`version: 1\nlevel: ${level}\n`, [change]);
  machine.desk.attend();
  return { result: machine.call({ tool: 'change', payload: { to: 'two' } }) };
}

const question = () => waitFor(() => machine.desk.waiting[0], { what: 'a question' });

describe('what a tool says that a call would do', () => {
  it('is shown to the operator, and what it depends on is known to the call', async () => {
    const { result } = await calling();
    const shown = await question();
    expect(renderApproval(shown, 80)).toContain('  what it would do:\n  | -one\n  | +two\n');
    await machine.desk.answer(shown.hash, 'once');
    expect(await result).toMatchObject({ status: 'success', output: 'as it was shown' });
    expect(machine.ran).toEqual(['web-1: cat /srv/app/file']);
  });

  it('is not approved when it has changed before the call runs', async () => {
    const { result } = await calling();
    const { hash: shown } = await question();
    content = 'three';
    await machine.desk.answer(shown, 'once');
    expect(await result).toMatchObject({ error_code: 'approval_stale' });
    expect(content).toBe('three');
  });

  it('is another question when it is another, however long its like is approved', async () => {
    const { result } = await calling();
    await machine.desk.answer((await question()).hash, 'remember');
    await result;
    const again = machine.call({ tool: 'change', payload: { to: 'two' } });
    await machine.desk.answer((await question()).hash, 'deny');
    expect(await again).toMatchObject({ error_code: 'approval_declined' });
  });

  it('is not looked for when nobody is asked', async () => {
    expect(await (await calling('standard')).result).toMatchObject({ output: 'unasked' });
    expect(machine.ran).toEqual([]);
  });

  it.each<[string, (context: PreviewContext) => Promise<unknown>]>([
    ['changes something', ({ exec }) => exec(sh`touch /srv/app/file`)],
    ['acts as root', ({ exec }) => exec(sh`cat /srv/app/file`, { sudo: true })],
    ['writes a file', ({ sftp }) => sftp((session) => session.open('/srv/app/file', 'write'))],
  ])('refuses the call, and nobody is asked, when it %s', async (_what, looks) => {
    look = looks;
    expect(await (await calling()).result).toMatchObject({ status: 'rejected', error_code: 'policy_denied' });
    expect([machine.desk.waiting, machine.ran]).toEqual([[], []]);
  });

  it('is not looked for when nobody could be asked', async () => {
    machine = await OperatorMachine.with('version: 1\nlevel: readonly\n', [change]);
    const refused = await machine.call({ tool: 'change', payload: { to: 'two' } });
    expect(refused).toMatchObject({ status: 'rejected', error_code: 'approval_unavailable' });
    expect(machine.ran).toEqual([]);
  });

  it('is not looked for where the operator wants to be asked before anything is read', async () => {
    machine = await OperatorMachine.with('version: 1\nlevel: readonly\napproval: always\n', [change]);
    machine.desk.attend();
    const result = machine.call({ tool: 'change', payload: { to: 'two' } });
    const { hash: asked } = await question();
    expect(machine.ran).toEqual([]);
    await machine.desk.answer(asked, 'once');
    expect(await result).toMatchObject({ output: 'unasked' });
  });

  it('refuses the call when it cannot be looked at', async () => {
    look = () => Promise.reject(new ServonautError('not_found', { message: 'There is no such file.' }));
    expect(await (await calling()).result).toMatchObject({ status: 'rejected', error_code: 'not_found' });
    expect(machine.desk.waiting).toEqual([]);
  });

  it('tells no secret by its error', async () => {
    look = async ({ secrets }) => {
      throw new ServonautError('not_found', { message: `no ${await secrets.get('API_TOKEN')}` });
    };
    expect(await (await calling()).result).toMatchObject({ error_message: 'no [redacted: plugin-secret]' });
  });
});

describe('a preview', () => {
  it('steers no terminal, and says how much of it is left out', () => {
    const { text } = askedPreview('change', { text: `\u001b[2J\r\u202ehi\n${'x'.repeat(20_000)}` });
    expect(text).toMatch(/^\ufffd\[2J\ufffd\ufffdhi\nx+\n\[\.\.\. 3625 characters left out \.\.\.\]$/);
  });

  it('is another one by any part of it, also by one that is not shown', () => {
    const texts = ['a', 'b', `${'x'.repeat(20_000)}a`, `${'x'.repeat(20_000)}b`];
    const digests = [...texts.map((text) => ({ text })), { text: 'a', basis: 'a' }, { text: 'a', basis: 'b' }].map(
      (preview) => askedPreview('change', preview).digest,
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('that is no text refuses the call', () => {
    expect(() => askedPreview('change', { text: 1 })).toThrow(expect.objectContaining({ code: 'tool_failed' }));
  });
});

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import {
  defineTool,
  rawShell,
  z,
  type AnyTool,
  type ToolContext,
  type ToolEffect,
  type ToolProgress,
} from '@servonaut/plugin-sdk';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import { temporaryFolder } from '@servonaut/testkit';
import type { ToolCall } from '../relay/tool-runner.ts';
import { GivenSecrets } from './given-secrets.ts';
import { OperatorMachine } from './testing/operator-machine.ts';

const SECRET = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

const doing = (effect: ToolEffect, act: (context: ToolContext) => Promise<unknown>): AnyTool =>
  defineTool({
    name: 'acts',
    title: 'A test',
    description: 'For a test.',
    target: 'server',
    effect,
    input: z.object({}),
    run: async (_input, context) => ({ output: String(await act(context)) }),
  });

let machine: OperatorMachine;
afterEach(() => machine.close());

async function run(
  effect: ToolEffect,
  act: (context: ToolContext) => Promise<unknown>,
  onProgress?: ToolCall['onProgress'],
) {
  machine = await OperatorMachine.with('version: 1\nlevel: dangerous\n', [doing(effect, act)]);
  return machine.call({ tool: 'acts', payload: {}, ...(onProgress && { onProgress }) });
}

describe('SFTP of a call', () => {
  it('that is read-only reads, and changes nothing', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'there'), 'old');
    const path = join(folder, 'there');
    const result = await run('read-only', ({ sftp }) =>
      sftp(async (session) => {
        const there = await session.open(path, 'read');
        const read = Buffer.from(await there.readAt(0, 10)).toString();
        const changes = await Promise.allSettled([
          session.open(path, 'write'),
          session.open(join(folder, 'new'), 'create'),
          session.rename(path, join(folder, 'new')),
          session.setMode(path, 0o777),
          session.makeFolder(join(folder, 'sub')),
          session.remove(path),
          session.removeFolder(folder),
        ]);
        const codes = changes.map((change) => (change.status === 'rejected' ? change.reason.code : 'done'));
        return `${read} ${[...new Set(codes)].join()}`;
      }),
    );
    expect(result.output).toBe('old policy_denied');
    expect(readdirSync(folder)).toEqual(['there']);
  });

  it('is held to what the policy takes the same command for', async () => {
    const result = await run('mutating', ({ sftp }) => sftp((session) => session.open('/dev/sda', 'write')));
    expect(result).toMatchObject({ error_code: 'policy_denied', rule: 'tool.effect' });
  });
});

describe('modes of a call that is mutating', () => {
  it.each<[string, (sftp: Sftp, path: string) => Promise<unknown>]>([
    ['a new file', (sftp, path) => sftp.open(path, 'create', 0o4755)],
    ['a new folder', (sftp, path) => sftp.makeFolder(path, 0o4755)],
  ])('may not make of %s what runs as somebody else', async (_what, act) => {
    const path = join(await temporaryFolder(), 'new');
    const result = await run('mutating', ({ sftp }) => sftp((session) => act(session, path)));
    expect(result).toMatchObject({ error_code: 'policy_denied', rule: 'tool.effect' });
    expect(existsSync(path)).toBe(false);
  });

  it('may be those that only let read and write', async () => {
    const path = join(await temporaryFolder(), 'new');
    expect(await run('mutating', ({ sftp }) => sftp((session) => session.makeFolder(path, 0o700)))).toMatchObject({
      status: 'success',
    });
  });
});

describe('what a tool tells', () => {
  it('leaves a few times a second at most, without secrets and on one line', async () => {
    const told: unknown[] = [];
    const tell = (...what: unknown[]): void => void told.push(what);
    await run(
      'read-only',
      async ({ progress }) => {
        for (let done = 0; done <= 100; done++) progress({ text: `\u001b[2J${SECRET}\n`, done, total: 200 });
      },
      tell,
    );
    expect(told).toEqual([['stderr', expect.stringMatching(/^[^\p{Cc}]*\[redacted[^\p{Cc}]* 0 %\r$/iu)]]);
  });

  it.each([
    [{ done: '\u001b[2J'.repeat(100_000) }, 'a'],
    [{ done: Number.NaN, total: 4 }, 'a'],
    [{ done: 1, total: Number.NaN }, 'a 1'],
    [{ done: 9, total: 4 }, 'a 100 %'],
    [{ done: -9, total: 4 }, 'a 0 %'],
  ])('is of how much only where it says so by numbers (case %#)', async (claimed, said) => {
    const told: string[] = [];
    const update = { text: 'a', ...claimed } as ToolProgress;
    await run(
      'read-only',
      async ({ progress }) => progress(update),
      (_stream, text) => told.push(text),
    );
    expect(told).toEqual([`${said}\r`]);
  });

  it('to the operator names the tool, and holds no secret', async () => {
    await run('read-only', async ({ log }) => log.info(`token ${SECRET}`));
    expect(machine.told).toEqual([expect.stringMatching(/^info acts: token .*redacted/i)]);
  });
});

describe('secrets of a plugin', () => {
  it('are had by name, for the tool that asks, and leave with nothing of it', async () => {
    const told: string[] = [];
    const result = await run(
      'read-only',
      async ({ secrets, progress, log }) => {
        const secret = await secrets.get('API_TOKEN');
        progress({ text: secret });
        log.info(secret);
        return `${secret.length} ${secret}`;
      },
      (_stream, text) => told.push(text),
    );
    const all = [result.output, ...told, ...machine.told];
    expect(all).toEqual([
      '17 [redacted: plugin-secret]',
      '[redacted: plugin-secret]\r',
      'info acts: [redacted: plugin-secret]',
    ]);
  });

  it('are in no error of it, and no part of its data', async () => {
    const given = new GivenSecrets();
    given.add('correct horse');
    given.add('short');
    const data = { rows: [{ value: 'a correct horse' }, { value: 'short' }], count: 2 };
    expect(given.takenOutOf(data)).toEqual({
      rows: [{ value: 'a [redacted: plugin-secret]' }, { value: 'short' }],
      count: 2,
    });
    const result = await run('read-only', async ({ secrets }) => {
      throw new ServonautError('tool_failed', { message: `refused: ${await secrets.get('API_TOKEN')}` });
    });
    expect(result.error_message).toBe('refused: [redacted: plugin-secret]');
  });

  it('are taken out the longest first, as they stand in JSON and in addresses, and as names', () => {
    const given = new GivenSecrets();
    for (const value of ['pass"word 1', 'pass"word 1 and more']) given.add(value);
    const texts = ['pass"word 1 and more', 'pass\\"word 1', 'pass%22word%201'];
    expect(texts.map((text) => given.takenOut(text))).toEqual(Array(3).fill('[redacted: plugin-secret]'));
    expect(given.takenOutOf({ data: { 'pass"word 1': 1 } })).toEqual({ data: { '[redacted: plugin-secret]': 1 } });
  });

  it('are in no progress that is cut within them', async () => {
    const told: string[] = [];
    const act = async ({ secrets, progress }: ToolContext): Promise<void> =>
      progress({ text: `${'x'.repeat(190)}${await secrets.get('API_TOKEN')}` });
    await run('read-only', act, (_stream, text) => told.push(text));
    expect(told).toEqual([expect.not.stringContaining('API')]);
  });

  it('let no command be streamed or kept from then on', async () => {
    const act = async ({ secrets, exec }: ToolContext): Promise<void> => {
      await exec(rawShell('ls'), { stream: true });
      await secrets.get('API_TOKEN');
      await exec(rawShell('ls'), { stream: true });
    };
    await run('read-only', act, () => undefined);
    const asked = machine.shell.ran.map(({ options }) => [options.onOutput, options.keeping].map(Boolean));
    expect(asked).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

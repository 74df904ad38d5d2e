import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineTool, rawShell, sh } from '../index.ts';
import type { ToolContext } from '../tool-context.ts';
import { checkTool, type ClassifyCommands, type ToolCheck } from './index.ts';
import { policyOf } from './policy-of.ts';

const classify: ClassifyCommands = async (commands) =>
  commands.map((command) => (command.includes('touch') ? 'mutating' : 'read-only'));

const input = z.object({ path: z.string().describe('A path.') });
const data = z.object({ size: z.int() });

function aTool(run: (path: string, context: ToolContext) => Promise<object>, more: object = {}) {
  return defineTool({
    name: 'look',
    title: 'Look',
    description: 'Looks.',
    target: 'server',
    effect: 'read-only',
    input,
    data,
    run: async ({ path }, context) => run(path, context),
    ...more,
  });
}

const check: ToolCheck<typeof input> = { calls: [{ path: '/etc' }], classify, injections: 70 };

describe('checkTool', () => {
  it('finds nothing wrong with a tool that keeps its promises', async () => {
    const tool = aTool(async (path, { exec }) => ({ exec: await exec(sh`ls -ld -- ${path}`), data: { size: 1 } }));
    await checkTool(tool, check);
  });

  it.each<[string, Parameters<typeof aTool>[0], RegExp]>([
    [
      'quotes nothing',
      async (path, { exec }) => ({ exec: await exec(rawShell(`ls -ld ${path}`)) }),
      /lets the argument path run/,
    ],
    [
      'quotes badly',
      async (path, { exec }) => ({ exec: await exec(rawShell(`ls -ld '${path}'`)) }),
      /lets the argument path run/,
    ],
    [
      'changes what it says it reads',
      async (path, { exec }) => ({ exec: await exec(sh`: touch ${path}`) }),
      /says that it is read-only/,
    ],
    [
      'is root',
      async (path, { exec }) => ({ exec: await exec(sh`: ${path}`, { sudo: true }) }),
      /a command that is privileged/,
    ],
    ['answers other data', async () => ({ data: { size: 'big' } }), /expected number/],
    [
      'answers without end',
      async (path, { exec }) => ({ output: (await exec(sh`: ${path}`)).stdout.repeat(2) }),
      /answers \d+ characters as its output/,
    ],
    [
      'goes on',
      async (path, { exec }) => ({
        output: await exec(sh`: ${path}`).then(
          () => 'a',
          () => 'b',
        ),
      }),
      /when it is told to stop/,
    ],
    [
      'is not ready for output',
      async (path, { exec }) => ({ output: (await exec(sh`: ${path}`)).stdout && JSON.parse('{') }),
      /throws what is no ServonautError: SyntaxError/,
    ],
  ])('finds a tool that %s', async (_, run, message) => {
    await expect(checkTool(aTool(run), check)).rejects.toThrow(message);
  });

  it('finds calls that the manifest does not take', async () => {
    const tool = aTool(async () => ({ output: '' }), {
      input: z.object({ path: z.string().max(2).describe('A path.') }),
    });
    await expect(checkTool(tool, check)).rejects.toThrow('refuses {"path":"/etc"} by its manifest');
    await expect(checkTool(tool, { ...check, calls: [] })).rejects.toThrow('is not called');
  });

  it('finds what is quoted badly behind what an argument has to begin with', async () => {
    const tool = aTool(async (path, { exec }) => ({ exec: await exec(rawShell(`ls -ld ${path}`)) }), {
      input: z.object({ path: z.string().startsWith('/etc').describe('A path.') }),
    });
    await expect(checkTool(tool, check)).rejects.toThrow('lets the argument path run');
  });

  it('leaves the commands of a caller to the caller', async () => {
    const tool = aTool(async (path, { exec }) => ({ exec: await exec(rawShell(path)) }), {
      effect: 'privileged',
      commands: ({ path }: z.output<typeof input>) => [{ text: path }],
    });
    await checkTool(tool, { ...check, calls: [{ path: 'echo' }] });
  });

  it('checks a tool without a server', async () => {
    const tool = aTool(async () => ({ output: 'x' }), { target: 'executor' });
    await checkTool(tool, { ...check, context: { server: null } });
  });
});

describe('policyOf', () => {
  it('asks the command line', async () => {
    const program = `process.stdin.on('data', (text) => { for (const one of String(text).split('\\0')) if (one) console.log(JSON.stringify({ class: one })); })`;
    const classes = await policyOf([process.execPath, '-e', program, '--'])(['mutating', 'forbidden']);
    expect(classes).toEqual(['mutating', 'forbidden']);
    await expect(policyOf([process.execPath, '-e', 'process.exit(3)', '--'])(['x'])).rejects.toThrow('ended with 3');
    await expect(policyOf(['/nowhere/servonaut'])(['x'])).rejects.toThrow('ENOENT');
  });
});

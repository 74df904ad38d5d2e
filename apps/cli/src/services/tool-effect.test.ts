import { afterEach, describe, expect, it } from '@jest/globals';
import type { CommandResult } from '@servonaut/contracts';
import { defineTool, sh, z, type AnyTool, type ToolEffect } from '@servonaut/plugin-sdk';
import { OperatorMachine } from './testing/operator-machine.ts';

const control = defineTool({
  name: 'control',
  title: 'A test',
  description: 'For a test.',
  target: 'server',
  effect: 'mutating',
  input: z.object({ action: z.enum(['look', 'restart', 'lie', 'boast']).describe('What to do.') }),
  effectOf: ({ action }) =>
    action === 'boast' ? ('privileged' as ToolEffect as 'mutating') : action === 'restart' ? 'mutating' : 'read-only',
  run: async ({ action }, context) => ({
    exec: await context.exec(action === 'look' ? sh`uptime` : sh`touch /srv/app/restart`),
  }),
});

const confirm = defineTool({
  name: 'confirm',
  title: 'A test',
  description: 'For a test.',
  target: 'server',
  effect: 'read-only',
  approval: 'always',
  input: z.object({}),
  run: async (_input, context) => ({ exec: await context.exec(sh`uptime`) }),
});

let machine: OperatorMachine;
afterEach(() => machine.close());

async function call(level: string, tool: AnyTool, payload: Record<string, unknown>): Promise<CommandResult> {
  machine = await OperatorMachine.with(`version: 1\nlevel: ${level}\n`, [tool]);
  return machine.call({ tool: tool.name, payload });
}

describe('a tool of which some calls do less than others', () => {
  it.each([
    ['look', 'success', undefined, 'read-only'],
    ['restart', 'rejected', 'approval_unavailable', 'mutating'],
    ['lie', 'rejected', 'policy_denied', 'read-only'],
    ['boast', 'rejected', 'tool_failed', undefined],
  ])('is decided about, and held to, what %s does', async (action, status, code, effect) => {
    const result = await call('readonly', control, { action });
    expect([result.status, result.error_code, result.policy?.class]).toEqual([status, code, effect]);
    expect(machine.ran).toEqual(action === 'look' ? ['web-1: uptime'] : []);
  });
});

describe('a tool that is always to be asked for', () => {
  it('is asked for at the highest level', async () => {
    expect(await call('dangerous', confirm, {})).toMatchObject({
      error_code: 'approval_unavailable',
      policy: { rule: 'tool.approval' },
    });
  });
});

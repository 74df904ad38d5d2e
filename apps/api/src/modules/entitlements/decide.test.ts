import { describe, expect, it } from '@jest/globals';
import type { ToolManifest } from '@servonaut/contracts';
import fc from 'fast-check';
import { decide, visibleTools } from './decide.ts';

const limits = (tools: string[] | null, servers: string[] | null) =>
  ({ kind: 'credential', label: 'ci-bot', tools, servers }) as const;

function manifest(name: string, target: ToolManifest['target']): ToolManifest {
  const input_schema = { type: 'object' as const, properties: {} };
  return { name, title: name, description: name, target, effect: 'read-only', input_schema, idempotent: true };
}

describe('decide', () => {
  it.each([
    ['no limits', limits(null, null), 'run_command', 'web-1'],
    ['a tool on the list', limits(['get_logs', 'run_command'], null), 'run_command', 'web-1'],
    ['a server by its name', limits(null, ['web-1']), 'run_command', 'web-1'],
    ['a server by a pattern', limits(null, ['db-1', 'web-*']), 'run_command', 'web-1'],
    ['a tool without a server, whatever the servers', limits(null, []), 'list_servers', null],
  ])('allows %s', (_what, principal, tool, server) => {
    expect(decide(principal, { tool, server })).toEqual({ allowed: true });
  });

  it.each([
    ['a tool that is not on the list', limits(['get_logs'], null), 'run_command', 'web-1', 'credential.tools'],
    ['any tool by an empty list', limits([], null), 'run_command', null, 'credential.tools'],
    ['a tool by a pattern: tools have none', limits(['*'], null), 'run_command', null, 'credential.tools'],
    ['a server that is not on the list', limits(null, ['db-*']), 'run_command', 'web-1', 'credential.servers'],
    ['any server by an empty list', limits(null, []), 'run_command', 'web-1', 'credential.servers'],
    ['another case of the name', limits(null, ['web-1']), 'run_command', 'WEB-1', 'credential.servers'],
  ])('denies %s', (_what, principal, tool, server, rule) => {
    expect(decide(principal, { tool, server })).toMatchObject({ allowed: false, rule });
  });

  it('names what was denied, whom it was denied, and who can change it', () => {
    expect(decide(limits(['get_logs'], null), { tool: 'run_command', server: null })).toEqual({
      allowed: false,
      rule: 'credential.tools',
      message: 'The credential "ci-bot" may not use the tool run_command.',
      nextStep: 'Ask the admin who issued "ci-bot" for one whose list of tools includes it.',
    });
  });

  it('sends whoever has signed in to sign in again', () => {
    const principal = { kind: 'user', label: 'Claude Code', tools: [], servers: null } as const;
    expect(decide(principal, { tool: 'run_command', server: null })).toEqual({
      allowed: false,
      rule: 'user.tools',
      message: 'The client "Claude Code" may not use the tool run_command.',
      nextStep: 'Sign in again from "Claude Code", and allow it.',
    });
  });

  it('never allows more when a limit is added', () => {
    const name = fc.stringMatching(/^[ab*-]{0,6}$/);
    const list = fc.option(fc.array(name, { maxLength: 4 }), { nil: null });
    const narrower = (wide: string[] | null, kept: number, added: string[]) =>
      wide === null ? added : wide.slice(0, kept);
    fc.assert(
      fc.property(list, list, fc.nat(4), fc.array(name), name, name, (tools, servers, kept, added, tool, server) => {
        const narrow = limits(narrower(tools, kept, added), narrower(servers, kept, added));
        if (!decide(narrow, { tool, server }).allowed) return;
        expect(decide(limits(tools, servers), { tool, server }).allowed).toBe(true);
      }),
    );
  });
});

describe('visible tools', () => {
  const all = [manifest('run_command', 'server'), manifest('list_servers', 'executor')];
  const names = (tools: string[] | null, servers: string[] | null) =>
    visibleTools(limits(tools, servers), all).map(({ name }) => name);

  it('are all without limits, in the given order', () => {
    expect(names(null, null)).toEqual(['run_command', 'list_servers']);
  });

  it('are those on the list', () => expect(names(['list_servers'], null)).toEqual(['list_servers']));

  it('leave out what needs a server when no server is allowed', () => {
    expect(names(null, [])).toEqual(['list_servers']);
  });
});

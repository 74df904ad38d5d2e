import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { aToolManifest, waitFor } from '@servonaut/testkit';
import { loadConfig } from '../../../config/app-config.ts';
import { Entitlements } from '../../entitlements/index.ts';
import { aPrincipal } from '../testing/fake-access.ts';
import { aView, FakeRelay } from '../testing/fake-relay.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import { ToolSurface } from './tool-surface.ts';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const ARGS = { server: 'web-1', command: 'id' };

describe('the tool surface', () => {
  let relay: FakeRelay;
  let surface: ToolSurface;
  let audit: RecordedAudit;
  const principal = aPrincipal();

  beforeEach(() => {
    relay = new FakeRelay();
    audit = new RecordedAudit();
    const config = loadConfig({ RELAY_DEFAULT_TIMEOUT_SECONDS: '33' });
    surface = new ToolSurface(relay, new Entitlements(), audit.calls, config);
  });

  it('lists what the principal may call, with hints and no combination at the root of a schema', async () => {
    const tools = await surface.listTools(aPrincipal({ tools: ['run_command'] }));
    expect(tools.map(({ name }) => name)).toEqual(['run_command', 'get_request']);
    expect(tools[0]!.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true, openWorldHint: true });
    expect(tools[1]!.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true });
    for (const { inputSchema, outputSchema } of tools) {
      for (const schema of [inputSchema, outputSchema]) {
        expect(schema).toMatchObject({ type: 'object' });
        expect(Object.keys(schema)).not.toEqual(expect.arrayContaining(['anyOf']));
      }
    }
  });

  it('takes the run time from the settings when the call names none', async () => {
    await surface.callTool(principal, 'run_command', ARGS);
    expect(relay.calls[0]).toMatchObject({ timeoutSeconds: 33, payload: { command: 'id' }, server: 'web-1' });
    expect(relay.calls[0]!.payload).not.toHaveProperty('server');
  });

  it('sends a tool of the executor itself to no server', async () => {
    await surface.callTool(principal, 'list_servers', {});
    expect(relay.calls[0]).toMatchObject({ server: null, payload: {} });
  });

  it('asks for a server even when the schema of a tool forgets it', async () => {
    relay.tools = [aToolManifest({ name: 'restart', input_schema: { type: 'object', properties: {} } })];
    const result = await surface.callTool(principal, 'restart', {});
    expect(result.structuredContent.results[0]!.error).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('server'),
    });
    expect(relay.calls).toEqual([]);
  });

  it('tells the executor which servers a credential is limited to, and nothing of one that is not', async () => {
    await surface.callTool(aPrincipal({ servers: ['web-*'] }), 'list_servers', {});
    await surface.callTool(principal, 'list_servers', {});
    const credential = { kind: 'credential', id: 'cred-1', label: 'ci-bot' };
    expect(relay.calls.map((call) => call.principal)).toEqual([{ ...credential, servers: ['web-*'] }, credential]);
  });

  it('names the rule that forbids a call, and runs nothing', async () => {
    for (const narrow of [aPrincipal({ tools: ['list_servers'] }), aPrincipal({ servers: ['db-*'] })]) {
      const result = await surface.callTool(narrow, 'run_command', ARGS);
      expect(result.isError).toBe(true);
      expect(result.content[0]!.text).toMatch(/not_entitled[^]*rule: credential\.(tools|servers)[^]*Next: Ask/);
    }
    expect(relay.calls).toEqual([]);
  });

  it('throws for an unknown tool alone', async () => {
    await expect(surface.callTool(principal, 'nope', {})).rejects.toMatchObject({ code: 'unknown_tool' });
  });

  it('makes an answer of what the relay refuses', async () => {
    relay.respond = () => {
      throw new ServonautError('executor_offline', { message: 'Last seen 5 min ago as "prod".' });
    };
    const result = await surface.callTool(principal, 'run_command', ARGS);
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { results: [{ status: 'not_delivered', server: 'web-1' }] },
    });
    expect(result.content[0]!.text).toContain('Last seen 5 min ago');
  });

  it('lets nothing of an unexpected error through, and claims nothing about the run', async () => {
    Logger.overrideLogger(false);
    relay.respond = () => {
      throw new Error('password=hunter2');
    };
    const result = await surface.callTool(principal, 'run_command', ARGS);
    expect(result.structuredContent.results[0]).toMatchObject({ status: 'unknown', error: { code: 'internal' } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  describe('puts on record', () => {
    const kinds = () => audit.records.map(({ kind }) => kind);

    it('who called what, without its secrets, and that it was allowed', async () => {
      await surface.callTool(principal, 'run_command', { ...ARGS, command: 'PGPASSWORD=hunter2 psql' });
      const request_id = relay.calls[0]!.requestId;
      const actor = { kind: 'credential', id: 'cred-1', label: 'ci-bot' };
      const target = { tool: 'run_command', server: 'web-1' };
      const kept = { ...ARGS, command: 'PGPASSWORD=[redacted] psql' };
      expect(audit.records).toMatchObject([
        { kind: 'call.arrived', chain: 'user:42', request_id, actor, data: { ...target, arguments: kept } },
        { kind: 'call.decided', chain: 'user:42', request_id, actor, data: { ...target, allowed: true } },
      ]);
    });

    it.each([
      [
        'a tool that is not allowed',
        aPrincipal({ tools: [] }),
        'run_command',
        ARGS,
        'not_entitled',
        'credential.tools',
      ],
      ['arguments that are not valid', aPrincipal(), 'run_command', { server: 7 }, 'invalid_request', undefined],
      ['a tool that there is none of', aPrincipal(), 'x'.repeat(99), {}, 'unknown_tool', undefined],
    ])('that it refused %s', async (_what, caller, name, args, code, rule) => {
      await surface.callTool(caller, name, args).catch(() => undefined);
      expect(kinds()).toEqual(['call.arrived', 'call.decided']);
      const { data } = audit.records[1]!;
      expect(data).toEqual({
        tool: name.slice(0, 40),
        server: args === ARGS ? 'web-1' : null,
        allowed: false,
        code,
        ...(rule && { rule }),
      });
      expect(relay.calls).toEqual([]);
    });

    it('that there was nobody to run it', async () => {
      relay.respond = () => Promise.reject(new ServonautError('executor_offline'));
      await surface.callTool(principal, 'run_command', ARGS);
      const ended = await waitFor(() => audit.records[2], { what: 'the end of the call' });
      expect(ended).toMatchObject({ kind: 'call.ended', data: { outcome: 'not_sent', reason: 'executor_offline' } });
    });

    it('every call before its agent is answered, while it runs', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      audit.storing = promise;
      let answered = false;
      const answer = surface.callTool(principal, 'run_command', ARGS).finally(() => (answered = true));
      await waitFor(() => relay.calls.length === 1, { what: 'the call' });
      expect(answered).toBe(false);
      resolve();
      expect((await answer).isError).toBe(false);
      expect(kinds()).toEqual(['call.arrived', 'call.decided']);
    });

    it('a call or cancels it, and runs no other until it can', async () => {
      Logger.overrideLogger(false);
      const { promise, reject } = Promise.withResolvers<void>();
      audit.storing = promise;
      relay.respond = ({ signal, requestId }) =>
        new Promise((resolve) => {
          signal!.addEventListener('abort', () => resolve(aView({ outcome: 'cancelled', requestId: requestId! })));
        });
      const answer = surface.callTool(principal, 'run_command', ARGS);
      await waitFor(() => relay.calls.length === 1, { what: 'the call' });
      reject(new Error('no database'));
      const { structuredContent } = await answer;
      expect(structuredContent.results[0]!.error).toMatchObject({
        code: 'audit_unavailable',
        facts: { request_id: relay.calls[0]!.requestId },
      });
      const next = await surface.callTool(principal, 'run_command', ARGS);
      expect(next.structuredContent.results[0]!.error).toMatchObject({ code: 'audit_unavailable' });
      expect(relay.calls).toHaveLength(1);
      audit.storing = Promise.resolve();
      await waitFor(() => audit.records.length === 2, { what: 'the record of the first call' });
    });
  });

  describe('get_request', () => {
    it('tells how a request of the same user ended', async () => {
      relay.requests.set(ID, aView({ requestId: ID }));
      const result = await surface.callTool(principal, 'get_request', { request_id: ID });
      expect(result.content[0]!.text).toBe(`Request ${ID} (run_command): succeeded\nweb-1 | exit 0 | 12 ms\nok`);
    });

    it('tells a user how a request ended that a credential of the user made', async () => {
      relay.requests.set(ID, aView({ requestId: ID }));
      const user = aPrincipal({ kind: 'user', id: '42' });
      const result = await surface.callTool(user, 'get_request', { request_id: ID });
      expect(result).toMatchObject({ isError: false, structuredContent: { request_id: ID } });
    });

    it.each([
      [
        'of another credential',
        aPrincipal(),
        aView({ requestId: ID, principal: { kind: 'credential', id: 'cred-2' } }),
      ],
      ['of the user itself', aPrincipal({ id: '42' }), aView({ requestId: ID, principal: { kind: 'user', id: '42' } })],
      ['of another user', aPrincipal(), aView({ requestId: ID, userId: '43' })],
      ['of a tool that the credential may not use', aPrincipal({ tools: ['list_servers'] }), aView({ requestId: ID })],
      ['of a server that the credential may not use', aPrincipal({ servers: ['db-*'] }), aView({ requestId: ID })],
    ])('knows nothing of a request %s', async (_case, asker, view) => {
      relay.requests.set(ID, view);
      const result = await surface.callTool(asker, 'get_request', { request_id: ID });
      expect(result).toMatchObject({
        isError: true,
        structuredContent: { results: [{ error: { code: 'request_unknown' } }] },
      });
      relay.requests.clear();
      expect(await surface.callTool(asker, 'get_request', { request_id: ID })).toEqual(result);
    });

    it.each([[{}], [{ request_id: 'x' }], [{ request_id: ID, all: true }]])('refuses %j', async (args) => {
      const result = await surface.callTool(principal, 'get_request', args);
      expect(result.structuredContent.results[0]!.error).toMatchObject({ code: 'invalid_request' });
    });
  });
});

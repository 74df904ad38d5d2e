import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ServonautError, type EntitlementRules } from '@servonaut/contracts';
import { aToolManifest, waitFor } from '@servonaut/testkit';
import { Ajv } from 'ajv';
import { loadConfig } from '../../../config/app-config.ts';
import { Entitlements, MemoryCallCounters } from '../../entitlements/index.ts';
import type { Principal } from '../../auth/index.ts';
import { aToolSurface } from '../testing/a-tool-surface.ts';
import { aPrincipal } from '../testing/fake-access.ts';
import { aView, FakeRelay } from '../testing/fake-relay.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import type { ToolSurface } from './tool-surface.ts';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const ARGS = { server: 'web-1', command: 'id' };
const NOON = Date.parse('2026-11-23T12:00:00.000Z');

describe('the tool surface', () => {
  let relay: FakeRelay;
  let surface: ToolSurface;
  let audit: RecordedAudit;
  const principal = aPrincipal();

  beforeEach(() => {
    relay = new FakeRelay();
    audit = new RecordedAudit();
    const config = loadConfig({ RELAY_DEFAULT_TIMEOUT_SECONDS: '33' });
    const breaker = { most: 20, withinMs: 10_000, pauseMs: 30_000 };
    const entitlements = new Entitlements(new MemoryCallCounters(() => NOON), { breaker, besidesRunMs: 0 });
    surface = aToolSurface({ relay, entitlements, audit, config });
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

  it('lists what a client can compile, whatever an executor says of its answers', async () => {
    const odd = [
      { anyOf: {} },
      { anyOf: [null] },
      { oneOf: [] },
      { type: 5 },
      { type: ['string', {}] },
      { $id: 'x' },
      7,
    ];
    relay.tools = odd.map((one, at) =>
      aToolManifest({ name: `odd_${at}`, data_schema: { type: 'object', properties: { one } } }),
    );
    const tools = await surface.listTools(principal);
    expect(tools.filter(({ name }) => name.startsWith('odd_'))).toHaveLength(odd.length);
    // The options of the official client, which has none of the tools when one of these throws.
    const client = new Ajv({ strict: false, validateFormats: true, validateSchema: false, allErrors: true });
    for (const { outputSchema } of tools) expect(() => client.compile(outputSchema)).not.toThrow();
  });

  it('says when a credential or a sign-in ends soon, and not of an access token that others may follow', async () => {
    const [expiresAt, signedInUntil] = [new Date(Date.now() + 60_000), new Date(Date.now() + 120_000)];
    await surface.callTool(aPrincipal({ kind: 'credential', expiresAt }), 'run_command', ARGS);
    await surface.callTool(aPrincipal({ kind: 'user', expiresAt }), 'run_command', ARGS);
    await surface.callTool(aPrincipal({ kind: 'user', expiresAt, signedInUntil }), 'run_command', ARGS);
    const ends = [expiresAt.toISOString(), undefined, signedInUntil.toISOString()];
    expect(relay.calls.map(({ principal: { expires_at } }) => expires_at)).toEqual(ends);
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

  describe('holds a call to the rules of all levels', () => {
    const ruled = (rules: EntitlementRules, given: Partial<Principal> = {}): Principal => {
      const plan = { kind: 'plan', id: '42', label: 'free', rules } as const;
      return aPrincipal({ levels: [plan], ...given });
    };
    const errorOf = async (caller: Principal, args: object = ARGS) =>
      (await surface.callTool(caller, 'run_command', { ...args })).structuredContent.results[0]!.error;

    it('and runs it no longer than the least of them, when no run time was asked for', async () => {
      await surface.callTool(ruled({ '*': { timeout_seconds: 7 } }), 'run_command', ARGS);
      await surface.callTool(ruled({ '*': { timeout_seconds: 60 } }), 'run_command', ARGS);
      expect(relay.calls.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([7, 33]);
    });

    it('and refuses a longer run time, with the longest', async () => {
      const caller = ruled({ '*': { timeout_seconds: 60 } });
      expect(await errorOf(caller, { ...ARGS, timeout_seconds: 60 })).toBeUndefined();
      expect(await errorOf(caller, { ...ARGS, timeout_seconds: 61 })).toMatchObject({
        code: 'not_entitled',
        facts: { rule: 'plan.free/*.timeout_seconds', limit: 60 },
      });
    });

    it('and shows no more output of it than the least of them, neither while it comes nor later', async () => {
      const caller = ruled({ '*': { output_bytes: 1_024 } });
      const long = 'é'.repeat(1_000);
      relay.respond = ({ onProgress, requestId }) => {
        for (const sequence of [0, 1])
          onProgress?.({ request_id: requestId!, sequence, stream: 'stdout', chunk: long.slice(0, 500) });
        const view = aView({ requestId: requestId! }, { stdout: long });
        relay.requests.set(requestId!, view);
        return view;
      };
      const seen: string[] = [];
      const answer = await surface.callTool(caller, 'run_command', ARGS, {
        onProgress: ({ chunk }) => seen.push(chunk),
      });
      const { request_id, results } = answer.structuredContent;
      const later = await surface.callTool(caller, 'get_request', { request_id });
      for (const { stdout, truncated } of [results[0]!, later.structuredContent.results[0]!]) {
        expect(Buffer.byteLength(stdout.replace(/\n\[.*\]\n/, ''))).toBe(1_024);
        expect(truncated).toBe(true);
      }
      expect(seen).toEqual([long.slice(0, 500)]);
    });

    it('and lets through as many as the rules say, and tells when there is room again and who can make more', async () => {
      const caller = ruled({ '*': { per_day: 2 } });
      const errors = await Promise.all(Array.from({ length: 5 }, () => errorOf(caller)));
      expect(relay.calls).toHaveLength(2);
      expect(errors.filter(Boolean)).toHaveLength(3);
      expect(errors.at(-1)).toMatchObject({
        code: 'quota_exceeded',
        message:
          'The plan "free" allows 2 calls of all tools together a day, and none is left. (rule: plan.free/*.per_day)',
        next_step: 'Wait until 2026-11-24T00:00:00.000Z, or ask an admin of this coordinator to change it.',
        facts: { limit: 2, remaining: 0, resets_at: '2026-11-24T00:00:00.000Z', retry_after_seconds: 43_200 },
      });
      const decided = audit.records.filter(({ kind, data }) => kind === 'call.decided' && !data['allowed']);
      expect(decided.map(({ data }) => data['rule'])).toEqual(Array(3).fill('plan.free/*.per_day'));
    });

    it('and gives back what a call took that nobody was there to run', async () => {
      const caller = ruled({ '*': { per_day: 1, concurrent: 1 } });
      const respond = relay.respond;
      relay.respond = () => Promise.reject(new ServonautError('executor_offline'));
      expect(await errorOf(caller)).toMatchObject({ code: 'executor_offline' });
      relay.respond = respond;
      expect(await errorOf(caller)).toBeUndefined();
      expect(await errorOf(caller)).toMatchObject({ code: 'quota_exceeded' });
    });

    it('and counts nothing that is refused for another reason', async () => {
      const caller = ruled({ '*': { per_day: 1, timeout_seconds: 60 } });
      expect(await errorOf(caller, { ...ARGS, timeout_seconds: 61 })).toMatchObject({ code: 'not_entitled' });
      expect(await errorOf(caller, { server: 'web-1' })).toMatchObject({ code: 'invalid_request' });
      expect(await errorOf(caller)).toBeUndefined();
    });

    it('and lets the next one run when one has ended', async () => {
      const caller = ruled({ '*': { concurrent: 1 } });
      const ending = Promise.withResolvers<void>();
      relay.respond = async ({ tool, server }) => ending.promise.then(() => aView({ tool, server }));
      const first = surface.callTool(caller, 'run_command', ARGS);
      await waitFor(() => relay.calls.length === 1, { what: 'the first call' });
      expect(await errorOf(caller)).toMatchObject({
        code: 'quota_exceeded',
        facts: { rule: 'plan.free/*.concurrent', limit: 1, resets_at: null },
      });
      ending.resolve();
      await first;
      expect(await errorOf(caller)).toBeUndefined();
    });

    it('and takes a call for the same whatever its run time and the order of its arguments', async () => {
      const codes = [];
      for (let times = 1; times <= 21; times += 1) {
        const args = times % 2 ? { ...ARGS, timeout_seconds: times } : { command: 'id', server: 'web-1' };
        codes.push((await errorOf(principal, args))?.code);
      }
      expect(codes).toEqual([...Array(20).fill(undefined), 'repeated_call']);
    });

    it('and stops the same call in a tight loop, but no other one and no look at how it stands', async () => {
      const errors = [];
      for (let times = 0; times < 22; times += 1) errors.push(await errorOf(principal));
      expect(errors.slice(0, 20).filter(Boolean)).toEqual([]);
      expect(errors[21]).toMatchObject({ code: 'repeated_call', facts: { rule: 'breaker', retry_after_seconds: 30 } });
      expect(await errorOf(principal, { ...ARGS, command: 'uptime' })).toBeUndefined();
      relay.requests.set(ID, aView({ requestId: ID }));
      for (let times = 0; times < 22; times += 1) {
        expect(await surface.callTool(principal, 'get_request', { request_id: ID })).toMatchObject({ isError: false });
      }
    });

    it('and knows a server by its labels, as every executor that has it tells them', async () => {
      const caller = ruled({}, { servers: ['label:role=web'] });
      relay.servers = [{ name: 'web-2', labels: { role: 'web' } }];
      expect(await errorOf(caller)).toMatchObject({ code: 'not_entitled' });
      relay.servers = [{ name: 'web-1', labels: { role: 'web' } }];
      expect(await errorOf(caller)).toBeUndefined();
      relay.servers = [...relay.servers, { name: 'web-1', labels: { role: 'db' } }];
      expect(await errorOf(caller)).toMatchObject({ code: 'not_entitled' });
    });

    it('and says that nobody is connected, where nobody tells the labels that a call is limited by', async () => {
      expect(await errorOf(ruled({}, { servers: ['label:role=web'] }))).toMatchObject({ code: 'executor_offline' });
      expect(await errorOf(ruled({}, { servers: ['db-1'] }))).toMatchObject({ code: 'not_entitled' });
      const elsewhere = ruled({ '*': { servers: ['db-1'] } }, { servers: ['web-1', 'label:role=web'] });
      expect(await errorOf(elsewhere)).toMatchObject({ code: 'not_entitled' });
    });

    it('and tells the executor each list of servers', async () => {
      const rules = { '*': { servers: ['web-*'] }, run_command: { servers: ['*-1'] }, get_logs: { servers: [] } };
      await surface.callTool(ruled(rules, { servers: ['web-1', 'db-1'] }), 'run_command', ARGS);
      await surface.callTool(ruled(rules), 'list_servers', {});
      expect(relay.calls.map(({ principal: { servers, within } }) => ({ servers, within }))).toEqual([
        { servers: ['web-1', 'db-1'], within: [['web-*'], ['*-1']] },
        { servers: ['web-*'], within: undefined },
      ]);
    });
  });

  describe('tells how to read the rest of a long output', () => {
    const long = { truncated: true, output_kept: true, stdout_bytes: 100_000 } as const;
    const hint = (id: string) => `read_output with the server and request_id ${id} shows the rest`;
    const textOf = ({ content }: Awaited<ReturnType<ToolSurface['callTool']>>) => content[0]!.text;

    beforeEach(() => {
      relay.respond = ({ tool, server }) => aView({ requestId: ID, tool, server }, long);
      relay.requests.set(ID, aView({ requestId: ID }, long));
    });

    it('to whoever asked for it and may read it', async () => {
      expect(textOf(await surface.callTool(principal, 'run_command', ARGS))).toContain(hint(ID));
      expect(textOf(await surface.callTool(principal, 'get_request', { request_id: ID }))).toContain(hint(ID));
    });

    it.each([
      ['whoever may not call the tool', aPrincipal({ tools: ['run_command'] })],
      ['a user whose credential asked for it', aPrincipal({ kind: 'user', id: '42' })],
    ])('and not to %s', async (_, caller) => {
      const result = await surface.callTool(caller, 'get_request', { request_id: ID });
      expect(textOf(result)).toContain('narrow it');
      expect(result.structuredContent.results[0]).not.toHaveProperty('output_kept');
    });

    it('and of one of several servers by the request of that one', async () => {
      const result = await surface.callTool(principal, 'run_command', { servers: ['web-1', 'web-2'], command: 'id' });
      expect(textOf(result)).toContain('read_output with the server and its request_id shows the rest');
      expect(textOf(result)).toContain(`Request on web-2: ${ID}`);
    });
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

    it('tells how a request ended whose server no executor tells the labels of any more', async () => {
      relay.requests.set(ID, aView({ requestId: ID }));
      const asker = aPrincipal({ servers: ['label:role=web'] });
      expect(await surface.callTool(asker, 'get_request', { request_id: ID })).toMatchObject({ isError: false });
      relay.servers = [{ name: 'web-1', labels: { role: 'db' } }];
      expect(await surface.callTool(asker, 'get_request', { request_id: ID })).toMatchObject({ isError: true });
    });

    it.each([[{}], [{ request_id: 'x' }], [{ request_id: ID, all: true }]])('refuses %j', async (args) => {
      const result = await surface.callTool(principal, 'get_request', args);
      expect(result.structuredContent.results[0]!.error).toMatchObject({ code: 'invalid_request' });
    });
  });
});

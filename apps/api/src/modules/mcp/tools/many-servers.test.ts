import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError, type EntitlementRules, type ServerEntry } from '@servonaut/contracts';
import { loadConfig } from '../../../config/app-config.ts';
import { Entitlements, MemoryCallCounters } from '../../entitlements/index.ts';
import type { ToolResult } from '@servonaut/agent-tools';
import { aToolSurface } from '../testing/a-tool-surface.ts';
import { aPrincipal } from '../testing/fake-access.ts';
import { aView, FakeRelay } from '../testing/fake-relay.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import type { ToolSurface } from './tool-surface.ts';

const SERVERS: ServerEntry[] = [
  { name: 'web-1', labels: { role: 'web' } },
  { name: 'web-2', labels: { role: 'web' } },
  { name: 'db-1', labels: { role: 'db' } },
];

describe('a call for several servers', () => {
  let relay: FakeRelay;
  let surface: ToolSurface;
  let audit: RecordedAudit;

  beforeEach(() => {
    relay = new FakeRelay();
    relay.servers = SERVERS;
    audit = new RecordedAudit();
    const config = loadConfig({ MCP_SERVERS_PER_CALL: '5', MCP_ANSWER_LENGTH: '1000' });
    const breaker = { most: 20, withinMs: 10_000, pauseMs: 30_000 };
    const entitlements = new Entitlements(new MemoryCallCounters(), { breaker, besidesRunMs: 0 });
    surface = aToolSurface({ relay, entitlements, audit, config });
  });

  const call = (servers: unknown, given: object = {}, principal = aPrincipal()) =>
    surface.callTool(principal, 'run_command', { servers, command: 'id', ...given });
  const asked = () => relay.calls.map(({ server }) => server);
  const errorOf = ({ structuredContent }: ToolResult) => structuredContent.results[0]!.error;
  const textOf = ({ content }: ToolResult) => content[0]!.text;

  it.each([
    [['web-*'], ['web-1', 'web-2']],
    [
      ['label:role=db', 'web-1'],
      ['web-1', 'db-1'],
    ],
    [
      ['*', '!web-2'],
      ['web-1', 'db-1'],
    ],
    [['!label:role=web'], ['db-1']],
    [['web-1', 'web-1'], ['web-1']],
    [
      ['gone-1', 'web-2'],
      ['web-2', 'gone-1'],
    ],
    [['web-1', 'web-2', '!web-1'], ['web-2']],
    [['web-1', 'db-1', '!label:role=db'], ['web-1']],
    [['!label:role=db', 'db-1', 'web-2'], ['web-2']],
    [['alice/web-9', '!alice/web-9', 'web-1'], ['web-1']],
    [['web-2', '!alice/web-2'], ['web-2']],
  ])('goes to those that %j names, each once', async (servers, expected) => {
    const { structuredContent } = await call(servers);
    expect(asked()).toEqual(expected);
    expect(structuredContent.results.map(({ server }) => server)).toEqual(expected);
  });

  it('is a request of its own to each, with a record and an id of its own', async () => {
    relay.respond = async (made) => aView({ ...idOf(made), server: made.server });
    const { structuredContent } = await call(['web-*']);
    const ids = structuredContent.results.map(({ request_id: id }) => id);
    expect(structuredContent.request_id).toBeNull();
    expect(ids).toEqual(relay.calls.map(({ requestId }) => requestId));
    expect(relay.calls.map(({ payload }) => payload)).toEqual([{ command: 'id' }, { command: 'id' }]);
    expect(audit.records.filter(({ kind }) => kind === 'call.decided')).toHaveLength(2);
  });

  it('goes by pattern only where the caller may go, and tells of a server that is named why not', async () => {
    const narrow = aPrincipal({ servers: ['web-1'] });
    const byPattern = await call(['*'], {}, narrow);
    expect(byPattern.structuredContent.results.map(({ server }) => server)).toEqual(['web-1']);
    const byName = await call(['web-1', 'db-1'], {}, narrow);
    expect(byName.structuredContent.results).toMatchObject([
      { server: 'web-1', status: 'succeeded' },
      { server: 'db-1', status: 'rejected', error: { code: 'not_entitled' } },
    ]);
    expect(byName.isError).toBe(false);
  });

  it.each(['!label:role=db', '!label:role=d*', '!label:role=web', '!label:role'])(
    'tells by %s nothing of a server that the caller may not use, not even that it is there',
    async (away) => {
      const narrow = aPrincipal({ servers: ['web-1'] });
      const [there, nowhere] = [await call(['db-1', away], {}, narrow), await call(['db-2', away], {}, narrow)];
      expect(textOf(there)).toBe(textOf(nowhere).replaceAll('db-2', 'db-1'));
      expect(errorOf(there)).toMatchObject({ code: 'invalid_request' });
    },
  );

  it('counts once for each server', async () => {
    const rules: EntitlementRules = { '*': { per_day: 2 } };
    const limited = aPrincipal({ levels: [{ kind: 'plan', id: '1', label: 'free', rules }] });
    const { structuredContent } = await call(['*'], {}, limited);
    const codes = structuredContent.results.map(({ error }) => error?.code);
    expect(codes).toEqual([undefined, undefined, 'quota_exceeded']);
  });

  it('is run on as many at once as the caller may have run, and on the others after them', async () => {
    const rules: EntitlementRules = { '*': { concurrent: 2 } };
    const limited = aPrincipal({ levels: [{ kind: 'plan', id: '1', label: 'free', rules }] });
    let [running, most] = [0, 0];
    relay.respond = async (made) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return aView({ ...idOf(made), server: made.server });
    };
    const { structuredContent } = await call(['*'], {}, limited);
    expect(structuredContent.results.map(({ status }) => status)).toEqual(Array(3).fill('succeeded'));
    expect(most).toBe(2);
  });

  it('is run on so many at once as it asks for', async () => {
    let [running, most] = [0, 0];
    relay.respond = async (made) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      return aView({ ...idOf(made), server: made.server });
    };
    await call(['*'], { max_parallel: 2 });
    expect(most).toBe(2);
    expect(relay.calls.map(({ payload }) => JSON.stringify(payload))).toEqual(Array(3).fill('{"command":"id"}'));
  });

  it('is begun on no other server once it has failed on one, if it asks for that, and says where it was not', async () => {
    relay.respond = async (made) => {
      if (made.server === 'web-1') return aView({ ...idOf(made), server: made.server });
      return aView({ ...idOf(made), server: made.server, outcome: 'failed' }, { exit_code: 1, stdout: 'no\n' });
    };
    const result = await call(['*'], { stop_on_error: true });
    expect(asked()).toEqual(['web-1', 'web-2']);
    expect(result.structuredContent.results).toMatchObject([
      { server: 'web-1', status: 'succeeded' },
      { server: 'web-2', status: 'failed', exit_code: 1 },
      {
        server: 'db-1',
        status: 'cancelled',
        error: { code: 'request_cancelled', facts: { not_begun: true, after: 'web-2' } },
      },
    ]);
    expect(textOf(result)).toContain(
      '== db-1 | cancelled (request_cancelled)\nNot begun: the call went no further after web-2.',
    );
    relay.calls.length = 0;
    await call(['*'], { stop_on_error: true, max_parallel: 3 });
    expect(asked()).toHaveLength(3);
  });

  it('is begun on no other server once nobody waits for it any more', async () => {
    const gone = new AbortController();
    relay.respond = async (made) => {
      gone.abort();
      return aView({ ...idOf(made), server: made.server });
    };
    const args = { servers: ['*'], max_parallel: 1, command: 'id' };
    await surface.callTool(aPrincipal(), 'run_command', args, { signal: gone.signal });
    expect(asked()).toEqual(['web-1']);
  });

  it('is refused as a whole, and nothing is run, when it is not clear what it is for', async () => {
    const faults = [
      await call(['web-*'], { server: 'web-1' }),
      await call(['web-*'], { max_parallel: 0 }),
      await call(['web-*'], { max_parallel: 129 }),
      await call(['web-*'], { stop_on_error: 'yes' }),
      await call([]),
      await call('web-1'),
      await call(['web-1; id']),
      await call(['web-1', 'gone-1', '!label:role=db']),
      await call(['alice/web-9', '!label:role=db']),
      await call(['alice/web-9', 'web-1', '!web-9']),
      await call(['alice/web-9', '!web-*']),
      await call(['alice/web-9', '!!alice/web-9']),
      await call(Array.from({ length: 6 }, (_, at) => `web-${at}`)),
    ];
    for (const fault of faults) expect(errorOf(fault)).toMatchObject({ code: 'invalid_request' });
    expect(errorOf(await call(['mail-*']))).toMatchObject({ code: 'unknown_server' });
    const own = await surface.callTool(aPrincipal(), 'list_servers', { servers: ['*'] });
    expect(errorOf(own)).toMatchObject({ code: 'invalid_request' });
    await expect(surface.callTool(aPrincipal(), 'made_up', { servers: ['*'] })).rejects.toMatchObject({
      code: 'unknown_tool',
    });
    relay.servers = [];
    expect(errorOf(await call(['*']))).toMatchObject({ code: 'executor_offline' });
    expect(relay.calls).toEqual([]);
  });

  it('says what is the same of several once, and what went wrong first', async () => {
    relay.respond = async (made) => {
      if (made.server === 'db-1')
        return aView({ ...idOf(made), server: 'db-1', outcome: 'failed' }, { exit_code: 1, stdout: 'disk full\n' });
      return aView({ ...idOf(made), server: made.server }, { stdout: 'fine\n' });
    };
    expect(textOf(await call(['*', 'mail-*']))).toBe(
      [
        'run_command on 3 servers: 2 succeeded, 1 failed',
        'No server is named by: mail-*',
        '== db-1 | exit 1 | 12 ms',
        'disk full',
        '== web-1, web-2 (2 servers) | exit 0 | 12 ms',
        'fine',
      ].join('\n'),
    );
  });

  it('leaves words alone that have the name of a server in them', async () => {
    relay.servers = [
      { name: 'e', labels: {} },
      { name: 'app', labels: {} },
    ];
    relay.respond = async ({ server }) => {
      throw new ServonautError('server_unreachable', {
        message: `${server} could not be reached; the apple happened.`,
      });
    };
    const result = textOf(await call(['*']));
    expect(result).toContain(
      '== e, app (2 servers) | not_delivered (server_unreachable)\n{server} could not be reached; the apple happened.',
    );
    relay.servers = [{ name: 'e', labels: {} }];
    expect(textOf(await call(['*']))).toContain('\ne could not be reached; the apple happened.');
  });

  it('tells the same error of several once, whatever their names', async () => {
    relay.respond = async ({ server }) => {
      throw new ServonautError('server_unreachable', { message: `${server} could not be reached.` });
    };
    const result = await call(['web-*']);
    expect(textOf(result)).toContain(
      '== web-1, web-2 (2 servers) | not_delivered (server_unreachable)\n{server} could',
    );
    expect(result.isError).toBe(true);
    expect(errorOf(result)).toMatchObject({ message: 'web-1 could not be reached.' });
  });

  it('shows no more of all together than of one', async () => {
    relay.respond = async (made) =>
      aView({ ...idOf(made), server: made.server }, { stdout: `${made.server} `.repeat(4_000) });
    const result = await call(['*']);
    expect(textOf(result).length).toBeLessThan(2_000);
    const shown = result.structuredContent.results.map(({ stdout }) => stdout.length);
    expect(Math.max(...shown)).toBeLessThan(400);
  });

  it('says with what comes meanwhile where it is from', async () => {
    const chunks: string[] = [];
    const waits: unknown[] = [];
    relay.respond = async (made) => {
      made.onProgress?.({ request_id: made.requestId!, sequence: 0, stream: 'stdout', chunk: 'half' });
      made.onWaiting?.(1_000);
      return aView({ ...idOf(made), server: made.server });
    };
    await surface.callTool(
      aPrincipal(),
      'run_command',
      { servers: ['web-*'], command: 'id' },
      { onProgress: ({ chunk }) => chunks.push(chunk), onWaiting: (...wait) => waits.push(wait) },
    );
    expect(chunks).toEqual(['[web-1] half', '[web-2] half']);
    expect(waits).toEqual([
      [1_000, 'web-1'],
      [1_000, 'web-2'],
    ]);
  });
});

function idOf({ requestId }: { readonly requestId?: string }): { requestId: string } {
  return { requestId: requestId ?? '' };
}

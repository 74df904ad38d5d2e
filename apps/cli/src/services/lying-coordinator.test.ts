import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandRequest } from '@servonaut/contracts';
import { aCommandRequest, temporaryFolder, waitFor } from '@servonaut/testkit';
import type { RelayEvent } from '../relay/relay-event.ts';
import { FakeCoordinator } from '../relay/testing/fake-coordinator.ts';
import { makeSealKey, seal, type SealKey } from '../relay/testing/test-seal.ts';
import { saveCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { openSession } from '../session/session.ts';
import { connect } from './connect-service.ts';
import { OperatorMachine } from './testing/operator-machine.ts';

/** Agents may read; a CI bot may change `web-1`; nobody does anything to databases; the operator may do all. */
const POLICY = `
version: 1
level: readonly
rules:
  - { name: no-databases, decision: deny, servers: ['label:role=db'] }
  - { name: deploys, decision: allow, servers: [web-1], principals: ['credential:cred-1'], tools: [run_command], classes: [mutating] }
  - { name: operators-own-calls, decision: allow, principals: [operator] }
`;
const REMOVE = 'rm -r /srv/cache';
const BOT = { kind: 'credential', id: 'cred-1', label: 'ci-bot' } as const;
const STRANGER = { kind: 'credential', id: 'cred-9', label: 'mallory' } as const;
const DAY_MS = 86_400_000;

/** Of a request that its schema would not let a test make. */
type Lie = Record<string, unknown>;

let coordinator: FakeCoordinator;
let pinned: SealKey;
let machine: OperatorMachine;
let events: RelayEvent[];
let stop: AbortController;
let running: Promise<void>;

/** Connects the machine to the coordinator. */
async function begin(folder: string, report: (event: RelayEvent) => void, signal: AbortSignal): Promise<void> {
  const session = openSession('test', readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder }));
  const { url, token } = coordinator;
  const who = { user_id: '42', user_name: 'ada', label: 'test', logged_in_at: new Date().toISOString() };
  await saveCredentials(session.paths, { url, token, ...who, pinned_keys: [pinned.jwk] });
  const manifest = () => Promise.resolve({ tools: [], servers: [...machine.inventory.entries] });
  const executor = { tools: machine.tools, manifest, audit: machine.audit.calls };
  await connect({ session, executor, version: '0.1.0', report, stop: signal, backoff: { baseMs: 20, maxMs: 50 } });
}

beforeAll(async () => {
  machine = await OperatorMachine.with(POLICY);
  [coordinator, stop, events] = [await FakeCoordinator.start(), new AbortController(), []];
  pinned = coordinator.sealKey;
  running = begin(machine.folder, (event) => void events.push(event), stop.signal);
  running.catch(() => undefined);
  await waitFor(() => coordinator.subscribers === 1, { what: 'the subscription' });
});
afterAll(async () => {
  stop.abort();
  await Promise.allSettled([running]);
  machine.close();
  await coordinator.stop();
});
beforeEach(() => {
  events.length = 0;
  machine.shell.ran.length = 0;
});

/** Validly sealed, whatever it says. @returns its id */
async function tell(lie: Lie, header: Lie = {}): Promise<string> {
  const request: CommandRequest = { ...aCommandRequest({ principal: BOT }), ...lie };
  coordinator.publish(await seal(request, coordinator.executorId, coordinator.sealKey, header));
  return request.id;
}

const resultOf = (id: string) => waitFor(() => coordinator.resultOf(id), { what: 'a result' });
const refusalOf = (id: string) =>
  waitFor(() => events.find((event) => event.event === 'request_refused' && event.requestId === id), {
    what: 'a word to the operator',
  });

/** What came of a request after the ones before it. */
async function codeOf(lie: Lie): Promise<string> {
  const { status, error_code: code } = await resultOf(await tell(lie));
  return code ?? status;
}

/** Each is answered, and the operator sees it end. */
const REFUSED: readonly [what: string, code: string, lie: Lie][] = [
  ['no principal at all', 'approval_unavailable', { principal: undefined }],
  [
    'a principal that is called the operator',
    'approval_unavailable',
    { principal: { kind: 'user', id: 'operator', label: 'operator' } },
  ],
  [
    'a principal named after a prototype',
    'approval_unavailable',
    { principal: { kind: 'user', id: '__proto__', label: 'constructor' } },
  ],
  [
    'a user under the label of a trusted credential',
    'approval_unavailable',
    { principal: { kind: 'user', id: 'cred-1', label: 'ci-bot' } },
  ],
  [
    'a credential under the label of a trusted one, as whoever has one can name it',
    'approval_unavailable',
    { principal: { ...BOT, id: 'cred-9' }, payload: { command: REMOVE } },
  ],
  [
    'a credential labelled with the id of a trusted one',
    'approval_unavailable',
    { principal: { ...STRANGER, label: BOT.id }, payload: { command: REMOVE } },
  ],
  ['a trusted principal, beyond what it is trusted with', 'approval_unavailable', { payload: { command: 'reboot' } }],
  ['a trusted principal, as root', 'approval_unavailable', { payload: { command: REMOVE, sudo: true } }],
  ['a trusted principal, on another server', 'policy_denied', { target_server_id: 'db-1' }],
  [
    'a principal that may use all servers',
    'policy_denied',
    { target_server_id: 'db-1', principal: { ...BOT, servers: ['*'], within: [] } },
  ],
  [
    'a principal that may use all servers, of which the policy says nothing',
    'approval_unavailable',
    { principal: { ...STRANGER, servers: ['*'], within: [['*']] } },
  ],
  ['a timeout beyond the bound', 'invalid_request', { payload: { command: REMOVE, timeout_seconds: 3_601 } }],
  ['a timeout of nothing', 'invalid_request', { payload: { command: REMOVE, timeout_seconds: 0 } }],
  ['a timeout that is no number', 'invalid_request', { payload: { command: REMOVE, timeout_seconds: '9e9' } }],
  ['a time to live from tomorrow on', 'invalid_request', { created_at: new Date(Date.now() + DAY_MS).toISOString() }],
  ['a command that is too long', 'invalid_request', { payload: { command: `echo ${'x'.repeat(65_536)}` } }],
  [
    'much beside what the tool takes',
    'invalid_request',
    { payload: { command: 'uptime', more: 'x'.repeat(1_000_000) } },
  ],
  [
    'words of its own for the policy',
    'approval_unavailable',
    {
      principal: STRANGER,
      raw: true,
      policy: { level: 'dangerous' },
      class: 'read-only',
      approved: true,
      decision: 'allow',
    },
  ],
  ['the same words among the arguments', 'invalid_request', { payload: { command: REMOVE, approved: true } }],
  ['a tool that is not there', 'unknown_tool', { type: 'no_such_tool' }],
  ['a tool named after a prototype', 'unknown_tool', { type: '__proto__' }],
  ['a tool that would approve', 'unknown_tool', { type: 'approve', payload: { answer: 'once' } }],
  ['a tool that would resume', 'unknown_tool', { type: 'resume', target_server_id: null, payload: {} }],
  ['a command that is a list', 'invalid_request', { payload: { command: ['rm', '-r', '/'] } }],
  ['a command that is an object', 'invalid_request', { payload: { command: { toString: REMOVE } } }],
  ['no command', 'invalid_request', { payload: {} }],
  ['sudo as a text', 'invalid_request', { payload: { command: 'uptime', sudo: 'true' } }],
  ['an argument named after a prototype', 'invalid_request', { payload: { command: 'uptime', constructor: {} } }],
  ['a server that is not there', 'unknown_server', { target_server_id: 'web-9' }],
  ['a server named after a prototype', 'unknown_server', { target_server_id: '__proto__' }],
  ['no server for a tool that needs one', 'invalid_request', { target_server_id: null }],
  ['a server for a tool that takes none', 'invalid_request', { type: 'list_servers', payload: {} }],
];

/** Not even answered: what is not a request for this executor is none, whoever has sealed it. */
const UNANSWERED: readonly [what: string, why: string, lie: Lie][] = [
  [
    'a principal of the kind operator',
    'sealed, but not a request',
    { principal: { kind: 'operator', id: '42', label: 'ada' } },
  ],
  ['nobody as principal', 'sealed, but not a request', { principal: null }],
  [
    'a principal with endless lists',
    'sealed, but not a request',
    { principal: { ...BOT, within: Array.from({ length: 17 }, () => ['*']) } },
  ],
  ['a time to live of years', 'sealed, but not a request', { ttl_seconds: 99_999_999 }],
  ['no time of its making', 'sealed, but not a request', { created_at: 'now' }],
  ['arguments that are none', 'sealed, but not a request', { payload: [REMOVE] }],
  ['a server with more in its name', 'sealed, but not a request', { target_server_id: 'web-1\u001B[2J' }],
  ["another user's id", 'sealed for another user', { user_id: '43' }],
  ["another executor's id", 'sealed request names another executor', { executor_id: randomUUID() }],
];

describe('a coordinator that lies', () => {
  it('is served where it asks for what the policy allows', async () => {
    expect(await codeOf({ payload: { command: 'uptime' }, principal: STRANGER })).toBe('success');
    expect(await codeOf({ payload: { command: REMOVE } })).toBe('success');
    expect(machine.ran).toEqual(['web-1: uptime', `web-1: ${REMOVE}`]);
  });

  it.each(REFUSED)('gets nothing by %s', async (_what, code, lie) => {
    const id = await tell({ payload: { command: REMOVE }, ...lie });
    expect((await resultOf(id)).error_code).toBe(code);
    expect(machine.ran).toEqual([]);
    const isTold = (event: RelayEvent): boolean =>
      (event.event === 'request_refused' && event.requestId === id) ||
      (event.event === 'request_finished' && event.request.requestId === id && event.errorCode === code);
    await waitFor(() => events.some(isTold), { what: 'a word to the operator' });
  });

  it.each(UNANSWERED)('gets nothing by %s', async (_what, why, lie) => {
    const id = await tell({ payload: { command: REMOVE }, ...lie });
    expect(await refusalOf(id)).toMatchObject({ error: { code: 'seal_invalid', detail: why } });
    expect([machine.ran, coordinator.resultOf(id)]).toEqual([[], undefined]);
  });

  it('gets nothing by what it seals for another executor, or as something else than a request', async () => {
    const [other, answer] = [await tell({}, { aud: randomUUID() }), await tell({}, { typ: 'servonaut-answer+jws' })];
    await refusalOf(answer);
    expect(await codeOf({ payload: { command: 'uptime' } })).toBe('success');
    expect([machine.ran, coordinator.resultOf(other)]).toEqual([['web-1: uptime'], undefined]);
  });

  it('reaches no argument through the prototype of the arguments', async () => {
    const payload = JSON.parse(`{ "command": "uptime", "__proto__": { "sudo": true, "cwd": "/root" } }`) as Lie;
    await codeOf({ payload });
    expect(machine.shell.ran.every(({ text, options }) => text === 'uptime' && !options.sudo && !options.raw)).toBe(
      true,
    );
    expect(machine.ran).toHaveLength(1);
  });

  it('runs nothing more under an id that has run', async () => {
    const id = await tell({ payload: { command: 'uptime' } });
    await resultOf(id);
    for (const payload of [{ command: 'uptime' }, { command: 'id' }]) await tell({ id, payload });
    expect(await codeOf({ payload: { command: 'uptime' } })).toBe('success');
    expect(machine.ran).toEqual(['web-1: uptime', 'web-1: uptime']);
  });
});

describe('a coordinator that lies while the operator is asked', () => {
  const waits = () => waitFor(() => machine.desk.waiting.length === 1, { what: 'the question' });
  let leave: () => void;
  beforeEach(() => {
    leave = machine.desk.attend();
  });
  afterEach(() => leave());

  it('cannot answer in their place, nor change the question', async () => {
    const id = await tell({ principal: STRANGER, payload: { command: REMOVE } });
    await waits();
    const { hash } = machine.desk.waiting[0] ?? {};
    const approval = { approval_hash: hash, hash, answer: 'once', approved: true, by: 'terminal' };
    await tell({ id, principal: BOT, payload: { command: 'reboot' }, ...approval });
    for (const type of ['approve', 'answer', 'remember', 'approve_request', 'command_approval'])
      expect(await codeOf({ type, principal: BOT, payload: { request_id: id, ...approval } })).toBe('unknown_tool');
    coordinator.publish({ type: 'answer', ...approval });
    expect(await codeOf({ payload: { command: 'uptime' } })).toBe('success');
    expect(machine.desk.waiting).toMatchObject([{ hash, arguments: { command: REMOVE }, principal: STRANGER }]);
    await machine.desk.answer(hash ?? '', 'deny');
    expect((await resultOf(id)).error_code).toBe('approval_declined');
    expect(machine.ran).toEqual(['web-1: uptime']);
  });

  it('may take back what waits, and then a late yes runs nothing', async () => {
    const id = await tell({ principal: STRANGER, payload: { command: REMOVE } });
    await waits();
    const { hash } = machine.desk.waiting[0] ?? {};
    await tell({ type: 'cancel_request', target_server_id: null, payload: { request_id: id } });
    expect((await resultOf(id)).error_code).toBe('request_cancelled');
    await expect(machine.desk.answer(hash ?? '', 'once')).rejects.toMatchObject({ code: 'approval_stale' });
    expect(machine.ran).toEqual([]);
  });

  it('finds everything refused while the operator has paused', async () => {
    await machine.pause.pause();
    expect(await codeOf({ payload: { command: 'uptime' } })).toBe('executor_paused');
    await machine.pause.resume();
    expect(machine.ran).toEqual([]);
  });
});

describe('a coordinator that lies when the executor registers', () => {
  let end: AbortController;
  let told: RelayEvent[];
  let registering: Promise<void>;
  const registers = async (answer: Lie): Promise<void> => {
    [coordinator.registered, end, told] = [answer, new AbortController(), []];
    registering = begin(await temporaryFolder(), (event) => void told.push(event), end.signal);
    registering.catch(() => undefined);
  };
  afterEach(async () => {
    [coordinator.registered, coordinator.sealKey] = [{}, pinned];
    end.abort();
    await Promise.allSettled([registering]);
  });

  it.each<[string, Lie]>([
    ['a heartbeat at every moment', { heartbeat_interval_seconds: 0 }],
    ['a heartbeat of long ago', { heartbeat_interval_seconds: -1 }],
    ['hardly any heartbeat', { heartbeat_interval_seconds: 2_147_483_648 }],
    ['a time that is none', { server_time: 'always' }],
    ['no key', { keys: [] }],
    ['a hub that is no URL', { hub_url: 'hub' }],
    ['a hub that is no machine', { hub_url: 'data:text/event-stream,data:x' }],
  ])('is not listened to, and the operator sees why, with %s', async (_what, answer) => {
    await registers(answer);
    const why = await waitFor(() => told.find(({ event }) => event === 'waiting'), { what: 'a word to the operator' });
    expect(why).toMatchObject({ reason: expect.stringMatching(/does not speak as a coordinator does/) });
    expect(coordinator.subscribers).toBe(1);
  });

  it('is left when it takes the executor for that of another user', async () => {
    await registers({ user_id: '43', topic: '/cli/43/commands' });
    await expect(registering).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('is left when it shows none of the keys that were pinned', async () => {
    await registers({ keys: [(await makeSealKey()).jwk] });
    await expect(registering).rejects.toMatchObject({ code: 'coordinator_key_changed' });
  });

  it('brings in no key beside those that were pinned', async () => {
    const other = await makeSealKey();
    await registers({ keys: [pinned.jwk, other.jwk] });
    await waitFor(() => coordinator.subscribers === 2, { what: 'the subscription' });
    coordinator.sealKey = other;
    const id = await tell({ payload: { command: 'uptime' } });
    const isTold = (event: RelayEvent): boolean => event.event === 'request_refused' && event.requestId === id;
    const [refused] = await waitFor(() => told.some(isTold) && told.filter(isTold), { what: 'a word to the operator' });
    expect(refused).toMatchObject({ error: { code: 'seal_invalid', detail: 'sealed with a key that is not pinned' } });
    expect(machine.ran).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTOR_PATHS, ServonautError, type CommandRequest, type CommandResultInput } from '@servonaut/contracts';
import { aCommandRequest, waitFor } from '@servonaut/testkit';
import { Journal, type InterruptedRequest } from '../journal/journal.ts';
import { MemoryAudit } from '../local-audit/testing/memory-audit.ts';
import { PayloadKey } from '../relay/admission/payload-encryption.ts';
import type { RelayEvent } from '../relay/relay-event.ts';
import { FakeCoordinator } from '../relay/testing/fake-coordinator.ts';
import { encrypt, makeSealKey } from '../relay/testing/test-seal.ts';
import type { ToolCall, ToolRunner } from '../relay/tool-runner.ts';
import { saveCredentials } from '../session/credentials.ts';
import { readEnvironment } from '../session/environment.ts';
import { FileTokenStore } from '../session/file-token-store.ts';
import { openSession, type Session } from '../session/session.ts';
import { connect, type ConnectOptions } from './connect-service.ts';

const LOGIN_AGAIN = 'Run "servonaut login --profile test".';
const BACKOFF = { baseMs: 20, maxMs: 50 };

/** Holds every call until it is let go or stopped, and keeps what it was asked. */
class HeldTools implements ToolRunner {
  readonly calls: ToolCall[] = [];
  holds = false;
  readonly #waiting: (() => void)[] = [];

  async run(call: ToolCall): Promise<CommandResultInput> {
    call.onStart?.();
    this.calls.push(call);
    const base = { request_id: call.requestId, output: 'ok\n', error_message: null, execution_time_ms: 1 };
    if (this.holds) await new Promise<void>((resolve) => this.#hold(call.signal, resolve));
    if (!call.signal.aborted) return { ...base, status: 'success', exit_code: 0 };
    const { code, message } = call.signal.reason as ServonautError;
    return { ...base, status: 'error', error_code: code, error_message: message };
  }

  release(): void {
    this.holds = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #hold(signal: AbortSignal, resolve: () => void): void {
    this.#waiting.push(resolve);
    signal.addEventListener('abort', resolve);
  }
}

describe('connect', () => {
  let folder: string;
  let coordinator: FakeCoordinator;
  let tools: HeldTools;
  let stop: AbortController;
  let running: Promise<void>;
  let events: RelayEvent[];

  const session = (settings: Record<string, string> = {}): Session =>
    openSession('test', readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder, ...settings }));

  const begin = (settings: Record<string, string> = {}, besides: Partial<ConnectOptions> = {}): Promise<void> => {
    stop = new AbortController();
    const manifest = () => Promise.resolve({ tools: [], servers: [{ name: 'web-1', labels: {} }] });
    const report = (event: RelayEvent): void => void events.push(event);
    const executor = { tools, manifest, audit: new MemoryAudit().calls };
    const options = { executor, version: '0.1.0', report, stop: stop.signal, backoff: BACKOFF };
    running = connect({ session: session(settings), ...options, ...besides });
    running.catch(() => undefined);
    return running;
  };

  const connected = async (settings?: Record<string, string>): Promise<void> => {
    void begin(settings);
    await waitFor(() => coordinator.subscribers === 1, { what: 'the subscription' });
  };

  const resultOf = (request: CommandRequest) =>
    waitFor(() => coordinator.resultOf(request.id), { what: `a result of ${request.id}` });

  const sent = async (changes: Partial<CommandRequest> = {}): Promise<CommandRequest> => {
    const request = aCommandRequest(changes);
    await coordinator.send(request);
    return request;
  };

  const started = async (count: number): Promise<void> => {
    await waitFor(() => tools.calls.length === count, { what: `${count} call(s)` });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-connect-'));
    [coordinator, tools, events] = [await FakeCoordinator.start(), new HeldTools(), []];
    const { url, token, sealKey } = coordinator;
    const who = { user_id: '42', user_name: 'ada', label: 'test', logged_in_at: new Date().toISOString() };
    await saveCredentials(session().paths, { url, token, ...who, pinned_keys: [sealKey.jwk] });
  });

  afterEach(async () => {
    tools.release();
    stop.abort();
    await Promise.allSettled([running]);
    await coordinator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a request and posts its result', async () => {
    await connected();
    const request = await sent({ payload: { command: 'uptime', timeout_seconds: 7 } });
    expect(await resultOf(request)).toMatchObject({
      executor_id: coordinator.executorId,
      status: 'success',
      output: 'ok\n',
      exit_code: 0,
      timings: { delivery: expect.any(Number), queue: expect.any(Number) },
    });
    expect(tools.calls).toMatchObject([
      { requestId: request.id, tool: 'run_command', server: 'web-1', payload: { command: 'uptime' }, timeoutMs: 7_000 },
    ]);
  });

  it('registers a key to which arguments can be encrypted', async () => {
    await connected();
    const key = coordinator.registrations[0]?.public_key;
    if (!key) throw new Error('no key registered');
    await resultOf(await sent({ payload: await encrypt({ command: 'id' }, key) }));
    expect(tools.calls[0]?.payload).toEqual({ command: 'id' });
  });

  it('runs a request once, however often it comes', async () => {
    await connected();
    const request = await sent();
    await resultOf(request);
    await coordinator.send(request);
    await coordinator.send(request);
    await resultOf(await sent());
    expect(tools.calls.filter((call) => call.requestId === request.id)).toHaveLength(1);
  });

  it('does not run again after a restart what it ran before', async () => {
    await connected();
    const request = await sent();
    await resultOf(request);
    stop.abort();
    await running;
    coordinator.open.set(request.id, request);
    await connected();
    await coordinator.send(request);
    await resultOf(await sent());
    expect(tools.calls.filter((call) => call.requestId === request.id)).toHaveLength(1);
  });

  it('takes up what was asked while it was away', async () => {
    const request = await sent();
    await connected();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
  });

  it('reports a request that it was killed in as of unknown outcome, and does not run it again', async () => {
    const request = aCommandRequest();
    const journal = new Journal(session().paths.stateDir);
    journal.start({ requestId: request.id, executorId: coordinator.executorId, tool: 'run_command', server: 'web-1' });
    const [{ startedAt }] = journal.interrupted() as [InterruptedRequest];
    journal.close();
    await coordinator.send(request);
    await connected();
    const result = await resultOf(request);
    expect(result).toMatchObject({
      executor_id: coordinator.executorId,
      status: 'error',
      error_code: 'outcome_unknown',
    });
    const mark = `SERVONAUT_REQUEST=${request.id}`;
    for (const known of ['run_command', 'on web-1', new Date(startedAt).toISOString(), mark, 'not run again'])
      expect(result.error_message).toContain(known);
    expect(tools.calls).toEqual([]);
  });

  it('names what is kept of the output of a request that it was killed in', async () => {
    const { stateDir } = session().paths;
    const [kept, unkept] = [aCommandRequest(), aCommandRequest()];
    const journal = new Journal(stateDir);
    for (const { id } of [kept, unkept])
      journal.start({ requestId: id, executorId: coordinator.executorId, tool: 'run_command', server: 'web-1' });
    journal.close();
    mkdirSync(join(stateDir, 'output'));
    for (const part of ['json', 'stdout']) writeFileSync(join(stateDir, 'output', `${kept.id}.${part}`), '{}');
    writeFileSync(join(stateDir, 'output', `${unkept.id}.json`), '{}');
    for (const request of [kept, unkept]) await coordinator.send(request);
    await connected();
    expect(await resultOf(kept)).toMatchObject({
      error_code: 'outcome_unknown',
      truncated: true,
      output_kept: true,
    });
    expect(await resultOf(unkept)).not.toHaveProperty('output_kept');
  });

  it('does not run what was asked of it before, when its journal may lack that, and runs what is asked now', async () => {
    new Journal(session().paths.stateDir, { boot: 'before a power cut' }).close();
    const theirs = await encrypt({ command: 'id' }, PayloadKey.generate().publicJwk);
    const earlier = [await sent(), await sent({ payload: theirs })];
    await connected();
    for (const request of earlier) expect(await resultOf(request)).toMatchObject({ error_code: 'outcome_unknown' });
    expect(tools.calls).toEqual([]);
    expect(await resultOf(await sent())).toMatchObject({ status: 'success' });
  });

  it('says that nothing ran of what was asked of an earlier process that it knows not to have begun it', async () => {
    new Journal(session().paths.stateDir).close();
    const request = await sent({ payload: await encrypt({ command: 'id' }, PayloadKey.generate().publicJwk) });
    await connected();
    expect(await resultOf(request)).toMatchObject({ status: 'rejected', error_code: 'executor_restarted' });
  });

  it('says why when its folder cannot be written', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    const error = { code: 'config_invalid', message: expect.stringContaining(blocked) };
    await expect(begin({ SERVONAUT_STATE_DIR: blocked })).rejects.toMatchObject(error);
  });

  it('leaves no lock when its journal cannot be read', async () => {
    const { stateDir } = session().paths;
    mkdirSync(join(stateDir, 'journal'), { recursive: true });
    await expect(begin()).rejects.toMatchObject({ code: 'config_invalid' });
    expect(readdirSync(stateDir)).not.toContain('lock');
  });

  it('neither runs nor answers an unsealed request, and runs the real one under the same id', async () => {
    await connected();
    const request = aCommandRequest();
    coordinator.publish({ ...request, payload: { command: 'rm -rf /' } });
    await coordinator.send(request);
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
    expect(coordinator.results).toHaveLength(1);
    expect(tools.calls.map((call) => call.payload)).toEqual([expect.objectContaining({ command: 'uptime' })]);
  });

  it('does not let a forgery end a request that runs', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await started(1);
    coordinator.publish(request);
    await waitFor(() => coordinator.acks.length === 1, { what: 'the acknowledgement' });
    tools.release();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
    expect(coordinator.results).toHaveLength(1);
  });

  it('refuses a request that it sees after its start-by deadline', async () => {
    await connected();
    const request = await sent({ created_at: new Date(Date.now() - 60_000).toISOString() });
    expect(await resultOf(request)).toMatchObject({ status: 'rejected', error_code: 'request_expired' });
    expect(tools.calls).toEqual([]);
  });

  it('refuses a timeout that is out of bounds', async () => {
    await connected();
    const request = await sent({ payload: { command: 'uptime', timeout_seconds: 1e9 } });
    expect(await resultOf(request)).toMatchObject({ status: 'rejected', error_code: 'invalid_request' });
  });

  it('stops a request that is cancelled while it runs', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await started(1);
    await sent({ type: 'cancel_request', target_server_id: null, payload: { request_id: request.id } });
    expect(await resultOf(request)).toMatchObject({ error_code: 'request_cancelled' });
  });

  it('does not start a request whose cancel came first', async () => {
    await connected();
    const request = aCommandRequest();
    await sent({ type: 'cancel_request', target_server_id: null, payload: { request_id: request.id } });
    await resultOf(await sent());
    await coordinator.send(request);
    expect(await resultOf(request)).toMatchObject({ status: 'rejected', error_code: 'request_cancelled' });
  });

  it.each(['request_cancelled', 'request_expired', 'request_finished'] as const)(
    'stops a run whose acknowledgement is answered %s, and says that it had begun',
    async (code) => {
      await connected();
      coordinator.faults.set(EXECUTOR_PATHS.ack, () => new ServonautError(code));
      tools.holds = true;
      expect(await resultOf(await sent())).toMatchObject({
        status: 'error',
        error_code: 'request_cancelled',
        error_message: expect.stringContaining('had begun'),
      });
    },
  );

  it('runs so many at once and no more, and refuses what waits beyond its start-by deadline', async () => {
    await connected({ SERVONAUT_MAX_RUNNING: '1' });
    tools.holds = true;
    const first = await sent();
    await started(1);
    const late = await sent({ ttl_seconds: 1 });
    const patient = await sent();
    expect(await resultOf(late)).toMatchObject({ status: 'rejected', error_code: 'request_expired' });
    expect(tools.calls).toHaveLength(1);
    tools.release();
    await Promise.all([resultOf(first), resultOf(patient)]);
  });

  it('offers a result until it is taken', async () => {
    await connected();
    let refusals = 3;
    coordinator.faults.set(EXECUTOR_PATHS.result, () =>
      refusals-- > 0 ? new ServonautError('unavailable') : undefined,
    );
    expect(await resultOf(await sent())).toMatchObject({ status: 'success' });
    expect(events.filter(({ event }) => event === 'result_waiting')).toHaveLength(3);
  });

  it('offers a result again after a restart of its own', async () => {
    await connected();
    coordinator.faults.set(EXECUTOR_PATHS.result, () => new ServonautError('token_revoked'));
    const request = await sent();
    await started(1);
    await waitFor(() => events.some(({ event }) => event === 'request_finished'), { what: 'the end of the request' });
    stop.abort();
    await running;
    coordinator.faults.clear();
    await connected();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
    expect(tools.calls).toHaveLength(1);
  });

  it('offers what an earlier process left only once it is registered, since its token may be another one', async () => {
    await connected();
    coordinator.faults.set(EXECUTOR_PATHS.result, () => new ServonautError('token_revoked'));
    const request = await sent();
    await waitFor(() => events.some(({ event }) => event === 'request_finished'), { what: 'the end of the request' });
    stop.abort();
    await running;
    const before = coordinator.registrations.length;
    const unknown = new ServonautError('request_unknown');
    coordinator.faults.set(EXECUTOR_PATHS.result, () =>
      coordinator.registrations.length > before ? undefined : unknown,
    );
    await connected();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
  });

  it('reconnects by itself after a restart of the coordinator, and delivers what waited', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await started(1);
    await coordinator.stop();
    tools.release();
    await coordinator.start();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
    await waitFor(() => coordinator.subscribers === 1, { what: 'the new subscription' });
    expect(coordinator.registrations.length).toBeGreaterThan(1);
    await resultOf(await sent());
  });

  it('moves to another hub when the coordinator names one', async () => {
    await connected();
    coordinator.hubHost = 'localhost';
    await coordinator.stop();
    await coordinator.start();
    await waitFor(() => coordinator.subscribers === 1, { what: 'the new subscription' });
    expect(await resultOf(await sent())).toMatchObject({ status: 'success' });
    expect(tools.calls).toHaveLength(1);
  });

  it('stays the same executor over restarts', async () => {
    await connected();
    stop.abort();
    await running;
    await connected();
    const [first, last] = [coordinator.registrations[0], coordinator.registrations.at(-1)];
    expect(last?.executor_id).toBe(coordinator.executorId);
    expect(first?.executor_secret).toMatch(/^[\w-]{43}$/);
    expect(last?.executor_secret).toBe(first?.executor_secret);
  });

  it('registers again when the coordinator has forgotten it', async () => {
    coordinator.heartbeatSeconds = 1;
    coordinator.faults.set(EXECUTOR_PATHS.heartbeat, () => new ServonautError('executor_unknown'));
    await connected();
    await waitFor(() => coordinator.registrations.length > 1, { what: 'another registration' });
  });

  it('says in its heartbeats what runs', async () => {
    coordinator.heartbeatSeconds = 1;
    await connected();
    tools.holds = true;
    const request = await sent();
    await waitFor(() => coordinator.heartbeats.some((beat) => beat.running[0] === request.id), {
      what: 'the heartbeat',
    });
  });

  it('sends output while it comes, in order', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await started(1);
    for (const chunk of ['a', 'b', 'c']) tools.calls[0]?.onProgress?.('stdout', chunk);
    await waitFor(() => coordinator.progress.length === 1, { what: 'the first output' });
    tools.calls[0]?.onProgress?.('stderr', 'd');
    await waitFor(() => coordinator.progress.length === 2, { what: 'the second output' });
    const base = { request_id: request.id, executor_id: coordinator.executorId };
    expect(coordinator.progress).toEqual([
      { ...base, sequence: 0, stream: 'stdout', chunk: 'abc' },
      { ...base, sequence: 1, stream: 'stderr', chunk: 'd' },
    ]);
  });

  it('drains: says so at once, takes nothing new, lets what runs end, and goes', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await started(1);
    stop.abort();
    await waitFor(() => coordinator.heartbeats.some(({ state }) => state === 'draining'), { what: 'draining' });
    expect(await resultOf(await sent())).toMatchObject({ status: 'rejected', error_code: 'executor_draining' });
    tools.release();
    await running;
    expect(coordinator.resultOf(request.id)).toMatchObject({ status: 'success' });
    expect(coordinator.heartbeats.at(-1)).toMatchObject({ state: 'offline', running: [] });
    expect(coordinator.subscribers).toBe(0);
  });

  it('stops what has not ended when the grace time is over', async () => {
    await connected({ SERVONAUT_GRACE_SECONDS: '0' });
    tools.holds = true;
    const request = await sent();
    await started(1);
    stop.abort();
    await running;
    expect(coordinator.resultOf(request.id)).toMatchObject({ error_code: 'executor_draining' });
  });

  it('can be stopped while there is no coordinator', async () => {
    await coordinator.stop();
    void begin();
    await waitFor(() => events.some(({ event }) => event === 'waiting'), { what: 'a failed try' });
    stop.abort();
    await running;
    await coordinator.start();
  });

  it('ends when its token has been revoked', async () => {
    coordinator.faults.set(EXECUTOR_PATHS.register, () => new ServonautError('token_revoked'));
    await expect(begin()).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('ends when its token is revoked while it is connected', async () => {
    coordinator.heartbeatSeconds = 1;
    await connected();
    coordinator.faults.set(EXECUTOR_PATHS.heartbeat, () => new ServonautError('token_revoked'));
    await expect(running).rejects.toMatchObject({ code: 'token_revoked' });
  });

  it('ends when an admin disconnects it: what runs ends, and its result is taken', async () => {
    await connected();
    tools.holds = true;
    const request = await sent();
    await waitFor(() => tools.calls.length === 1, { what: 'the call' });
    const word = aCommandRequest({ type: 'disconnect_executor', target_server_id: null, payload: {} });
    await coordinator.send(word);
    await waitFor(() => coordinator.subscribers === 0, { what: 'the end of the stream' });
    tools.release();
    await expect(running).rejects.toMatchObject({ code: 'executor_disconnected' });
    expect(coordinator.resultOf(request.id)).toMatchObject({ status: 'success' });
    expect(coordinator.registrations).toHaveLength(1);
  });

  it('ends when it hears only by its next heartbeat, or as it comes back, that an admin has disconnected it', async () => {
    coordinator.heartbeatSeconds = 1;
    await connected();
    coordinator.faults.set(EXECUTOR_PATHS.heartbeat, () => new ServonautError('executor_disconnected'));
    await expect(running).rejects.toMatchObject({ code: 'executor_disconnected' });
    coordinator.faults.clear();
    coordinator.faults.set(EXECUTOR_PATHS.register, () => new ServonautError('executor_disconnected'));
    await expect(begin()).rejects.toMatchObject({ code: 'executor_disconnected' });
  });

  it('heeds nobody but the coordinator who says that it is disconnected', async () => {
    await connected();
    coordinator.publish(aCommandRequest({ type: 'disconnect_executor', target_server_id: null, payload: {} }));
    const request = await sent();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
  });

  it('ends when the coordinator shows another key than the pinned one', async () => {
    coordinator.sealKey = await makeSealKey();
    const nextStep = /run "servonaut login --profile test"/;
    await expect(begin()).rejects.toMatchObject({ code: 'coordinator_key_changed', nextStep });
  });

  it.each([401, 403])('tries again, and says why, while something between answers %i', async (status) => {
    coordinator.heartbeatSeconds = 1;
    coordinator.faults.set(EXECUTOR_PATHS.register, () => status);
    void begin();
    const saying = (event: string) =>
      waitFor(
        () => events.some((one) => one.event === event && JSON.stringify(one).includes(`answered HTTP ${status}`)),
        {
          what: `the ${event}`,
        },
      );
    await saying('waiting');
    coordinator.faults.delete(EXECUTOR_PATHS.register);
    await waitFor(() => coordinator.subscribers === 1, { what: 'the subscription' });
    coordinator.faults.set(EXECUTOR_PATHS.heartbeat, () => status);
    coordinator.faults.set(EXECUTOR_PATHS.result, () => status);
    const request = await sent();
    await saying('warning');
    await saying('result_waiting');
    coordinator.faults.clear();
    expect(await resultOf(request)).toMatchObject({ status: 'success' });
  });

  it('is refused to a second executor of the same profile', async () => {
    await connected();
    const first = [running, stop] as const;
    let isBegun = false;
    const beside = () => {
      isBegun = true;
      return Promise.resolve(() => undefined);
    };
    await expect(begin({}, { beside })).rejects.toMatchObject({ code: 'already_running' });
    expect(isBegun).toBe(false);
    [running, stop] = first;
  });

  it('has what it begins besides only once it is the only executor, and ends it with itself', async () => {
    const steps: string[] = [];
    const beside = () => {
      steps.push('begun');
      return Promise.resolve(() => void steps.push('ended'));
    };
    void begin({}, { beside });
    await waitFor(() => coordinator.subscribers === 1, { what: 'the subscription' });
    expect(steps).toEqual(['begun']);
    stop.abort();
    await running;
    expect(steps).toEqual(['begun', 'ended']);
  });

  it('tells nobody the token or the arguments', async () => {
    await connected();
    await resultOf(await sent({ payload: { command: 'echo hunter2' } }));
    const told = JSON.stringify(events);
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain(coordinator.token);
  });

  describe('of somebody who signed in', () => {
    const store = () => new FileTokenStore(session().paths);

    /** @param age seconds since the token was issued, of 600 that it lives */
    const signIn = async (age: number): Promise<void> => {
      const sign_in = { session: randomUUID(), tokens_in: 'file' } as const;
      const { url, token, sealKey } = coordinator;
      const who = { user_id: '42', user_name: 'ada', label: 'test', logged_in_at: new Date().toISOString() };
      await saveCredentials(session().paths, { url, sign_in, ...who, pinned_keys: [sealKey.jwk] });
      const issued_at = Date.now() - age * 1_000;
      const instants = { issued_at, expires_at: issued_at + 600_000 };
      await store().save({ session: sign_in.session, access_token: token, refresh_token: 'refresh-0', ...instants });
    };

    it('stays connected while its token is renewed', async () => {
      await signIn(500);
      await connected();
      await waitFor(() => coordinator.refreshes === 1, { what: 'a renewal' });
      expect(await resultOf(await sent())).toMatchObject({ status: 'success' });
      expect([coordinator.refreshes, coordinator.subscribers]).toEqual([1, 1]);
      expect(await store().load()).toMatchObject({ access_token: coordinator.token, refresh_token: 'refresh-1' });
    });

    it('ends when the coordinator goes by another address now, and says how to log in there', async () => {
      await signIn(600);
      coordinator.issuer = 'https://new.example:8443';
      await expect(begin()).rejects.toMatchObject({
        code: 'signed_out',
        message: expect.stringContaining('https://new.example:8443'),
        nextStep: expect.stringContaining('run "servonaut login --url https://new.example:8443 --profile test"'),
      });
    });

    it('warns while this machine keeps its tokens from being renewed, and goes on', async () => {
      await signIn(500);
      const lock = join(session().paths.configDir, 'session.lock');
      writeFileSync(lock, '');
      await connected();
      const warning = (): boolean => events.some((one) => one.event === 'warning' && one.message.includes(lock));
      await waitFor(warning, { what: 'the warning' });
      expect(await resultOf(await sent())).toMatchObject({ status: 'success' });
      expect(coordinator.refreshes).toBe(0);
    });

    it('lets what runs end and keeps its result when it is signed out', async () => {
      await signIn(0);
      coordinator.heartbeatSeconds = 1;
      tools.holds = true;
      await connected();
      const request = await sent();
      await started(1);
      Object.assign(coordinator, { signedIn: false, token: 'another' });
      await waitFor(() => events.some(({ event }) => event === 'draining'), { what: 'the end' });
      tools.release();
      await expect(running).rejects.toMatchObject({ code: 'signed_out', nextStep: LOGIN_AGAIN });
      const journal = new Journal(session().paths.stateDir);
      expect(journal.undelivered()).toMatchObject([{ requestId: request.id }]);
      journal.close();
    });
  });
});

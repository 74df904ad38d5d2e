import { once } from 'node:events';
import { chmod, mkdir, stat, symlink } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { answerByHash } from '../services/approve-service.ts';
import { RelayActivity } from '../relay/relay-activity.ts';
import { ApprovalDesk } from './approval-desk.ts';
import type { Approval, ApprovalQuestion } from './approver.ts';
import { DeskClient } from './desk-client.ts';
import { deskPath } from './desk-path.ts';
import { DeskServer } from './desk-server.ts';

const QUESTION: ApprovalQuestion = {
  principal: { kind: 'credential', id: 'c_1', label: 'ci-bot' },
  tool: 'run_command',
  server: 'web-1',
  machine: 'm1',
  input: { command: 'echo "a\u2028"\nreboot' },
  decision: { decision: 'ask', class: 'privileged', rule: 'level', message: 'm', commands: [], policyVersion: 'v1' },
};

const activity = new RelayActivity(() => 5);
const IDLE = () => activity.current;

let stateDir: string;
let desk: ApprovalDesk;
let pauses: number;
const ends: (() => void)[] = [];
beforeEach(async () => {
  stateDir = join(await temporaryFolder(), 'state');
  pauses = 0;
  desk = new ApprovalDesk({
    terms: () => ({ expireMs: 60_000, rememberMs: 60_000, mostWaiting: 20 }),
    pause: { pause: async () => void (pauses += 1), onChange: () => undefined },
  });
});
afterEach(() => ends.splice(0).forEach((end) => end()));

async function served(dir = stateDir): Promise<string> {
  const server = await DeskServer.listen(desk, deskPath(dir), IDLE);
  ends.push(() => server.close());
  return deskPath(dir);
}

async function opened(path: string): Promise<DeskClient> {
  const client = await DeskClient.open(path);
  ends.push(() => client.close());
  return client;
}

async function attended(path: string): Promise<DeskClient> {
  const client = await opened(path);
  client.attend();
  await waitFor(() => desk.isAttended, { what: 'somebody to look' });
  return client;
}

function ask(input = QUESTION.input): Promise<Approval> {
  const signal = new AbortController().signal;
  const answer = desk.approve({ ...QUESTION, input }, { requestId: 'r', signal, onWaiting: () => undefined });
  answer.catch(() => undefined);
  return answer;
}

const shown = (client: DeskClient) => waitFor(() => client.waiting[0], { what: 'a question', everyMs: 1 });

describe('a desk in another terminal', () => {
  it('shows what waits, and its answer counts', async () => {
    const client = await attended(await served());
    const answer = ask();
    const asked = await shown(client);
    expect(asked).toEqual(desk.waiting[0]);
    await client.answer(asked.hash, 'once');
    expect(await answer).toEqual({ by: 'approve', hash: asked.hash });
    await waitFor(() => client.waiting.length === 0, { what: 'nothing to wait' });
  });

  it('says that an answer came too late, and that the executor is paused when it was asked to be', async () => {
    const client = await attended(await served());
    const answer = ask();
    const { hash } = await shown(client);
    await client.answer(hash, 'pause');
    await expect(answer).rejects.toMatchObject({ code: 'approval_declined' });
    expect(pauses).toBe(1);
    await expect(client.answer(hash, 'once')).rejects.toMatchObject({ code: 'approval_stale' });
  });

  it('is somebody who looks only as long as it is open, and only if it stays', async () => {
    const path = await served();
    await opened(path);
    await expect(ask()).rejects.toMatchObject({ code: 'approval_unavailable' });
    const client = await attended(path);
    client.close();
    await waitFor(() => !desk.isAttended, { what: 'nobody to look' });
  });

  it('answers by the beginning of a hash', async () => {
    const client = await attended(await served());
    const answer = ask();
    const { hash } = await shown(client);
    await expect(answerByHash(client, hash.slice(0, 7), 'once')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(answerByHash(client, `_${hash}`, 'once')).rejects.toMatchObject({ code: 'approval_stale' });
    expect(pauses).toBe(0);
    await expect(answerByHash(client, `_${hash}`, 'pause')).rejects.toMatchObject({ code: 'approval_stale' });
    expect(pauses).toBe(1);
    await expect(answerByHash(client, hash.slice(0, 42), 'once')).rejects.toMatchObject({ code: 'invalid_request' });
    await answerByHash(client, hash.slice(0, 8), 'deny');
    await expect(answer).rejects.toMatchObject({ code: 'approval_declined' });
  });

  it('learns that connect has ended', async () => {
    const server = await DeskServer.listen(desk, deskPath(stateDir), IDLE);
    const client = await opened(deskPath(stateDir));
    server.close();
    await client.closed;
    await expect(client.answer('h', 'once')).rejects.toMatchObject({ code: 'executor_offline' });
  });

  it('finds out where no connect runs', async () => {
    await expect(DeskClient.open(deskPath(stateDir))).rejects.toMatchObject({ code: 'executor_offline' });
  });
});

it('holds what waits for one that does not read once, and not everything that ever waited', async () => {
  const path = await served();
  const [client, stopped] = [await attended(path), connectSocket(path)];
  ends.push(() => stopped.destroy());
  await once(stopped, 'connect');
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1) {
    const answer = ask({ command: `${round} ${'x'.repeat(100_000)}` });
    await client.answer((await shown(client)).hash, 'deny');
    await expect(answer).rejects.toMatchObject({ code: 'approval_declined' });
    await waitFor(() => client.waiting.length === 0, { what: 'nothing to wait', everyMs: 1 });
  }
  const last = ask({ command: 'last' });
  const { hash } = await shown(client);
  const messages: string[] = [];
  createInterface({ input: stopped }).on('line', (line) => messages.push(line));
  await waitFor(() => messages.at(-1)?.includes(hash), { what: 'what waits now' });
  expect(messages.length).toBeLessThan(rounds / 2);
  await client.answer(hash, 'once');
  await last;
});

describe('its socket', () => {
  it('is for its owner alone', async () => {
    const path = await served();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it('takes the place of one that a killed process left behind, and not of one that is answered', async () => {
    const path = await served();
    await expect(DeskServer.listen(desk, path, IDLE)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await attended(path);
  });

  it('is in a folder of the system where the path would be too long', async () => {
    const path = await served(join(stateDir, 'x'.repeat(120)));
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    await attended(path);
  });

  it('is neither made nor used in a folder that others may write to', async () => {
    await mkdir(stateDir, { recursive: true });
    await chmod(stateDir, 0o770);
    await expect(DeskServer.listen(desk, deskPath(stateDir), IDLE)).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(DeskClient.open(deskPath(stateDir))).rejects.toMatchObject({ code: 'config_invalid' });
    await symlink(await temporaryFolder(), `${stateDir}-link`);
    await expect(DeskClient.open(deskPath(`${stateDir}-link`))).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('drops whoever says what it does not understand, and serves the others', async () => {
    const path = await served();
    const client = await attended(path);
    const stranger = connectSocket(path).resume();
    ends.push(() => stranger.destroy());
    const gone = new Promise((resolve) => stranger.once('close', resolve));
    stranger.write('{"type":"answer","hash":"h","answer":"yes"}\n');
    await gone;
    const answer = ask();
    await client.answer((await shown(client)).hash, 'once');
    await answer;
  });
});

it('tells another process what goes on', async () => {
  const client = await opened(await served());
  const request = { requestId: 'r', tool: 'get_logs', server: null };
  activity.take({ event: 'request_started', request: { ...request, principal: undefined } });
  expect(await client.look()).toEqual({
    connection: 'connecting',
    since: 5,
    running: [{ request, since: 5 }],
    asking: [],
    ended: { success: 0, error: 0, timeout: 0, rejected: 0 },
  });
});

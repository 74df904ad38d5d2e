import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import type { ApprovalAnswer } from '../approval/shown-approval.ts';
import type { ToolCall } from '../relay/tool-runner.ts';
import { OperatorMachine } from './testing/operator-machine.ts';

const POLICY = `
version: 1
level: readonly
approvals: { expire_minutes: 10, remember_minutes: 10, most_waiting: 20 }
`;
const REMOVE = 'rm -r /srv/cache';

let machine: OperatorMachine;
beforeEach(async () => {
  machine = await OperatorMachine.with(POLICY);
  machine.desk.attend();
});
afterEach(() => machine.close());

/** Asks, and waits until the operator sees it. */
async function asking(asked: Partial<ToolCall> = {}) {
  const result = machine.call(asked);
  const [shown] = await waitFor(() => machine.desk.waiting.length > 0 && machine.desk.waiting, { what: 'a question' });
  return { result, hash: shown?.hash ?? '' };
}

async function answered(answer: ApprovalAnswer, asked: Partial<ToolCall> = {}) {
  const { result, hash } = await asking(asked);
  await machine.desk.answer(hash, answer);
  return { hash, result: await result };
}

/** It is asked about anew, and with nobody's yes nothing of it runs. */
async function isAskedAnew(asked: Partial<ToolCall> = {}): Promise<void> {
  const before = machine.ran;
  const { result } = await answered('deny', asked);
  expect([result.error_code, machine.ran]).toEqual(['approval_declined', before]);
}

describe('an approved call', () => {
  it('runs as it was shown, and is recorded with the answer', async () => {
    const { hash, result } = await answered('once');
    expect(result).toMatchObject({ status: 'success', policy: { class: 'mutating', rule: 'level' } });
    expect(machine.ran).toEqual([`web-1: ${REMOVE}`]);
    expect(machine.audit.events).toMatchObject([
      { kind: 'call.asked' },
      { kind: 'call.decided', data: { approval: { by: 'terminal', hash, is_approved: true }, refused: null } },
    ]);
  });

  it('is refused on its second use', async () => {
    const { hash } = await answered('once');
    await expect(machine.desk.answer(hash, 'once')).rejects.toMatchObject({ code: 'approval_stale' });
    await isAskedAnew();
  });

  it('is refused with altered arguments', async () => {
    await answered('remember');
    await isAskedAnew({ payload: { command: `${REMOVE}2` } });
    await isAskedAnew({ payload: { command: REMOVE, sudo: true } });
    await isAskedAnew({ payload: { command: REMOVE, cwd: '/' } });
  });

  it('is refused on another server', async () => {
    await answered('remember');
    await isAskedAnew({ server: 'db-1' });
  });

  it('is refused to another principal, whatever its label', async () => {
    await answered('remember');
    await isAskedAnew({ principal: { kind: 'credential', id: 'c_2', label: 'ci-bot' } });
    await isAskedAnew({ principal: { kind: 'user', id: 'c_1', label: 'ci-bot' } });
  });

  it('is refused when its answer comes late', async () => {
    const stop = new AbortController();
    const { result, hash } = await asking({ signal: stop.signal });
    stop.abort(new Error('The coordinator waits no longer.'));
    expect((await result).status).toBe('rejected');
    await expect(machine.desk.answer(hash, 'once')).rejects.toMatchObject({ code: 'approval_stale' });
    expect(machine.ran).toEqual([]);
  });

  it('is refused when the policy has changed between the question and the answer, though it asks as before', async () => {
    const { result, hash } = await asking();
    machine.writePolicy(`${POLICY}commands: { deploy: mutating }\n`);
    await machine.desk.answer(hash, 'once');
    expect(await result).toMatchObject({ status: 'rejected', error_code: 'approval_stale' });
    expect(machine.ran).toEqual([]);
  });

  it('is refused when the policy has come to deny it between the question and the answer', async () => {
    const { result, hash } = await asking();
    machine.writePolicy(`${POLICY}rules: [{ name: no, decision: deny, classes: [mutating] }]\n`);
    await machine.desk.answer(hash, 'once');
    expect(await result).toMatchObject({ status: 'rejected', error_code: 'policy_denied', rule: 'no' });
    expect(machine.ran).toEqual([]);
  });

  it('is refused when the policy has been broken between the question and the answer', async () => {
    const { result, hash } = await asking();
    machine.writePolicy('version: 1\nlevel: dangerous\nrulez: []\n');
    await machine.desk.answer(hash, 'once');
    expect(await result).toMatchObject({ status: 'rejected', error_code: 'policy_denied', rule: 'policy.yaml' });
    expect(machine.ran).toEqual([]);
  });

  it('is asked about anew when the policy has changed, however long it was approved for', async () => {
    await answered('remember');
    expect(await machine.call()).toMatchObject({ status: 'success' });
    machine.writePolicy(`${POLICY}commands: { deploy: mutating }\n`);
    await isAskedAnew();
  });

  it('is refused when its server is another one by the time of the answer', async () => {
    const { result, hash } = await asking();
    machine.relabel({ role: 'db' });
    await machine.desk.answer(hash, 'once');
    expect(await result).toMatchObject({ status: 'rejected', error_code: 'approval_stale' });
    expect(machine.ran).toEqual([]);
  });

  it('is asked about anew after a pause, however long it was approved for', async () => {
    await answered('remember');
    await machine.pause.pause();
    await machine.pause.resume();
    await isAskedAnew();
  });
});

it('is refused when nobody is there to be asked, by another code than a no', async () => {
  const alone = await OperatorMachine.with(POLICY);
  expect(await alone.call()).toMatchObject({ status: 'rejected', error_code: 'approval_unavailable' });
  expect(alone.ran).toEqual([]);
  alone.close();
});

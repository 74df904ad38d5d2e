import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { RelayActivity } from '../relay/relay-activity.ts';
import { ApprovalDesk } from './approval-desk.ts';
import type { Approval, ApprovalQuestion } from './approver.ts';
import { deskPath, deskPaths, ownDeskPath } from './desk-path.ts';
import { DeskServer } from './desk-server.ts';
import { Desks } from './desks.ts';

const question = (id: string): ApprovalQuestion => ({
  principal: { kind: 'local-agent', id, label: 'an agent' },
  tool: 'run_command',
  server: 'web-1',
  machine: 'm1',
  input: { command: 'reboot' },
  decision: { decision: 'ask', class: 'privileged', rule: 'level', message: 'm', commands: [], policyVersion: 'v1' },
});

const IDLE = () => new RelayActivity().current;

describe('the desks of a profile', () => {
  let stateDir: string;
  const ends: (() => void)[] = [];
  beforeEach(async () => {
    stateDir = await temporaryFolder();
  });
  afterEach(() => ends.splice(0).forEach((end) => end()));

  async function aDesk(path: string): Promise<ApprovalDesk> {
    const pause = { pause: async () => undefined, onChange: () => undefined };
    const terms = () => ({ expireMs: 60_000, rememberMs: 60_000, mostWaiting: 20 });
    const desk = new ApprovalDesk({ terms, pause });
    const server = await DeskServer.listen(desk, path, IDLE);
    ends.push(() => server.close());
    return desk;
  }

  async function opened(): Promise<Desks> {
    const desks = await Desks.open(stateDir);
    ends.push(() => desks.close());
    return desks;
  }

  const ask = (desk: ApprovalDesk, id: string): Promise<Approval> =>
    desk.approve(question(id), {
      requestId: id,
      signal: new AbortController().signal,
      onWaiting: () => undefined,
    });

  it('are attended to and answered as one, also those that come later', async () => {
    const connect = await aDesk(deskPath(stateDir));
    const desks = await opened();
    desks.attend();
    await waitFor(() => connect.isAttended, { what: 'somebody to look' });
    const served = await aDesk(ownDeskPath(stateDir));
    await waitFor(() => served.isAttended, { what: 'somebody to look at the other' });
    const answers = Promise.all([ask(connect, 'one'), ask(served, 'two')]);
    await waitFor(() => desks.waiting.length === 2, { what: 'both questions' });
    for (const { hash } of desks.waiting) await desks.answer(hash, 'once');
    expect((await answers).map(({ by }) => by)).toEqual(['approve', 'approve']);
    await expect(desks.answer('0'.repeat(43), 'once')).rejects.toMatchObject({ code: 'approval_stale' });
  });

  it('forget those of processes that were killed', async () => {
    const left = join(stateDir, 'approvals-1-1.sock');
    writeFileSync(left, '');
    expect(deskPaths(stateDir)).toEqual([deskPath(stateDir)]);
    expect(existsSync(left)).toBe(false);
    await expect(Desks.open(stateDir)).rejects.toMatchObject({ code: 'executor_offline' });
  });
});

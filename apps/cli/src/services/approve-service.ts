import { ServonautError } from '@servonaut/contracts';
import type { ApprovalDesk } from '../approval/approval-desk.ts';
import { deskPath } from '../approval/desk-path.ts';
import { DeskServer } from '../approval/desk-server.ts';
import { Desks } from '../approval/desks.ts';
import type { ApprovalAnswer, ApprovalCounter, ShownApproval } from '../approval/shown-approval.ts';
import type { Activity } from '../relay/relay-activity.ts';
import type { Session } from '../session/session.ts';

/** Fewest characters of a hash that name a question that is denied. Two calls whose hashes begin alike are soon made: one to be looked at, one to be approved. */
const SHORTEST_HASH = 8;
const WHOLE_HASH = 43;

/** Lets `servonaut approve` in other terminals answer, and `servonaut status` tell what goes on; without that, only the terminal of `connect` can. @returns ends it */
export async function serveDesk(
  { paths }: Session,
  desk: ApprovalDesk,
  activity: () => Activity,
  warn: (message: string) => void,
  path = deskPath(paths.stateDir),
): Promise<() => void> {
  try {
    const server = await DeskServer.listen(desk, path, activity);
    return () => server.close();
  } catch (error) {
    warn(`"servonaut approve" cannot answer for this process: ${(error as Error).message}`);
    return () => undefined;
  }
}

/** @throws ServonautError `executor_offline` when no process of this profile runs that asks */
export function openDesks({ paths }: Session): Promise<Desks> {
  return Desks.open(paths.stateDir);
}

/**
 * Answers the one question whose hash begins so; to approve takes all of it.
 * @throws ServonautError `invalid_request` for a start that is too short or fits several, `approval_stale` when nothing waits that it fits
 */
export async function answerByHash(
  counter: Pick<ApprovalCounter, 'waiting' | 'answer'>,
  start: string,
  answer: ApprovalAnswer,
): Promise<ShownApproval> {
  const found = counter.waiting.filter(({ hash }) => hash.startsWith(start));
  const isRefusal = answer === 'deny' || answer === 'pause';
  if (start.length < (isRefusal ? SHORTEST_HASH : WHOLE_HASH) || found.length > 1) {
    throw new ServonautError('invalid_request', {
      message: `"${start}" does not name one question.`,
      nextStep: `Give its hash as --list shows it: all of it to approve, at least ${SHORTEST_HASH} characters otherwise.`,
    });
  }
  const [asked] = found;
  if (!asked) {
    // Whoever wants everything stopped need not have seen the latest question.
    if (answer === 'pause') await counter.answer(start, answer);
    throw new ServonautError('approval_stale', {
      message: `Nothing waits whose hash begins with "${start}"${answer === 'pause' ? '; the executor is paused' : ''}.`,
      nextStep: 'Look at what waits with --list.',
    });
  }
  await counter.answer(asked.hash, answer);
  return asked;
}

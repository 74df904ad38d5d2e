import { summarizeJournal } from '../../journal/journal-summary.ts';
import { lockHolder } from '../../journal/profile-lock.ts';
import { ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const MINUTE_MS = 60_000;
/** Results that wait no longer than this are on their way, in milliseconds. */
const ON_THEIR_WAY_MS = MINUTE_MS;

function age(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / MINUTE_MS);
  if (minutes < 1) return 'less than a minute';
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

function waiting(oldestMs: number, count: number, isRunning: boolean): Seen {
  const what = `${count} result(s) wait for the coordinator, the oldest for ${age(oldestMs)}.`;
  if (!isRunning) return warning(what, 'Start "servonaut connect": it offers them until result_retry_hours are over.');
  if (oldestMs < ON_THEIR_WAY_MS) return ok(what);
  return warning(what, 'See what is said of the coordinator and the login, and what "connect" says.');
}

/** What the last executor of the profile has left behind, or the one that runs has to do. */
export async function journalCheck({ session }: Patient, now: number = Date.now()): Promise<Seen[]> {
  const { stateDir } = session.paths;
  const journal = summarizeJournal(stateDir);
  const isRunning = lockHolder(stateDir) !== null;
  const { undelivered, started, damaged } = journal;
  const seen: Seen[] = [];
  if (undelivered.length > 0) {
    const oldest = Math.min(...undelivered.map(({ at }) => at));
    seen.push(waiting(Math.max(0, now - oldest), undelivered.length, isRunning));
  }
  // While an executor writes, the last line may be half there, and what has started runs.
  if (!isRunning && started > 0) {
    const what = `${started} request(s) ran when the executor ended.`;
    seen.push(warning(what, 'Start "servonaut connect": it reports them as unknown, and runs none again.'));
  }
  if (!isRunning && damaged > 0) {
    const what = `${damaged} record(s) cannot be read: cut off by a kill, or damaged.`;
    seen.push(warning(what, 'Nothing, if the machine was switched off; otherwise check its disk. "connect" goes on.'));
  }
  return seen.length > 0 ? seen : [ok('No result waits.')];
}

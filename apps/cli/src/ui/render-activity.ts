import type { Activity } from '../relay/relay-activity.ts';
import { plainText } from './plain-text.ts';

/** How a row is to be seen; without colour the words say the same. */
export type Tone = 'good' | 'bad' | 'urgent' | 'quiet' | 'plain';

export interface Row {
  readonly tone: Tone;
  readonly text: string;
  /** Stands at the right end of the row, and is never cut. */
  readonly right?: string;
}

const CONNECTIONS: Readonly<Record<Activity['connection'], readonly [Tone, string]>> = {
  connecting: ['plain', 'connecting'],
  connected: ['good', 'connected'],
  waiting: ['bad', 'NOT CONNECTED'],
  draining: ['urgent', 'STOPPING'],
};

/** `connected since 10:00:00` */
export function connectionRow({ connection, since }: Activity): Row {
  const [tone, word] = CONNECTIONS[connection];
  return { tone, text: `${word} since ${new Date(since).toTimeString().slice(0, 8)}` };
}

/** `2 running, 1 waiting for you · 14 succeeded, 1 failed, 0 timed out, 0 rejected` */
export function countsText({ running, asking, ended }: Activity): string {
  const now = [`${running.length} running`, ...(asking.length > 0 ? [`${asking.length} waiting for you`] : [])];
  const done = `${ended.success} succeeded, ${ended.error} failed, ${ended.timeout} timed out, ${ended.rejected} rejected`;
  return `${now.join(', ')} · ${done}`;
}

/**
 * Those that wait for the operator first; then those that run, the longest first.
 * @param most rows; how many more there are is said in one
 */
export function requestRows({ running, asking }: Activity, now: number, most: number): Row[] {
  const rows: Row[] = [
    ...asking.map(({ request, until }): Row => {
      const right = `${duration(Math.max(0, until - now))} left`;
      return { tone: 'urgent', text: `WAITS  ${requestText(request)}`, right };
    }),
    ...running.map(({ request, since }): Row => {
      return { tone: 'plain', text: `RUNS   ${requestText(request)}`, right: duration(now - since) };
    }),
  ];
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most), { tone: 'quiet', text: `and ${rows.length - most} more` }];
}

type AskedRequest = Omit<Activity['running'][number]['request'], 'requestId'>;

/** `run_command on web-1 for ci-bot` */
export function requestText({ tool, server, principal }: AskedRequest): string {
  const where = server === null ? '' : ` on ${server}`;
  const who = principal === undefined ? '' : ` for ${plainText(principal)}`;
  return `${tool}${where}${who}`;
}

/** `12 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

import { waitFor } from '@servonaut/testkit';
import { readFileSync } from 'node:fs';
import type { AgentAnswer } from '../agent.ts';
import type { Asked, Load } from './load.ts';

export interface Verdict {
  /** How many requests ended how, by `get_request`, and with which code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Marks that are in the file more than once. */
  readonly twice: readonly string[];
  /** Results that were journalled, or told to the agent, and of which the coordinator says something else in the end. */
  readonly lost: readonly string[];
  /** Requests of which something is said that is not so. */
  readonly untrue: readonly string[];
}

/** What is said in the end of everything that was asked, beside what the server has seen. */
export async function judge(load: Load, trace: string, journalled: ReadonlySet<string>): Promise<Verdict> {
  const ends = await Promise.all(load.asked.map((asked) => endOf(load, asked)));
  const marks = readFileSync(trace, 'utf8').split('\n').filter(Boolean);
  const times = Map.groupBy(marks, (mark) => mark);
  const told = new Set(load.asked.filter(succeeded).map(({ mark }) => mark));
  const has = ({ mark, requestId }: End): boolean => told.has(mark) || journalled.has(requestId ?? '');
  const outcomes: Record<string, number> = {};
  for (const end of ends) outcomes[outcomeOf(end)] = (outcomes[outcomeOf(end)] ?? 0) + 1;
  return {
    outcomes,
    twice: [...times].filter(([, seen]) => seen.length > 1).map(([mark]) => mark),
    lost: ends.filter((end) => has(end) && end.status !== 'succeeded').map(shown),
    untrue: ends.filter((end) => !isTrue(end, times.get(end.mark)?.length ?? 0)).map(shown),
  };
}

const succeeded = ({ answer }: Asked): boolean => answer.result.status === 'succeeded';

interface End {
  readonly mark: string;
  readonly requestId: string | null;
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

const outcomeOf = ({ status, code }: End): string => (code === '' ? status : `${status} (${code})`);
const shown = ({ mark, requestId, status, message }: End): string => `${mark} ${requestId} ${status}: ${message}`;

async function endOf(load: Load, { mark, requestId, answer }: Asked): Promise<End> {
  if (requestId === null) return { mark, requestId, ...said(answer) };
  const last = await waitFor(
    async () => {
      const found = await load.look(requestId);
      return found.result.status !== 'pending' && found;
    },
    { what: `the end of ${mark} (${requestId})`, timeoutMs: 30_000, everyMs: 200 },
  );
  return { mark, requestId, ...said(last) };
}

function said({ result }: AgentAnswer): Pick<End, 'status' | 'code' | 'message'> {
  return { status: result.status, code: result.error?.code ?? '', message: result.error?.message ?? '' };
}

/** `unknown` may be either, if it says what is known. */
function isTrue({ status, message }: End, times: number): boolean {
  if (status === 'succeeded') return times === 1;
  if (status === 'unknown') return /run_command ran on web-1; it had begun at \d{4}-.* not run again/.test(message);
  return (status === 'not_delivered' || status === 'rejected') && times === 0;
}

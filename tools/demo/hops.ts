import type { RequestInstants } from '@servonaut/contracts';

/** When an agent's call was where: what the coordinator tells, and what the agent knows itself. */
export interface CallInstants extends RequestInstants {
  readonly sent: number;
  readonly back: number;
}

/** Width of a bar that stands for the whole, in characters. */
const BAR = 30;

/** Where the time of a call went, a line a hop. All clocks are this machine's. `server` is null for a tool that acts on the executor itself. */
export function hopLines(instants: CallInstants, server: string | null): string[] {
  const run = server === null ? 'executor: the tool itself' : `executor → ${server} → executor`;
  const hops: readonly (readonly [hop: string, from: keyof CallInstants, to: keyof CallInstants])[] = [
    ['agent → coordinator', 'sent', 'taken'],
    ['coordinator → hub', 'taken', 'published'],
    ['hub → executor', 'published', 'received'],
    ['executor: verify, decrypt, journal', 'received', 'started'],
    [run, 'started', 'ended'],
    ['executor → coordinator', 'ended', 'answered'],
    ['coordinator → agent', 'answered', 'back'],
    ['in all', 'sent', 'back'],
  ];
  const width = Math.max(...hops.map(([hop]) => hop.length));
  const all = instants.back - instants.sent;
  return hops.map(([hop, from, to]) => {
    const spent = instants[to] - instants[from];
    return `${hop.padEnd(width)} ${spent.toFixed(1).padStart(7)} ms ${'▪'.repeat(Math.round((BAR * spent) / all))}`.trimEnd();
  });
}

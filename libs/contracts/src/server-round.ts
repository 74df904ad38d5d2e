import { ServonautError } from './servonaut-error.ts';

/** Most servers of one call that can be worked at at the same time. */
export const MOST_AT_ONCE = 128;

/** How a call goes through its servers. */
export interface ServerPace {
  readonly atOnce: number;
  /** Whether it is begun on no other once it has not succeeded on one. */
  readonly stopsOnError: boolean;
}

/** To stop at the first that fails there has to be something left to stop, so it is one at a time then, unless it is said otherwise. */
export function serverPace(maxParallel: number | undefined, stopsOnError = false): ServerPace {
  return { atOnce: maxParallel ?? (stopsOnError ? 1 : MOST_AT_ONCE), stopsOnError };
}

/** What is done at each server. */
export interface ServerRound<End> {
  readonly work: (server: string) => Promise<End>;
  /** Whether no further one is to be begun after such an end. */
  readonly isLast: (end: End) => boolean;
  /** The end of one that was not begun, as `why` says. */
  readonly notBegun: (server: string, why: ServonautError) => End;
}

/** Works at all servers, so many at once, and answers in their order. What `work` throws ends it, so that it had better not. */
export async function inTurn<End>(
  servers: readonly string[],
  atOnce: number,
  { work, isLast, notBegun }: ServerRound<End>,
): Promise<End[]> {
  const ends = new Map<string, End>();
  const left = servers.values();
  let why: ServonautError | undefined;
  const worker = async (): Promise<void> => {
    for (const server of left) {
      const end = why ? notBegun(server, why) : await work(server);
      ends.set(server, end);
      if (!why && isLast(end)) why = endedAfter(server);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, servers.length) }, worker));
  return servers.flatMap((server) => ends.get(server) ?? []);
}

function endedAfter(server: string): ServonautError {
  return new ServonautError('request_cancelled', {
    message: `Not begun: the call went no further after ${server}.`,
    nextStep: `See what became of ${server}, then call again for those that were not begun.`,
    facts: { not_begun: true, after: server },
  });
}

import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';

/** Most servers of one call that an agent may ask to be worked at at the same time. */
export const MOST_AT_ONCE = 128;

const paceSchema = z.object({
  max_parallel: z.int().min(1).max(MOST_AT_ONCE).optional(),
  stop_on_error: z.boolean().default(false),
});

/** How a call goes through its servers. */
export interface CallPace {
  readonly atOnce: number;
  readonly stopsOnError: boolean;
}

/**
 * As the arguments ask for it. To stop at the first that fails there has to be something left to stop, so it is one at a time then, unless they say otherwise.
 * @throws ServonautError `invalid_request`
 */
export function askedPace(tool: string, args: Readonly<Record<string, unknown>>): CallPace {
  const parsed = paceSchema.safeParse(args);
  if (parsed.success) {
    const { max_parallel: asked, stop_on_error: stopsOnError } = parsed.data;
    return { atOnce: asked ?? (stopsOnError ? 1 : MOST_AT_ONCE), stopsOnError };
  }
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${tool} are not valid. Expected max_parallel from 1 to ${MOST_AT_ONCE}, and true or false as stop_on_error.`,
    nextStep: `Correct them and call ${tool} again. Nothing was run.`,
  });
}

/** What is begun while a call goes through its servers. */
export interface Round<End> {
  work(server: string): Promise<End>;
  /** Whether no further one is to be begun after such an end. */
  isLast(end: End): boolean;
  /** @param after the server that was the last */
  notBegun(server: string, after: string): End;
}

/** Works at all servers, so many at once, and answers in their order. */
export async function inTurn<End>(
  servers: readonly string[],
  atOnce: number,
  { work, isLast, notBegun }: Round<End>,
): Promise<End[]> {
  const ends = new Map<string, End>();
  const left = servers.values();
  let after: string | undefined;
  const worker = async (): Promise<void> => {
    for (const server of left) {
      if (after !== undefined) ends.set(server, notBegun(server, after));
      else {
        const end = await work(server);
        ends.set(server, end);
        if (isLast(end)) after ??= server;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return servers.flatMap((server) => ends.get(server) ?? []);
}

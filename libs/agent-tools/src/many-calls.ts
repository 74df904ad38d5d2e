import { inTurn, type ServonautError } from '@servonaut/contracts';
import { hasSucceeded, type EndedCall, type ServerEnd } from './answers/many-answer.ts';
import type { ChosenServers } from './named-servers.ts';
import type { CallHooks } from './tool-call.ts';

/** A call on one of its servers. */
export interface OneOfMany {
  readonly server: string;
  /** The arguments that it would have for that server alone. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly hooks: CallHooks;
}

export interface ManyCallsParts {
  readonly run: (one: OneOfMany) => Promise<EndedCall>;
  /** What whoever has called may know of what `run` has thrown. */
  readonly known: (error: unknown) => ServonautError;
}

/** Makes of one call as many, each with its own end. */
export async function callMany(
  args: Readonly<Record<string, unknown>>,
  chosen: ChosenServers,
  hooks: CallHooks,
  { run, known }: ManyCallsParts,
): Promise<ServerEnd[]> {
  const { servers: _several, max_parallel: _most, stop_on_error: _stops, ...others } = args;
  return inTurn<ServerEnd>(chosen.names, chosen.atOnce, {
    work: async (server) => {
      const call = run({ server, args: { ...others, server }, hooks: withServer(hooks, server) });
      return { server, end: await call.catch(known) };
    },
    isLast: (end) => hooks.signal?.aborted === true || (chosen.stopsOnError && !hasSucceeded(end)),
    notBegun: (server, why) => ({ server, end: why }),
  });
}

/** What comes meanwhile says where from. */
function withServer({ onProgress, onWaiting, ...hooks }: CallHooks, server: string): CallHooks {
  return {
    ...hooks,
    ...(onProgress && {
      onProgress: (progress) => onProgress({ ...progress, chunk: `[${server}] ${progress.chunk}` }),
    }),
    ...(onWaiting && { onWaiting: (until) => onWaiting(until, server) }),
  };
}

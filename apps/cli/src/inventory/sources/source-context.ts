import { isAbsolute, resolve } from 'node:path';
import { ServonautError, type SourceContext } from '@servonaut/plugin-sdk';
import { z } from 'zod';
import { expandHome } from '../home-path.ts';

/** What sources get of the operator's machine. */
export interface SourceHost {
  readonly home: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Folder of `servers.yaml`. */
  readonly folder: string;
}

export function sourceContext({ home, env, folder }: SourceHost, rest: Pick<SourceContext, 'signal' | 'warn'>) {
  const path = (written: string) => {
    const whole = expandHome(written, home);
    return isAbsolute(whole) ? whole : resolve(folder, whole);
  };
  return { home, env, path, ...rest } satisfies SourceContext;
}

/**
 * What a source gives, for as long as it may take. One that does not heed the signal is left to itself.
 * @param asked is given the signal
 * @throws the signal's reason, Error when it has taken too long, and what the source throws
 */
export async function within<Value>(
  timeoutMs: number,
  given: AbortSignal,
  asked: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const tooLong = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([given, tooLong]);
  return Promise.race([asked(signal), ended(signal)]).catch((error: unknown) => {
    throw tooLong.aborted ? new Error(`it took longer than ${timeoutMs / 1_000} s`, { cause: error }) : error;
  });
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** For the operator. A sentence, or two where there is more to do than what the first one says; without the last dot. */
export function reasonOf(error: unknown): string {
  const known = error instanceof ServonautError ? error : undefined;
  const isOwnStep = known !== undefined && known.nextStep !== new ServonautError(known.code).nextStep;
  const said = error instanceof Error ? saidBy(error) : String(error);
  const whole = isOwnStep ? `${said.replace(/\.$/, '')}. ${known.nextStep}` : said;
  return whole.replace(/\.$/, '');
}

/** A cloud's answer that is not as its documentation says comes from a schema, whose own message is JSON. */
function saidBy(error: Error): string {
  if (!(error instanceof z.ZodError)) return error.message;
  return `it answered what it is not known to answer: ${z.prettifyError(error)}`;
}

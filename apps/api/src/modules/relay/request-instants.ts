import { instantNow, type RequestInstants } from '@servonaut/contracts';
import type { RequestRecord } from './pending/request-record.ts';

/**
 * Where the time of a request went that is being answered now. The executor's part is what it says, by a clock that may be wrong: it is fitted
 * into ours, so that what comes later is never shown earlier.
 * @returns undefined when the executor does not tell
 */
export function requestInstants(
  { createdAt, result }: Pick<RequestRecord, 'createdAt' | 'result'>,
  { taken, published }: Pick<RequestInstants, 'taken' | 'published'>,
  answered = instantNow(),
): RequestInstants | undefined {
  const { delivery, queue } = result?.timings ?? {};
  if (!result || delivery === undefined || queue === undefined) return undefined;
  const received = createdAt + delivery;
  const started = received + queue;
  const ended = started + result.execution_time_ms;
  let earliest = taken;
  const fitted = (instant: number): number => (earliest = Math.min(Math.max(instant, earliest), answered));
  // A hub may deliver before it answers the coordinator.
  const inOrder = [Math.min(published, received), received, started, ended].map(fitted);
  const [toHub = taken, toExecutor = taken, start = taken, end = taken] = inOrder;
  return { taken, published: toHub, received: toExecutor, started: start, ended: end, answered };
}

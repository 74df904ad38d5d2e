import type { InstanceState } from '@servonaut/plugin-sdk';

/** Milliseconds between two questions to a cloud. */
const BETWEEN_MS = 2_000;

export interface Waiting {
  /** Most milliseconds in all. */
  readonly mostMs: number;
  readonly betweenMs?: number;
  readonly signal: AbortSignal;
  readonly onState: (state: InstanceState) => void;
}

/**
 * Asks until the state is the wanted one.
 * @returns the last one known, whether or not it is that: also when the call's own time is over
 * @throws the signal's reason when the call was cancelled, and what the cloud answers
 */
export async function awaitedState(
  wanted: InstanceState,
  ask: () => Promise<InstanceState>,
  { mostMs, betweenMs = BETWEEN_MS, signal, onState }: Waiting,
): Promise<InstanceState | undefined> {
  const end = performance.now() + mostMs;
  let state: InstanceState | undefined;
  try {
    for (;;) {
      state = await ask();
      onState(state);
      const left = end - performance.now();
      if (state === wanted || left <= 0) return state;
      await passed(Math.min(betweenMs, left), signal);
      signal.throwIfAborted();
    }
  } catch (error) {
    // What was asked of the cloud is under way, and the caller should know.
    if (signal.aborted && (signal.reason as { code?: unknown }).code === 'timed_out') return state;
    signal.throwIfAborted();
    throw error;
  }
}

/** The time, or what there was of it before the signal. */
async function passed(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

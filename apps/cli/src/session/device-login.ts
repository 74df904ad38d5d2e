import { setTimeout as sleep } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';
import { delayOf, oauthFailure, type Delay } from './oauth-failure.ts';
import type { IssuedTokens } from './oauth-session.ts';

/** A sign-in that waits for somebody to confirm it in a browser (RFC 8628 section 3.2). */
export interface DeviceLogin {
  /** Where to type the code. */
  readonly url: string;
  readonly code: string;
  readonly expiresInSeconds: number;
  /**
   * @param signal aborted to give up
   * @param onDelay told why the coordinator is asked less often from now on
   * @throws ServonautError `login_denied`, `login_expired`, `coordinator_unreachable`, or the reason of the signal
   */
  tokens(signal?: AbortSignal, onDelay?: (delay: Exclude<Delay, 'pending'>) => void): Promise<IssuedTokens>;
}

interface Confirmation<Answer> {
  /** Asks the coordinator once. */
  readonly ask: () => Promise<Answer>;
  readonly intervalSeconds: number;
  readonly expiresInSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly onDelay: ((delay: Exclude<Delay, 'pending'>) => void) | undefined;
}

/** What is added to the interval for each time that the coordinator was asked too often (RFC 8628 section 3.5), or could not be asked. */
const LONGER_SECONDS = 5;
const MEANING = {
  access_denied: 'login_denied',
  expired_token: 'login_expired',
  invalid_grant: 'login_expired',
} as const;

/**
 * Asks until somebody has confirmed the sign-in, denied it, or its code has expired. A coordinator that is away meanwhile is asked again: the code
 * outlives its restart. Ours, because the library's own loop ends with the first answer that does not come, and hears a signal seconds late.
 */
export async function confirmation<Answer>({ ask, signal, onDelay, ...times }: Confirmation<Answer>): Promise<Answer> {
  const giveUpAt = performance.now() + times.expiresInSeconds * 1_000;
  let { intervalSeconds } = times;
  while (performance.now() < giveUpAt) {
    await pause(intervalSeconds, signal);
    try {
      return await ask();
    } catch (error) {
      const delay = delayOf(error) ?? oauthFailure(error, MEANING);
      if (delay === 'pending') continue;
      intervalSeconds += LONGER_SECONDS;
      onDelay?.(delay);
    }
  }
  throw new ServonautError('login_expired');
}

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(seconds * 1_000, undefined, signal && { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  });
}

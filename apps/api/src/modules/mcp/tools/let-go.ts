import type { TakenCall } from '../../entitlements/index.ts';
import type { RequestView } from '../../relay/index.ts';

/** Says of a call that was counted and has ended whether it runs. Whoever asks no longer does not end what runs: only its executor does. */
export function letGo(taken: TakenCall, { mayRun }: RequestView): void {
  if (mayRun === undefined) taken.release();
  else if (mayRun === 'until_stopped') taken.stopping();
}

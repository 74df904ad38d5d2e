import type { Credentials } from '../session/credentials.ts';
import { loginCommand } from '../session/login-command.ts';
import type { ProfilePaths } from '../session/profile-paths.ts';

const DAY_MS = 86_400_000;
/** How long before a sign-in ends its operator hears of it, in days. */
const NOTICE_DAYS = 14;

/**
 * Warns of the end of a sign-in that no renewal puts off: now if it is near, and then once a day.
 * @returns the way to stop
 */
export function warnOfEnd(
  profile: Pick<ProfilePaths, 'name'>,
  credentials: Credentials,
  warn: (message: string) => void,
): () => void {
  const until = 'sign_in' in credentials ? credentials.sign_in.until : undefined;
  if (until === undefined) return () => undefined;
  const look = (): void => {
    const warning = endWarning(profile, until, Date.now());
    if (warning !== undefined) warn(warning);
  };
  look();
  const daily = setInterval(look, DAY_MS).unref();
  return () => clearInterval(daily);
}

/** What to say at `now` of a sign-in that ends at `until`; nothing while that is far. */
export function endWarning(profile: Pick<ProfilePaths, 'name'>, until: string, now: number): string | undefined {
  const days = Math.ceil((Date.parse(until) - now) / DAY_MS);
  // What is over, the coordinator says itself.
  if (days > NOTICE_DAYS || days <= 0) return undefined;
  const left = days === 1 ? 'within a day' : `in ${days} days`;
  return `This sign-in ends ${left} (${until.slice(0, 10)}). Before that, run ${loginCommand(profile)} and start this again.`;
}

import { PauseFile, type Pause } from '../pause/pause-file.ts';
import { policyPath } from '../policy/policy-text.ts';
import type { RedactionWishes } from '../policy/policy.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { Environment } from '../session/environment.ts';
import type { Session } from '../session/session.ts';
import { openAnySession } from './doctor/open-session.ts';
import { openAudit } from './open-audit.ts';
import { redactionNow } from './policy/redaction-now.ts';

type Warn = (message: string) => void;

interface PauseWish {
  /** Value of `--profile`. */
  readonly profile?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * Pauses the executors of a profile, and records it. Settings that are not valid do not keep it from that.
 * @throws ServonautError `invalid_request`; `config_invalid` for no profile, or when the pause cannot be written
 */
export async function pauseProfile(
  wish: PauseWish,
  warn: Warn,
  environment?: Environment,
): Promise<{ readonly profile: string; readonly pause: Pause }> {
  const { session, settingsFault } = openAnySession(wish.profile, environment);
  const { value: profile } = session.profile;
  const pause = await new PauseFile(session.paths.stateDir).pause(wish.reason);
  if (settingsFault)
    warn(`${settingsFault.message} Profile ${profile} is paused; for another one, give it by --profile.`);
  recordIn(session, pause, warn);
  return { profile, pause };
}

/** @throws ServonautError `config_invalid` when the pause holds still */
export async function resumeProfile(session: Session, warn: Warn): Promise<void> {
  await new PauseFile(session.paths.stateDir).resume();
  recordIn(session, undefined, warn);
}

/** A policy that is broken must not keep a pause from being recorded: then it is what every policy takes out. */
function wishesOf({ paths }: Session, warn: Warn): RedactionWishes {
  try {
    return redactionNow(policyPath(paths));
  } catch (error) {
    warn(`The reason is recorded without regard to the patterns of the policy. ${(error as Error).message}`);
    return { highEntropy: false, patterns: [] };
  }
}

function recordIn(session: Session, pause: Pause | undefined, warn: Warn): void {
  const wishes = wishesOf(session, warn);
  const redactor = new Redactor(() => wishes);
  const audit = openAudit(session, warn, (value) => redactor.redactJson(value).value);
  audit.pause(pause);
  audit.close();
}

import { PauseFile, type Pause } from '../pause/pause-file.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { Environment } from '../session/environment.ts';
import type { Session } from '../session/session.ts';
import { openAnySession } from './doctor/open-session.ts';
import { openAudit } from './open-audit.ts';

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

function recordIn(session: Session, pause: Pause | undefined, warn: Warn): void {
  // What is taken out by every policy: one that is broken must not keep a pause from being recorded.
  const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
  const audit = openAudit(session, warn, (value) => redactor.redactJson(value).value);
  audit.pause(pause);
  audit.close();
}

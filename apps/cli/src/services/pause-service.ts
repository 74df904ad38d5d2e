import { PauseFile, type Pause } from '../pause/pause-file.ts';
import type { Session } from '../session/session.ts';
import { openAudit } from './open-audit.ts';

type Warn = (message: string) => void;

/** Pauses the executors of a profile, and records it. @throws ServonautError `invalid_request`, `config_invalid` */
export async function pauseProfile(session: Session, reason: string | undefined, warn: Warn): Promise<Pause> {
  const pause = await new PauseFile(session.paths.stateDir).pause(reason);
  recordIn(session, pause, warn);
  return pause;
}

/** @throws ServonautError `config_invalid` when the pause holds still */
export async function resumeProfile(session: Session, warn: Warn): Promise<void> {
  await new PauseFile(session.paths.stateDir).resume();
  recordIn(session, undefined, warn);
}

function recordIn(session: Session, pause: Pause | undefined, warn: Warn): void {
  const audit = openAudit(session, warn);
  audit.pause(pause);
  audit.close();
}

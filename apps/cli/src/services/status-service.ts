import { ServonautError, type ExecutorStatus } from '@servonaut/contracts';
import { lockHolder } from '../journal/profile-lock.ts';
import { PauseFile, type Pause } from '../pause/pause-file.ts';
import { CoordinatorClient } from '../relay/coordinator-client.ts';
import { storedExecutorId } from '../relay/executor-id.ts';
import { loadCredentials } from '../session/credentials.ts';
import { profileTokens } from '../session/profile-tokens.ts';
import type { Session } from '../session/session.ts';

export interface LocalStatus {
  readonly profile: string;
  readonly url: string;
  readonly user: string;
  /** Pid of the executor of this profile on this machine; null when none runs. */
  readonly pid: number | null;
  /** The id under which this profile was last registered. */
  readonly executor_id: string | null;
  /** Undefined unless everything is refused. */
  readonly paused: Pause | undefined;
}

export interface Status {
  readonly local: LocalStatus;
  /** What the coordinator believes, or why it could not be asked. */
  readonly coordinator: ExecutorStatus | { readonly error: ServonautError };
}

/** @throws ServonautError `not_logged_in`, `config_invalid` */
export async function readStatus(session: Session, warn: (message: string) => void): Promise<Status> {
  const credentials = await loadCredentials(session.paths);
  const { url, user_name: user } = credentials;
  const coordinator = new CoordinatorClient({
    url,
    tokens: profileTokens(session.paths, credentials, warn),
    timeoutMs: session.settings.call_timeout_seconds.value * 1_000,
  });
  const { stateDir } = session.paths;
  const executorId = storedExecutorId(stateDir) ?? null;
  const local = {
    profile: session.profile.value,
    url,
    user,
    pid: lockHolder(stateDir),
    executor_id: executorId,
    paused: new PauseFile(stateDir).current(),
  };
  try {
    return { local, coordinator: await coordinator.status() };
  } catch (error) {
    if (!(error instanceof ServonautError)) throw error;
    return { local, coordinator: { error } };
  } finally {
    coordinator.close();
  }
}

import { ServonautError, type ExecutorStatus } from '@servonaut/contracts';
import { DeskClient } from '../approval/desk-client.ts';
import { deskPath } from '../approval/desk-path.ts';
import { lockHolder } from '../journal/profile-lock.ts';
import { PauseFile, type Pause } from '../pause/pause-file.ts';
import { CoordinatorClient } from '../relay/coordinator-client.ts';
import type { Activity } from '../relay/relay-activity.ts';
import { storedExecutorId } from '../relay/executor-id.ts';
import { loadCredentials } from '../session/credentials.ts';
import { profileTokens } from '../session/profile-tokens.ts';
import type { Session } from '../session/session.ts';
import type { LeftOutPlugin } from './plugins/left-out.ts';

/** How long a process is waited for that may have been stopped, in milliseconds. */
const LOOK_MS = 2_000;

export interface LocalStatus {
  readonly profile: string;
  readonly url: string;
  readonly user: string;
  /** Pid of the executor of this profile on this machine; null when none runs. */
  readonly pid: number | null;
  /** The id under which this profile was last registered. */
  readonly executor_id: string | null;
  /** What it is doing; null when none runs, or it does not say. */
  readonly activity: Activity | null;
  /** Undefined unless everything is refused. */
  readonly paused: Pause | undefined;
  /** Plugins that are allowed and of which nothing is loaded. */
  readonly left_out: readonly LeftOutPlugin[];
}

export interface Status {
  readonly local: LocalStatus;
  /** What the coordinator believes, or why it could not be asked. */
  readonly coordinator: ExecutorStatus | { readonly error: ServonautError };
}

/** @throws ServonautError `not_logged_in`, `config_invalid` */
export async function readStatus(
  session: Session,
  leftOut: readonly LeftOutPlugin[],
  warn: (message: string) => void,
): Promise<Status> {
  const credentials = await loadCredentials(session.paths);
  const { url, user_name: user } = credentials;
  const coordinator = new CoordinatorClient({
    url,
    tokens: profileTokens(session.paths, credentials, warn),
    timeoutMs: session.settings.call_timeout_seconds.value * 1_000,
  });
  const { stateDir } = session.paths;
  const executorId = storedExecutorId(stateDir) ?? null;
  const pid = lockHolder(stateDir);
  const local = {
    profile: session.profile.value,
    url,
    user,
    pid,
    activity: pid === null ? null : await activityOf(stateDir),
    executor_id: executorId,
    paused: new PauseFile(stateDir).current(),
    left_out: leftOut,
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

/** Null also for a `connect` that could not open its socket, which has warned of it, or that stands still. */
async function activityOf(stateDir: string): Promise<Activity | null> {
  const late = AbortSignal.timeout(LOOK_MS);
  try {
    const desk = await DeskClient.open(deskPath(stateDir), late);
    return await desk.look().finally(() => desk.close());
  } catch (error) {
    if (error instanceof ServonautError && error.code === 'executor_offline') return null;
    throw error;
  }
}

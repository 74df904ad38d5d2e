import { ServonautError, type ExecutorManifest, type ExecutorRegistration, type PublicJwk } from '@servonaut/contracts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { CoordinatorClock } from './coordinator-clock.ts';
import { loginCommand } from '../session/login-command.ts';
import { executorSecret, storedExecutorId, storeExecutorId } from './executor-id.ts';

export interface RegistrarOptions {
  readonly coordinator: Pick<CoordinatorClient, 'register'>;
  readonly clock: CoordinatorClock;
  readonly profile: string;
  /** Who has logged in. */
  readonly userId: string;
  readonly version: string;
  readonly manifest: () => Promise<ExecutorManifest>;
  readonly publicKey: PublicJwk;
  readonly pinnedKeys: readonly PublicJwk[];
  readonly stateDir: string;
}

/** Makes this process known to the coordinator, under the same id as before. */
export class Registrar {
  readonly #options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /**
   * @throws ServonautError `coordinator_key_changed` when none of the coordinator's keys is pinned, `token_invalid` when it takes this executor for
   * that of somebody else, whose requests would then be run here, or what the coordinator answered
   */
  async register(): Promise<ExecutorRegistration> {
    const { coordinator, clock, profile, version, manifest, publicKey, stateDir } = this.#options;
    const executorId = storedExecutorId(stateDir);
    const secret = await executorSecret(stateDir);
    const tools = await manifest();
    const askedAt = clock.localNow();
    const registration = await coordinator.register({
      ...(executorId !== undefined && { executor_id: executorId }),
      executor_secret: secret,
      profile,
      version,
      manifest: tools,
      public_key: publicKey,
    });
    clock.learn(registration.server_time, askedAt);
    checkPinned(registration.keys, this.#options);
    checkUser(registration.user_id, this.#options);
    if (registration.executor_id !== executorId) await storeExecutorId(stateDir, registration.executor_id);
    return registration;
  }
}

/** @throws ServonautError `coordinator_key_changed` when none of the keys that the coordinator shows is pinned */
export function checkPinned(
  shown: readonly PublicJwk[],
  { pinnedKeys, profile: name }: Pick<RegistrarOptions, 'pinnedKeys' | 'profile'>,
): void {
  if (shown.some((key) => pinnedKeys.some((known) => known.kid === key.kid && known.x === key.x))) return;
  throw new ServonautError('coordinator_key_changed', {
    nextStep: `If that is expected, run ${loginCommand({ name })}; otherwise find out why.`,
  });
}

function checkUser(shown: string, { userId, profile: name }: Pick<RegistrarOptions, 'userId' | 'profile'>): void {
  if (shown === userId) return;
  throw new ServonautError('token_invalid', {
    message: 'The coordinator takes this executor for that of another user than the one who has logged in.',
    nextStep: `If that is expected, run ${loginCommand({ name })}; otherwise find out why.`,
  });
}

import { hash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  ServonautError,
  type Heartbeat,
  type LegacyHeartbeat,
  type RegisterExecutor,
  type ServerEntry,
  type ToolManifest,
} from '@servonaut/contracts';
import { v5 as uuidv5 } from 'uuid';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import type { AdminActor } from '../admin-actor.ts';
import type { Revocation } from '../../auth/index.ts';
import type { PendingStore } from '../pending/pending-store.ts';
import { chooseExecutor, type Wanted } from './choose-executor.ts';
import { roomFor } from './executor-bounds.ts';
import type { ExecutorIds } from './executor-ids.ts';
import { tryExecutorKey } from './executor-key.ts';
import {
  isHolder,
  silentBefore,
  stateOf,
  type Executor,
  type ExecutorPresence,
  type ExecutorRecord,
  type Holder,
  type Holding,
} from './executor-record.ts';
import type { ExecutorStore } from './executor-store.ts';

export type LegacyExecutors = 'allow' | 'refuse';

export interface ExecutorRegistryOptions {
  readonly store: ExecutorStore;
  readonly pending: PendingStore;
  readonly ids: ExecutorIds;
  readonly heartbeatIntervalMs: number;
  /** Whether executors are served to which nothing can be encrypted: older ones, and those that register without a key. */
  readonly legacyExecutors?: LegacyExecutors;
  readonly onPresence?: PresenceObserver;
  /** Asked before one of the user is taken. @throws what it is refused with, such as `audit_unavailable` */
  readonly checkRoom?: (userId: string) => void;
  readonly clock?: Clock;
}

/** Told when an executor comes or goes, and for a going one, why. */
export type PresenceObserver = (
  executor: Pick<ExecutorRecord, 'userId' | 'executorId'>,
  change:
    | { readonly record: ExecutorRecord }
    | { readonly gone: 'left' | 'silent' | 'revoked' }
    | { readonly gone: 'disconnected'; readonly by: AdminActor },
) => void;

/** Makes the client id of an older executor, which is unique for its token only, into an id of ours. */
const LEGACY_NAMESPACE = '3d4b1a52-5c0e-5d53-9a06-7d6c2a0a8f11';
const LEGACY_PROFILE = 'default';
const SWEEPS_PER_HEARTBEAT = 4;
const MAX_SWEEP_INTERVAL_MS = 5_000;

/** Who is connected, since when and with what. */
export class ExecutorRegistry {
  readonly #store: ExecutorStore;
  readonly #pending: PendingStore;
  readonly #ids: ExecutorIds;
  readonly #intervalMs: number;
  readonly #refusesLegacy: boolean;
  readonly #onPresence: PresenceObserver;
  readonly #checkRoom: (userId: string) => void;
  readonly #clock: Clock;
  readonly #logger = new Logger(ExecutorRegistry.name);
  #sweepTimer: unknown;

  constructor(options: ExecutorRegistryOptions) {
    this.#store = options.store;
    this.#pending = options.pending;
    this.#ids = options.ids;
    this.#intervalMs = options.heartbeatIntervalMs;
    this.#refusesLegacy = options.legacyExecutors === 'refuse';
    this.#onPresence = options.onPresence ?? (() => undefined);
    this.#checkRoom = options.checkRoom ?? (() => undefined);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#scheduleSweep();
  }

  /**
   * Keeps an id that was given to it before; with any other one it gets an id of its own and learns nothing.
   * @throws ServonautError `invalid_request` when its key is of no use, `executor_outdated` when it has none and needs one,
   * `too_many_requests` when as many are online as allowed, `executor_disconnected` when an admin has ended this run of it, and what
   * `checkRoom` throws
   */
  async register({ userId, credentialId }: Holder, body: RegisterExecutor): Promise<ExecutorRecord> {
    const { profile, version, manifest, public_key: publicKey = null, executor_secret: secret } = body;
    if (publicKey) tryExecutorKey(publicKey);
    else this.checkLegacy();
    const secretHash = secret === undefined ? null : hash('sha256', secret, 'base64url');
    const holding = { userId, credentialId, secretHash };
    const executorId = this.#idFor(holding, body.executor_id);
    const record = { executorId, ...holding, profile, version, manifest, publicKey, registeredAt: this.#clock.now() };
    if (await this.#store.hasEnded(record)) throw new ServonautError('executor_disconnected');
    await this.#admit(record);
    return record;
  }

  /**
   * @throws ServonautError `executor_unknown` when the holder has no such executor: it has to register again; `executor_disconnected` when an admin has
   * ended this run of it
   */
  async heartbeat(holder: Holder, { executor_id: executorId, state, running }: Heartbeat): Promise<void> {
    const before = await this.#store.setPresence(holder, executorId, this.#presence(state, running));
    if (!before) throw new ServonautError('executor_unknown');
    if (before === 'ended') throw new ServonautError('executor_disconnected');
    if (state !== 'offline') return;
    if (before.state !== 'offline') this.#onPresence({ userId: holder.userId, executorId }, { gone: 'left' });
    await this.#silence(holder.userId, executorId, running);
  }

  /** @throws ServonautError `executor_outdated` unless executors are served to which nothing can be encrypted */
  checkLegacy(): void {
    if (this.#refusesLegacy) throw new ServonautError('executor_outdated');
  }

  /**
   * Whoever listens without registering is an older executor, unless it names one of the holder's that is none.
   * @throws ServonautError as `checkLegacy`
   */
  async checkListener(holder: Holder, executorId: string | undefined): Promise<void> {
    if (!this.#refusesLegacy) return;
    const own = executorId === undefined ? [] : await this.#store.list(holder.userId);
    const named = own.find(({ record }) => record.executorId === executorId && isHolder(record, holder));
    if (!named?.record.publicKey) this.checkLegacy();
  }

  /** An older executor is known by its handshake, or by any heartbeat after a restart of ours. @throws ServonautError as `register` */
  async legacyHeartbeat(holder: Holder, { client_id: clientId, version }: LegacyHeartbeat): Promise<void> {
    this.checkLegacy();
    const { userId, credentialId } = holder;
    const executorId = uuidv5(`${userId} ${credentialId} ${clientId}`, LEGACY_NAMESPACE);
    if (await this.#store.setPresence(holder, executorId, this.#presence('online', []))) return;
    const record = {
      executorId,
      userId,
      credentialId,
      secretHash: null,
      profile: LEGACY_PROFILE,
      version: version ?? 'unknown',
      manifest: null,
      publicKey: null,
    };
    await this.#admit({ ...record, registeredAt: this.#clock.now() });
  }

  /** Their credential is no longer good: gone at once. What they were asked ends as it does when an executor falls silent. */
  async dismiss({ userId, credentialId }: Revocation): Promise<void> {
    const executors = await this.#store.list(userId);
    const dismissed = executors.filter(({ record }) => (credentialId ?? record.credentialId) === record.credentialId);
    for (const { record, presence } of dismissed)
      if (presence.state !== 'offline') this.#onPresence(record, { gone: 'revoked' });
    await Promise.all(
      dismissed.map(async ({ record, presence }) => {
        await this.#store.setPresence(record, record.executorId, { ...presence, state: 'offline', running: [] });
        await this.#silence(userId, record.executorId, []);
      }),
    );
  }

  /**
   * Ends this run of an executor: nothing is asked of it any more, and what it says of itself is refused. What has started may end; the rest that it
   * was asked ends as it does when an executor falls silent.
   */
  async disconnect(record: ExecutorRecord, by: AdminActor): Promise<void> {
    const { userId, executorId } = record;
    await this.#store.endRun(record);
    this.#onPresence(record, { gone: 'disconnected', by });
    const open = await this.#pending.open(userId);
    const started = open.filter(({ startedAt }) => startedAt !== null).map(({ requestId }) => requestId);
    await this.#silence(userId, executorId, started);
  }

  /** @throws ServonautError see `chooseExecutor` */
  async choose(userId: string, wanted: Wanted): Promise<ExecutorRecord> {
    return chooseExecutor(await this.#served(userId), wanted, this.#clock.now(), this.#intervalMs).record;
  }

  /** All that are remembered, with the state that holds now. */
  async list(userId: string): Promise<readonly Executor[]> {
    return this.#withStates(await this.#served(userId));
  }

  /** Of several executors with a tool of one name, the most recently registered speaks. */
  async connectedTools(userId: string): Promise<readonly ToolManifest[]> {
    return firstByName((await this.#online(userId)).flatMap(({ record }) => record.manifest?.tools ?? []));
  }

  /** One that several executors have is there as each of them describes it. */
  async connectedServers(userId: string): Promise<readonly ServerEntry[]> {
    return (await this.#online(userId)).flatMap(({ record }) => record.manifest?.servers ?? []);
  }

  /** Whose executor it is. Undefined for one that is not listed. */
  userOf(executorId: string): Promise<string | undefined> {
    return this.#store.userOf(executorId);
  }

  /** Users who have executors, by their ids as text, those after that one. */
  users(after: string, limit: number): Promise<readonly string[]> {
    return this.#store.users(after, limit);
  }

  countPresent(): Promise<number> {
    return this.#store.countPresent();
  }

  /** Gives up the requests of executors that have been silent for too long. */
  async sweep(): Promise<void> {
    const silent = await this.#store.takeSilent(silentBefore(this.#clock.now(), this.#intervalMs));
    for (const executor of silent) this.#onPresence(executor, { gone: 'silent' });
    await Promise.all(silent.map(({ userId, executorId }) => this.#silence(userId, executorId, [])));
  }

  async close(): Promise<void> {
    this.#clock.clearTimeout(this.#sweepTimer);
    await this.#store.close();
  }

  #idFor(holding: Holding, before: string | undefined): string {
    return before !== undefined && this.#ids.isOf(before, holding) ? before : this.#ids.issue(holding);
  }

  /** Counted when it is there, since the others may be registering at this moment. */
  async #admit(record: ExecutorRecord): Promise<void> {
    const { userId, executorId } = record;
    this.#checkRoom(userId);
    await this.#store.register(record, this.#presence('online', []));
    const { leaving, full } = roomFor(record, this.#withStates(await this.#store.list(userId)));
    await this.#store.forget(userId, full === null ? leaving : [executorId]);
    if (full !== null) throw tooManyExecutors(full);
    this.#onPresence(record, { record });
  }

  #withStates(executors: readonly Executor[]): Executor[] {
    const now = this.#clock.now();
    return executors.map((one) => ({
      ...one,
      presence: { ...one.presence, state: stateOf(one, now, this.#intervalMs) },
    }));
  }

  /** One that another coordinator, or this one before its restart, still took is passed over. */
  async #served(userId: string): Promise<readonly Executor[]> {
    const executors = await this.#store.list(userId);
    return this.#refusesLegacy ? executors.filter(({ record }) => record.publicKey !== null) : executors;
  }

  async #online(userId: string): Promise<Executor[]> {
    return (await this.list(userId)).filter(({ presence }) => presence.state === 'online');
  }

  async #silence(userId: string, executorId: string, running: readonly string[]): Promise<void> {
    const open = await this.#pending.open(userId);
    const abandoned = open.filter((record) => record.executorId === executorId && !running.includes(record.requestId));
    await Promise.all(
      abandoned.map(({ requestId }) => this.#pending.apply(userId, requestId, { type: 'executor_silent' })),
    );
  }

  #presence(state: ExecutorPresence['state'], running: readonly string[]): ExecutorPresence {
    return { state, running, lastSeenAt: this.#clock.now() };
  }

  #scheduleSweep(): void {
    const interval = Math.min(this.#intervalMs / SWEEPS_PER_HEARTBEAT, MAX_SWEEP_INTERVAL_MS);
    this.#sweepTimer = this.#clock.setTimeout(() => {
      this.#scheduleSweep();
      this.sweep().catch((error: Error) =>
        this.#logger.error(`silent executors could not be looked for: ${error.message}`),
      );
    }, interval);
  }
}

function tooManyExecutors(limit: number): ServonautError {
  return new ServonautError('too_many_requests', {
    message: `${limit} executors are online already, as many as are allowed.`,
    nextStep: 'Stop one that is not needed.',
    facts: { limit },
  });
}

function firstByName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const item of items) if (!byName.has(item.name)) byName.set(item.name, item);
  return [...byName.values()];
}

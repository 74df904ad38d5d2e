import { ServonautError, type ExecutorManifest } from '@servonaut/contracts';
import { Journal } from '../journal/journal.ts';
import { lockProfile } from '../journal/profile-lock.ts';
import type { CallAudit } from '../local-audit/call-audit.ts';
import { isOutputKept } from '../output/interrupted-output.ts';
import { PayloadKey } from '../relay/admission/payload-encryption.ts';
import { PinnedKeys } from '../relay/admission/seal.ts';
import { CoordinatorClient } from '../relay/coordinator-client.ts';
import { CoordinatorClock } from '../relay/coordinator-clock.ts';
import { Registrar, type RegistrarOptions } from '../relay/registrar.ts';
import { LAST_RESULTS_MS, RelayClient } from '../relay/relay-client.ts';
import type { Report } from '../relay/relay-event.ts';
import { RequestRunner } from '../relay/request-runner.ts';
import { interruptedResult, resultBody } from '../relay/result-body.ts';
import { ResultDelivery } from '../relay/result-delivery.ts';
import type { ToolRunner } from '../relay/tool-runner.ts';
import { loadCredentials, type Credentials } from '../session/credentials.ts';
import { profileTokens } from '../session/profile-tokens.ts';
import type { Session } from '../session/session.ts';
import type { ConnectFacts } from '../ui/connect-view.ts';
import { warnOfEnd } from './sign-in-end.ts';

/** What requests are run with. */
export interface Executor {
  readonly tools: ToolRunner;
  readonly audit: CallAudit;
  manifest(): Promise<ExecutorManifest>;
}

export interface ConnectOptions {
  readonly session: Session;
  readonly executor: Executor;
  readonly version: string;
  readonly report: Report;
  /** Aborted to drain and end. */
  readonly stop: AbortSignal;
  /** Begins what the only executor of the profile has besides, and answers how that is ended. */
  readonly beside?: () => Promise<() => void>;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** What `connect` says of itself. @throws ServonautError `not_logged_in`, `config_invalid` */
export async function connectFacts(session: Session, executor: Executor): Promise<ConnectFacts> {
  const [{ url, user_name: user }, manifest] = await Promise.all([loadCredentials(session.paths), executor.manifest()]);
  return { url, user, profile: session.profile.value, servers: manifest.servers.length, tools: manifest.tools.length };
}

/**
 * Serves this profile's requests until `stop`.
 * @throws ServonautError `not_logged_in`, `already_running`, or what only the operator can mend, such as `token_revoked` or `signed_out`
 */
export async function connect(options: ConnectOptions): Promise<void> {
  const { session } = options;
  const credentials = await loadCredentials(session.paths);
  const unlock = lockProfile(session.paths.stateDir);
  let endBeside: (() => void) | undefined;
  try {
    endBeside = await options.beside?.();
    await connectAlone(options, credentials);
  } finally {
    endBeside?.();
    unlock();
  }
}

async function connectAlone(options: ConnectOptions, credentials: Credentials): Promise<void> {
  const { paths, settings } = options.session;
  const warn = (message: string): void => options.report({ event: 'warning', message });
  const journal = openJournal(options.session, warn);
  const coordinator = new CoordinatorClient({
    url: credentials.url,
    tokens: profileTokens(paths, credentials, warn),
    timeoutMs: settings.call_timeout_seconds.value * 1_000,
  });
  const stopWarning = warnOfEnd(paths, credentials, warn);
  try {
    await serve(options, credentials, journal, coordinator);
    options.report({ event: 'disconnected', undelivered: journal.undelivered().length });
  } finally {
    stopWarning();
    coordinator.close();
    journal.close();
  }
}

async function serve(
  options: ConnectOptions,
  credentials: Credentials,
  journal: Journal,
  coordinator: CoordinatorClient,
): Promise<void> {
  const { executor, report, backoff } = options;
  const { settings } = options.session;
  const [clock, payloadKey] = [new CoordinatorClock(), PayloadKey.generate()];
  const delivery = new ResultDelivery({
    journal,
    report,
    post: (body) => coordinator.result(body),
    giveUpAfterMs: settings.result_retry_hours.value * 3_600_000,
    ...(backoff && { backoff }),
  });
  const runner = new RequestRunner({
    journal,
    delivery,
    coordinator,
    clock,
    report,
    audit: executor.audit,
    tools: executor.tools,
    maxRunning: settings.max_running.value,
  });
  const registrar = registrarOf(options, credentials, { coordinator, clock, publicKey: payloadKey.publicJwk });
  const client = new RelayClient({
    coordinator,
    registrar,
    runner,
    delivery,
    keys: PinnedKeys.import(credentials.pinned_keys),
    payloadKey,
    clock,
    report,
    ...(backoff && { backoff }),
  });
  settleLastLife(journal, options);
  await untilDrained({ client, runner, delivery }, settings.grace_seconds.value * 1_000, options);
}

function registrarOf(
  { session, executor, version }: ConnectOptions,
  credentials: Credentials,
  parts: Pick<RegistrarOptions, 'coordinator' | 'clock' | 'publicKey'>,
): Registrar {
  return new Registrar({
    ...parts,
    version,
    profile: session.profile.value,
    userId: credentials.user_id,
    manifest: () => executor.manifest(),
    pinnedKeys: credentials.pinned_keys,
    stateDir: session.paths.stateDir,
  });
}

function openJournal({ paths, settings }: Session, warn: (message: string) => void): Journal {
  const journal = new Journal(paths.stateDir, {
    warn,
    compactAtBytes: settings.journal_compact_kib.value * 1024,
    maxSpoolBytes: settings.result_spool_mib.value * 1024 * 1024,
    syncAfterMs: settings.journal_sync_ms.value,
  });
  if (journal.damaged > 0) warn(`${journal.damaged} record(s) of the journal could not be read.`);
  return journal;
}

/** What the last process of this profile left behind: requests of which nobody will ever know more. */
function settleLastLife(journal: Journal, { executor, session }: ConnectOptions): void {
  for (const interrupted of journal.interrupted()) {
    const isKept = isOutputKept(session.paths.stateDir, interrupted.requestId);
    const result = interruptedResult(interrupted, isKept);
    journal.finish(interrupted.requestId, resultBody(result, interrupted, executor.audit));
  }
}

interface Running {
  readonly client: RelayClient;
  readonly runner: RequestRunner;
  readonly delivery: ResultDelivery;
}

async function untilDrained(
  { client, runner, delivery }: Running,
  graceMs: number,
  { stop, report }: Pick<ConnectOptions, 'stop' | 'report'>,
): Promise<void> {
  const drain = (): void => void client.drain(graceMs);
  if (stop.aborted) drain();
  stop.addEventListener('abort', drain);
  try {
    await client.run();
  } catch (error) {
    const areTaken = error instanceof ServonautError && error.code === 'executor_disconnected';
    // Otherwise nobody will take the results now, but what runs may end properly and is spooled.
    if (!areTaken) delivery.stop();
    report({ event: 'draining', running: runner.running().length });
    await runner.drain(graceMs);
    if (areTaken) await delivery.finish(LAST_RESULTS_MS);
    throw error;
  } finally {
    delivery.stop();
    stop.removeEventListener('abort', drain);
  }
}

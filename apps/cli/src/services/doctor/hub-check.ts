import { ServonautError, type MercureToken } from '@servonaut/contracts';
import { MercureError, subscribe, type MercureErrorKind } from '@servonaut/mercure';
import { storedExecutorId } from '../../relay/executor-id.ts';
import { failure, notChecked, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const DEFAULT_PROTOCOL = '0.x';
const WAY = 'Look for a firewall, a proxy or a name server that keeps this machine from it.';
const OTHER_SPEAKER = 'Something answers in its place, such as a proxy: tell whoever runs the coordinator.';
const NEXT_STEPS: Partial<Record<MercureErrorKind, string>> = {
  network: WAY,
  timeout: WAY,
  unauthorized:
    'The hub and the coordinator do not have the same MERCURE_SUBSCRIBER_JWT_KEY: tell whoever runs the coordinator.',
};

/** Opens one stream, as `connect` does, and closes it. @returns milliseconds to its beginning @throws MercureError */
async function streamOpens(hub: MercureToken, connectTimeoutMs: number, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const outcome = Promise.withResolvers<number>();
  const subscription = subscribe({
    hubUrl: hub.hub_url,
    hubProtocol: hub.hub_protocol ?? DEFAULT_PROTOCOL,
    topics: [hub.topic],
    token: () => Promise.resolve(hub.token),
    // What comes meanwhile is for the executor, which hears it too.
    onUpdate: () => undefined,
    connectTimeoutMs,
    signal,
    onState: (state, { error }) => {
      if (state === 'open') outcome.resolve(performance.now() - started);
      if (state === 'waiting' && error) outcome.reject(error);
    },
  });
  try {
    return await outcome.promise;
  } finally {
    subscription.close();
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || host.startsWith('127.');

/** Where it is, as far as that may be the reason; undefined when it is where the coordinator is. */
function place(hub: URL, coordinator: URL): string | undefined {
  if (hub.origin === coordinator.origin) return undefined;
  if (isLoopback(hub.hostname) && !isLoopback(coordinator.hostname)) return 'on this very machine';
  return `at another ${hub.hostname === coordinator.hostname ? 'port' : 'address'} than the coordinator`;
}

function seenOf(error: MercureError, where: string | undefined, detail: string): Seen {
  const at = where === undefined ? '' : ` The coordinator says that it is ${where}.`;
  const wrong =
    where === undefined
      ? ''
      : ' If it is not there, whoever runs the coordinator has to set MERCURE_PUBLIC_URL or PUBLIC_URL.';
  return failure(`${error.message}${at}`, `${NEXT_STEPS[error.kind] ?? OTHER_SPEAKER}${wrong}`, { detail });
}

/** That requests would be heard: a stream of the hub opens for this user. */
export async function hubCheck(
  { session, coordinator, credentials, client }: Patient,
  signal: AbortSignal,
): Promise<Seen[]> {
  const asked = await coordinator();
  if ('error' in asked) return [notChecked(asked.whose)];
  const hub = await (await client()).mercureToken(storedExecutorId(session.paths.stateDir)).catch(unlessOutdated);
  if (!hub) return [notTold()];
  const where = place(new URL(hub.hub_url), new URL((await credentials()).url));
  try {
    const ms = await streamOpens(hub, session.settings.doctor_timeout_seconds.value * 1_000, signal);
    const protocol = hub.hub_protocol ?? DEFAULT_PROTOCOL;
    const at = where === undefined ? '' : ` It is ${where}.`;
    return [ok(`A stream opens in ${ms.toFixed(1)} ms, protocol ${protocol}.${at}`, { detail: hub.hub_url })];
  } catch (error) {
    if (error instanceof MercureError) return [seenOf(error, where, hub.hub_url)];
    throw error;
  }
}

/** A coordinator that serves no older executors tells it to those alone that have registered once. To register here would take the place of a `connect`. */
function unlessOutdated(error: unknown): undefined {
  if (!(error instanceof ServonautError) || error.code !== 'executor_outdated') throw error;
}

function notTold(): Seen {
  return warning(
    'Not checked: this coordinator tells nobody where it is before the first "connect".',
    'Start "servonaut connect", which says whether it is connected, and run this again.',
  );
}
